import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/cli/clock.ts';
import type { Json } from '../../../../src/engine/model/units.ts';
import { type AttemptFolders, attemptFolders, foldersSeen } from '../../../../src/engine/worker/attempt-context.ts';
import { appDriver } from '../../../../src/engine/worker/drivers/app-driver.ts';
import {
  type CheckpointDriver,
  type DriverJob,
  isRefusal,
  type SavableProcess,
  type SavedState,
} from '../../../../src/engine/worker/drivers/checkpoint-driver.ts';
import { criuDriver } from '../../../../src/engine/worker/drivers/criu-driver.ts';
import { noneDriver } from '../../../../src/engine/worker/drivers/none-driver.ts';
import { localFiles } from '../../../../src/engine/worker/local-files.ts';
import { processSupervisor } from '../../../../src/engine/worker/supervisor.ts';
import {
  COUNTING_PROGRAMS,
  type CountingProgram,
  EXIT_CODE,
  SAVING_PROGRAMS,
  wholeCount,
} from '../../../support/counting-programs.ts';
import { documentOf } from '../../../support/job-table.ts';

/** What every driver owes its programs: a count that is exact, and an end that comes through, however often it is killed. */

const TO = 60;
const PORTS = { files: localFiles, supervisor: processSupervisor, clock: systemClock };

const TRANSPARENT: readonly CheckpointDriver[] = [criuDriver({ clock: systemClock, environment: process.env })];
const probes = await Promise.all(TRANSPARENT.map(async (driver) => ({ driver, probe: await driver.probe() })));

let folder: string;
let running: SavableProcess[];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-driver-'));
  running = [];
});
afterEach(async () => {
  for (const process of running) {
    process.kill();
    await process.ended;
    await process.close();
  }
  fs.rmSync(folder, { recursive: true, force: true });
});

/** An attempt of a job on a worker of its own, with the given epoch. */
function attempt(driver: CheckpointDriver, epoch: number, given: Readonly<Record<string, Json>>): DriverJob {
  const jobId = `job-${path.basename(folder)}`;
  const folders = attemptFolders(path.join(folder, `worker-${epoch}`), { jobId, epoch, workerId: 'w' });
  for (const one of [folders.work, folders.tmp, folders.checkpoint, folders.agent]) fs.mkdirSync(one, { recursive: true });
  for (const one of [folders.stdout, folders.stderr]) fs.writeFileSync(one, '');
  const seen = driver.capabilities.samePath ? foldersSeen(jobId) : folders;
  const env = { PATH: process.env['PATH'] ?? '', CBAS_CHECKPOINT_DIR: seen.checkpoint };
  return { id: jobId, document: documentOf(given), folders, env, say: () => undefined };
} // prettier-ignore

const countOf = ({ work }: AttemptFolders): string => {
  const file = path.join(work, 'count');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
};
async function counted(job: DriverJob, lines: number): Promise<void> {
  while (countOf(job.folders).split('\n').length <= lines) await systemClock.sleep(5);
}
async function begun(driver: CheckpointDriver, job: DriverJob): Promise<SavableProcess> {
  const process = await driver.start(job);
  running.push(process);
  return process;
}
const request = { reason: 'wish', withinMs: 20_000, thenStop: false } as const;

/** Takes a state and lays it where another worker finds it, as if it had been to S3 and back. */
async function taken(process: SavableProcess): Promise<{ readonly folder: string; readonly state: SavedState }> {
  const state = await process.checkpoint(request);
  if (state === undefined || typeof state === 'string') throw new Error(`no state: ${state ?? 'nothing'}`);
  const packed = await state.pack();
  const into = fs.mkdtempSync(path.join(folder, 'fetched-'));
  for (const file of packed?.files ?? []) {
    fs.mkdirSync(path.dirname(path.join(into, file.path)), { recursive: true });
    fs.copyFileSync(file.absolute, path.join(into, file.path));
  }
  packed?.committed();
  return { folder: into, state };
}

async function restored(driver: CheckpointDriver, job: DriverJob, from: { folder: string; state: SavedState }) {
  const host = { arch: '', cpuFlags: [], imageId: '' };
  const manifest = { ...from.state.about, driver: driver.name, host, folder: '', stopMs: 0, reason: 'wish' };
  if (driver.name === 'app') fs.cpSync(from.folder, job.folders.checkpoint, { recursive: true });
  const process = await driver.restore(job, { manifest, folder: from.folder });
  if (isRefusal(process)) throw new Error(process.why);
  running.push(process);
  return process;
}
async function killed(process: SavableProcess): Promise<void> {
  process.kill();
  expect(await process.ended).toMatchObject({ signal: 'SIGKILL' });
  await process.close();
}

/** Saved, killed after more was done, brought back elsewhere: twice, the second time from what was brought back. */
async function survives(driver: CheckpointDriver, program: CountingProgram, checkpoint: Readonly<Record<string, Json>>) {
  const given = { run: { command: [...program.command(folder, TO)] }, checkpoint };
  let job = attempt(driver, 1, given);
  let process = await begun(driver, job);
  for (const [epoch, lines] of [[2, 10], [3, 35]] as const) {
    await counted(job, lines);
    const from = await taken(process);
    const savedAt = countOf(job.folders).split('\n').length;
    await counted(job, Math.min(TO - 5, savedAt + 5));
    await killed(process);
    job = attempt(driver, epoch, given);
    process = await restored(driver, job, from);
  }
  expect(await process.ended).toEqual({ exitCode: EXIT_CODE, signal: undefined, launchFailed: undefined });
  expect(countOf(job.folders)).toBe(wholeCount(TO));
} // prettier-ignore

describe('app', () => {
  test.each(SAVING_PROGRAMS)('$name', async (program) => {
    await survives(appDriver(PORTS), program, { driver: 'app', signal: 'SIGUSR1' });
  });
});

describe('none', () => {
  test.each(COUNTING_PROGRAMS)('$name begins anew, and is exact', async (program) => {
    const driver = noneDriver(processSupervisor);
    const given = { run: { command: [...program.command(folder, 20)] } };
    const first = attempt(driver, 1, given);
    const process = await begun(driver, first);
    await counted(first, 5);
    expect(await process.checkpoint(request)).toBeUndefined();
    await killed(process);
    const second = attempt(driver, 2, given);
    expect(await (await begun(driver, second)).ended).toMatchObject({ exitCode: EXIT_CODE });
    expect(countOf(second.folders)).toBe(wholeCount(20));
  });
});

describe.each(probes)('$driver.name', ({ driver, probe }) => {
  const why = probe.ok ? '' : probe.why;
  test.skipIf(why !== '').each(COUNTING_PROGRAMS)('$name goes on where it was, exact in its files and its output', async (program) => {
    await survives(driver, program, { driver: driver.name });
  });

  test.skipIf(why === '')(`is not proven here: ${why}`, () => {
    expect(why).not.toBe('');
  });
}); // prettier-ignore
