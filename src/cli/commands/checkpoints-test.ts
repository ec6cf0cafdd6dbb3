import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { JobItem } from '../../engine/model/job.ts';
import { blobKeys } from '../../engine/protocol/blobs.ts';
import { decodeJobDocument } from '../../engine/protocol/job-document.ts';
import { restoreTestResultOf, wishRestoreTest } from '../../engine/protocol/worker-abilities.ts';
import { readGeneration } from '../../engine/run/read-generations.ts';
import { machineDrivers } from '../../engine/worker/drivers/machine-drivers.ts';
import { localFiles } from '../../engine/worker/local-files.ts';
import { testRestore, type TestOutcome } from '../../engine/worker/restore-test.ts';
import { processSupervisor } from '../../engine/worker/supervisor.ts';
import { generationWords } from '../../ui/checkpoint-words.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { findJob, findOne } from '../find.ts';
import { Look } from '../look.ts';
import { wholeNumber } from '../numbers.ts';
import { note, print, printJson } from '../output.ts';
import { openToAct } from '../session.ts';
import type { Wired } from '../wire.ts';
import { chooseGeneration, whoCanRestore } from './checkpoints-inspect.ts';

export interface CheckpointTestOptions extends CommonOptions {
  /** On this worker instead of here. */
  readonly worker?: string;
  readonly within?: string;
}

const WITHIN_S = 300;
const WITHIN_MAX_S = 86_400;

interface Tested extends TestOutcome {
  /** A worker's id, or this machine. */
  readonly where: string;
}

/**
 * `cbas checkpoints test JOB [GEN]`: restores it into a scratch folder and says in one line what was tried. On this machine where that can;
 * else on a worker that can, which is asked through its item.
 */
export async function testCheckpoint(
  { job, generation: wanted }: { readonly job: string; readonly generation: string | undefined },
  options: CheckpointTestOptions,
): Promise<number> {
  const withinS = wholeNumber('--within', options.within ?? String(WITHIN_S), { min: 1, max: WITHIN_MAX_S });
  const wired = await openToAct(options);
  const item = await findJob(wired, job);
  const { generation } = await chooseGeneration(wired, item, wanted);
  const worker = options.worker ?? (await workerFor(wired, item, generation));
  const tested =
    worker === undefined
      ? await testHere(wired, item, generation)
      : await testThere(wired, { item, generation, worker, withinS });
  const { ok, told, where } = tested;
  if (options.json === true) printJson({ job: item.row.id, generation, ok, where, told });
  else print(`${ok ? 'good' : 'NOT GOOD'}: checkpoint ${generationWords(generation)} of ${safe(item.row.name) || item.row.id}, tested on ${where}: ${told}`); // prettier-ignore
  return ok ? EXIT.done : EXIT.failed;
}

/** Who is to be asked; undefined: it is tested here. A memory goes where its driver works: here first, then the first worker that can. */
async function workerFor(wired: Wired, { row }: JobItem, generation: number): Promise<string | undefined> {
  const manifest = await readGeneration(wired.blobs, row.id, generation);
  const driver = typeof manifest === 'string' ? undefined : manifest.checkpoint?.driver;
  if (typeof manifest === 'string' || driver === undefined || driver === 'app' || driver === 'none') return undefined;
  if ((await driversHere().probe(driver)).ok) return undefined;
  return (await whoCanRestore(wired, manifest)).find(({ why }) => why === '')?.worker.id;
}

function driversHere() {
  const ports = { files: localFiles, supervisor: processSupervisor, clock: systemClock };
  return machineDrivers({ ports, environment: process.env, imageId: '' });
}

async function testHere(wired: Wired, { row, document }: JobItem, generation: number): Promise<Tested> {
  const decoded = decodeJobDocument(document);
  if (!decoded.ok) throw new CliError('its document is of a version that this program cannot read', EXIT.failed);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-restore-'));
  try {
    const outcome = await testRestore({
      ports: { blobs: wired.blobs, files: localFiles, clock: systemClock },
      place: { drivers: driversHere(), environment: process.env, say: note, scratch: path.join(folder, 'test') },
      row,
      document: decoded.value,
      pointer: { generation, manifestKey: blobKeys.checkpointManifest(row.id, generation) },
    });
    return { ...outcome, where: 'this machine' };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function testThere(
  wired: Wired,
  asked: {
    readonly item: JobItem;
    readonly generation: number;
    readonly worker: string;
    readonly withinS: number;
  },
): Promise<Tested> {
  const { item, generation, withinS } = asked;
  const { snapshot } = await Look.at(wired, ['workers']);
  const named = [...snapshot.workers].map((row) => ({ ...row, name: '' }));
  const { id: workerId } = findOne('worker', asked.worker, named);
  const at = systemClock.now();
  const wish = { jobId: item.row.id, generation, at, by: wired.deployment.identity };
  if ((await wired.store.write(wishRestoreTest(workerId, wish))) === undefined)
    throw new CliError(`worker ${workerId} is gone`, EXIT.notFound);
  const deadlineMs = systemClock.monotonicMs() + withinS * 1_000;
  while (systemClock.monotonicMs() < deadlineMs) {
    await systemClock.sleep(wired.deployment.timings.pingMs / 2);
    const result = restoreTestResultOf((await wired.store.get('workers', workerId)) ?? {});
    if (result?.at === at) return { ok: result.ok, told: result.told, where: workerId };
  }
  throw new CliError(
    `worker ${workerId} has not answered within ${withinS} s; it may still test it, and the job is untouched`,
    EXIT.unavailable,
  );
}
