import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../src/cli/clock.ts';
import type { Json } from '../../src/engine/model/units.ts';
import type { CheckpointManifest } from '../../src/engine/protocol/checkpoint-manifest.ts';
import { attemptFolders, foldersSeen } from '../../src/engine/worker/attempt-folders.ts';
import {
  type CheckpointDriver,
  type DriverJob,
  isRefusal,
  type RestoreRefusal,
  type SavableProcess,
  type SavedState,
} from '../../src/engine/worker/drivers/checkpoint-driver.ts';
import { type CountingProgram, EXIT_CODE, wholeCount } from './counting-programs.ts';
import { documentOf } from './job-table.ts';

export const ASKED = { reason: 'wish', withinMs: 20_000, thenStop: false } as const;

/** A state as another worker finds it: as if it had been to S3 and back. */
export interface Fetched {
  readonly folder: string;
  readonly state: SavedState;
}

/** One driver with real programs, on workers that are folders; ends what is left of them. */
export class DriverBench {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-driver-'));
  readonly driver: CheckpointDriver;
  readonly #running: SavableProcess[] = [];

  constructor(driver: CheckpointDriver) {
    this.driver = driver;
  }

  async end(): Promise<void> {
    for (const process of this.#running) {
      process.kill();
      await process.ended;
      await process.close();
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** An attempt of the job on a worker of its own, which has the epoch's number. */
  attempt(epoch: number, given: Readonly<Record<string, Json>>): DriverJob {
    const id = `job-${path.basename(this.folder)}`;
    const folders = attemptFolders(path.join(this.folder, `worker-${epoch}`), { jobId: id, epoch, workerId: 'w' });
    for (const one of [folders.work, folders.tmp, folders.checkpoint, folders.agent])
      fs.mkdirSync(one, { recursive: true });
    for (const one of [folders.stdout, folders.stderr]) fs.writeFileSync(one, '');
    const seen = this.driver.capabilities.samePath ? foldersSeen(id) : folders;
    const env = { PATH: process.env['PATH'] ?? '', CBAS_CHECKPOINT_DIR: seen.checkpoint };
    return { id, document: documentOf(given), folders, env, say: () => undefined };
  }

  async begin(job: DriverJob): Promise<SavableProcess> {
    const process = await this.driver.start(job);
    this.#running.push(process);
    return process;
  }

  async take(process: SavableProcess): Promise<Fetched> {
    const state = await process.checkpoint(ASKED);
    if (state === undefined || typeof state === 'string') throw new Error(`no state: ${state ?? 'nothing'}`);
    const packed = await state.pack();
    const folder = fs.mkdtempSync(path.join(this.folder, 'fetched-'));
    for (const file of packed?.files ?? []) {
      fs.mkdirSync(path.dirname(path.join(folder, file.path)), { recursive: true });
      fs.copyFileSync(file.absolute, path.join(folder, file.path));
    }
    packed?.committed();
    return { folder, state };
  }

  async tryRestore(job: DriverJob, { folder, state }: Fetched): Promise<SavableProcess | RestoreRefusal> {
    const host = { arch: '', cpuFlags: [], imageId: '' };
    const about = { driver: this.driver.name, host, folder: '', stopMs: 0, reason: 'wish' };
    const manifest: CheckpointManifest = { ...about, ...state.about };
    if (this.driver.name === 'app') fs.cpSync(folder, job.folders.checkpoint, { recursive: true });
    const process = await this.driver.restore(job, { manifest, folder });
    if (!isRefusal(process)) this.#running.push(process);
    return process;
  }

  async restore(job: DriverJob, from: Fetched): Promise<SavableProcess> {
    const process = await this.tryRestore(job, from);
    if (isRefusal(process)) throw new Error(process.why);
    return process;
  }

  /** Saved, killed after more was done, brought back elsewhere: twice, the second time from what was brought back. */
  async survives(program: CountingProgram, checkpoint: Readonly<Record<string, Json>>): Promise<void> {
    const given = { run: { command: [...program.command(this.folder)] }, checkpoint };
    let job = this.attempt(1, given);
    let process = await this.begin(job);
    for (const epoch of [2, 3]) {
      await counted(job, 10 * epoch);
      const from = await this.take(process);
      await counted(job, linesOf(job) + 5);
      await killed(process);
      job = this.attempt(epoch, given);
      process = await this.restore(job, from);
    }
    await counted(job, 35);
    await endsExactly(process, job);
  }
}

/** Told to stop, it ends with its own code, and has counted each number once. */
export async function endsExactly(process: SavableProcess, job: DriverJob): Promise<void> {
  fs.writeFileSync(path.join(job.folders.work, 'stop'), '');
  expect(await process.ended).toEqual({ exitCode: EXIT_CODE, signal: undefined, launchFailed: undefined });
  expect(countOf(job)).toBe(wholeCount(linesOf(job)));
}

export function countOf({ folders }: DriverJob): string {
  const file = path.join(folders.work, 'count');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

function linesOf(job: DriverJob): number {
  return countOf(job).split('\n').length - 1;
}

/** Waits until so many lines are there; what never comes fails by the test's deadline. */
export async function counted(job: DriverJob, lines: number): Promise<void> {
  while (linesOf(job) < lines) await systemClock.sleep(5);
}

export async function killed(process: SavableProcess): Promise<void> {
  process.kill();
  expect(await process.ended).toMatchObject({ signal: 'SIGKILL' });
  await process.close();
}
