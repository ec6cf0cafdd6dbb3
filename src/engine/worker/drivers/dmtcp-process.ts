import fs from 'node:fs';
import path from 'node:path';
import type { Clock, ProcessEnd, RunningProcess } from '../../model/ports.ts';
import type { DurationMs } from '../../model/units.ts';
import { foldersSeen } from '../attempt-folders.ts';
import type { CheckpointRequest, DriverJob, SavableProcess, SavedState } from './checkpoint-driver.ts';
import type { DmtcpCoordinator } from './dmtcp-coordinator.ts';
import { askForCheckpoint, type DmtcpTools, finishedImages, forgetScripts, statusOf } from './dmtcp-tools.ts';
import { folderBytes } from './folder-bytes.ts';
import { foreignConnections } from './foreign-connections.ts';
import { inSession, sendTo, statOf } from './proc.ts';
import { copyJobFiles, lackOfRoom, PACKED, packState } from './state-archive.ts';

const LOOK_EVERY_MS = 20;
/** A process whose coordinator is gone, or whose image cannot be written, ends itself with this code. */
const LOST_CODE = 99;

export interface DmtcpProcessOptions {
  readonly tools: DmtcpTools;
  readonly version: string;
  readonly job: DriverJob;
  readonly coordinator: DmtcpCoordinator;
  readonly process: RunningProcess;
  readonly clock: Clock;
}

/**
 * A job's tree under DMTCP. Its processes go on by themselves when their images are written: they are stopped at once then,
 * until their files are copied. It is never ended by DMTCP's own command, which makes a killed program look like one that succeeded.
 */
export class DmtcpProcess implements SavableProcess {
  readonly driver = 'dmtcp';
  readonly canBeAsked = true;
  readonly ended: Promise<ProcessEnd>;
  readonly #options: DmtcpProcessOptions;
  #isOver = false;
  #isSaving = false;

  constructor(options: DmtcpProcessOptions) {
    this.#options = options;
    this.ended = options.process.ended.then((end) => {
      this.#isOver = true;
      return this.#judged(end);
    });
  }

  signal(): boolean {
    return false;
  }

  stop(graceMs: DurationMs): Promise<void> {
    return this.#options.process.stop(graceMs);
  }

  kill(): void {
    for (const pid of this.#tree()) sendTo(pid, 'SIGKILL');
    this.#options.process.kill();
  }

  async close(): Promise<void> {
    this.kill();
    await this.#options.coordinator.close();
  }

  async hasNews(): Promise<boolean> {
    return false;
  }

  async checkpoint({ withinMs, thenStop }: CheckpointRequest): Promise<SavedState | string> {
    const { tools, coordinator, job, clock, version } = this.#options;
    const { agent } = job.folders;
    const { peers, running } = await statusOf(tools, coordinator.port);
    if (!running || peers === 0) return 'its processes do not run under DMTCP: none has loaded it';
    const obstacle = await this.#obstacle();
    if (obstacle !== undefined) return obstacle;
    const startedMs = clock.monotonicMs();
    forgetScripts(path.join(agent, 'ck'));
    this.#isSaving = true;
    const images = await this.#saved(peers, startedMs + withinMs);
    this.#isSaving = false;
    if (typeof images === 'string') return images;
    const files = path.join(agent, 'files');
    const failed = await this.#copyFiles(files, thenStop ? 'SIGKILL' : 'SIGSTOP');
    if (failed !== undefined) return failed;
    const stopMs = Math.round(clock.monotonicMs() - startedMs);
    const folder = path.join(agent, 'images');
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    for (const image of images) fs.renameSync(image, path.join(folder, path.basename(image)));
    return {
      stopMs,
      pack: () => packState(path.join(agent, 'packed'), { images: folder, files }),
      about: { toolVersion: version, peers, packed: PACKED },
    };
  }

  /** After a restart: why its processes do not run again; undefined when they do. */
  async whyNotBack(want: { readonly peers: number; readonly withinMs: DurationMs }): Promise<string | undefined> {
    const { tools, coordinator, clock, job } = this.#options;
    const deadline = clock.monotonicMs() + want.withinMs;
    while (!this.#isOver && clock.monotonicMs() < deadline) {
      const { peers, running } = await statusOf(tools, coordinator.port);
      if (running && peers >= Math.max(1, want.peers)) return undefined;
      await clock.sleep(LOOK_EVERY_MS);
    }
    if (!this.#isOver) return 'dmtcp_restart brought its processes not all back';
    const said = [path.join(job.folders.agent, 'sandbox'), job.folders.stderr].map((file) => lastLine(file)).find(Boolean);
    const end = await this.#options.process.ended;
    return `dmtcp_restart ended with ${end.exitCode ?? end.signal}${said === undefined ? '' : `: ${said}`}`;
  } // prettier-ignore

  /** What would make a checkpoint useless, or end the job: asked before it is begun. */
  async #obstacle(): Promise<string | undefined> {
    const { job, coordinator } = this.#options;
    const tree = this.#tree();
    const [foreign] = foreignConnections(tree, coordinator.port);
    if (foreign !== undefined) return `it has an open connection to ${foreign}, which DMTCP cannot bring back`;
    // A disk that is full in the middle of an image ends the program.
    return lackOfRoom(job.folders.agent, {
      rssBytes: tree.reduce((sum, pid) => sum + (statOf(pid)?.rssBytes ?? 0), 0),
      processes: tree.length,
      fileBytes: await folderBytes(job.folders),
    });
  }

  /** All images of one checkpoint, once they are whole. */
  async #saved(peers: number, deadline: number): Promise<readonly string[] | string> {
    const { tools, coordinator, job, clock } = this.#options;
    const [seen, here] = [foldersSeen(job.id).root, job.folders.root];
    const toHere = (file: string): string => (file.startsWith(`${seen}/`) ? here + file.slice(seen.length) : file);
    await askForCheckpoint(tools, coordinator.port);
    while (!this.#isOver && clock.monotonicMs() < deadline) {
      const images = finishedImages(path.join(job.folders.agent, 'ck'), toHere);
      if (images !== undefined) {
        const there = images.filter((image) => fs.existsSync(image));
        if (there.length === images.length && images.length === peers) return images;
        return `its checkpoint names ${images.length} images for ${peers} processes, and ${there.length} are there`;
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
    return this.#isOver ? 'the program ended meanwhile' : 'its images were not written in time';
  }

  /** While it stands still, or has been ended. */
  async #copyFiles(into: string, how: 'SIGSTOP' | 'SIGKILL'): Promise<string | undefined> {
    const stopped = this.#tree().filter((pid) => statOf(pid)?.state !== 'T');
    for (const pid of stopped) sendTo(pid, how);
    try {
      return await copyJobFiles(this.#options.job.folders, into);
    } finally {
      for (const pid of stopped) if (how === 'SIGSTOP') sendTo(pid, 'SIGCONT');
    }
  }

  #tree(): readonly number[] {
    const { pid } = this.#options.process;
    return pid === undefined || this.#isOver ? [] : inSession(pid);
  }

  /** A program may end with that code by itself; with its coordinator gone, or in the middle of an image, it was not the program. */
  async #judged(end: ProcessEnd): Promise<ProcessEnd> {
    if (end.exitCode !== LOST_CODE) return end;
    if (this.#isSaving) return { ...end, lost: 'DMTCP ended it while it wrote its image' };
    return (await this.#options.coordinator.died()) ? { ...end, lost: 'its DMTCP coordinator was gone' } : end;
  }
}

function lastLine(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8').trim().split('\n').at(-1) || undefined;
  } catch {
    return undefined;
  }
}
