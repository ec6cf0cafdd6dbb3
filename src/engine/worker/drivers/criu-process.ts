import fs from 'node:fs';
import path from 'node:path';
import type { Clock, RunningProcess } from '../../model/ports.ts';
import type { DurationMs } from '../../model/units.ts';
import type { CheckpointRequest, DriverJob, SavableProcess, SavedState } from './checkpoint-driver.ts';
import { criuVersion, whatWentWrong } from './criu-tool.ts';
import { inNamespaceOf, sendTo, statOf } from './proc.ts';
import type { Sandbox } from './sandbox.ts';
import { copyJobFiles, lackOfRoom, PACKED, packState } from './state-archive.ts';
import { folderBytes } from './folder-bytes.ts';
import { lastWords, runTool } from './tool.ts';

export interface CriuProcessOptions {
  readonly criu: string;
  readonly job: DriverJob;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
}

/** A job's tree in its own namespaces. It stands still from the dump of its memory until its files are copied: one moment of both. */
export class CriuProcess implements SavableProcess {
  readonly driver = 'criu';
  readonly canBeAsked = true;
  readonly ended: RunningProcess['ended'];
  readonly #options: CriuProcessOptions;

  constructor(options: CriuProcessOptions) {
    this.#options = options;
    this.ended = options.sandbox.ended;
  }

  signal(): boolean {
    return false;
  }

  stop(graceMs: DurationMs): Promise<void> {
    return this.#options.sandbox.stop(graceMs);
  }

  kill(): void {
    this.#options.sandbox.kill();
  }

  async close(): Promise<void> {
    this.kill();
  }

  async hasNews(): Promise<boolean> {
    return false;
  }

  async checkpoint({ thenStop }: CheckpointRequest): Promise<SavedState | string> {
    const { job, clock } = this.#options;
    const { agent } = job.folders;
    const [images, files] = [path.join(agent, 'images'), path.join(agent, 'files')];
    const tree = this.#tree();
    const memory = { rssBytes: tree.reduce((sum, pid) => sum + (statOf(pid)?.rssBytes ?? 0), 0), processes: tree.length };
    const noRoom = await lackOfRoom(agent, { ...memory, fileBytes: await folderBytes(job.folders) });
    if (noRoom !== undefined) return noRoom;
    await fs.promises.rm(images, { recursive: true, force: true });
    await fs.promises.mkdir(images, { recursive: true });
    const startedMs = clock.monotonicMs();
    // Those that the program itself has stopped stay so.
    const stopped = new Set(tree.filter((pid) => statOf(pid)?.state === 'T'));
    let failed: string | undefined;
    try {
      failed = (await this.#dump(images)) ?? (await copyJobFiles(job.folders, files));
    } finally {
      if (!thenStop || failed !== undefined) for (const pid of this.#tree().filter((one) => !stopped.has(one))) sendTo(pid, 'SIGCONT');
    }
    if (failed !== undefined) return failed;
    return {
      stopMs: Math.round(clock.monotonicMs() - startedMs),
      pack: () => packState(path.join(agent, 'packed'), { images, files }),
      about: { toolVersion: await criuVersion(this.#options.criu), peers: tree.length, packed: PACKED },
    };
  } // prettier-ignore

  /** Without the one that keeps the namespace. */
  #tree(): readonly number[] {
    const { init } = this.#options.sandbox;
    return inNamespaceOf(init).filter((pid) => pid !== init);
  }

  async #dump(images: string): Promise<string | undefined> {
    const { criu, sandbox } = this.#options;
    const dump = ['dump', '-t', String(sandbox.innerPid), '-D', images, '--leave-stopped', '--tcp-established', '-o', 'dump.log', '-v2'];
    const modes = ['--network-lock', 'nftables', '--manage-cgroups=ignore'];
    const inside = ['nsenter', '-t', String(sandbox.init), '-m', '-p', '--'];
    const dumped = await runTool([...inside, criu, ...dump, ...modes]);
    return dumped.code === 0 ? undefined : `criu dump: ${await whatWentWrong(images, 'dump.log', lastWords(dumped))}`;
  } // prettier-ignore
}
