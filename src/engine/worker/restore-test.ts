import path from 'node:path';
import type { CheckpointPointer } from '../model/checkpoint.ts';
import type { JobRow } from '../model/job.ts';
import { checkpointManifestOf } from '../protocol/checkpoint-manifest.ts';
import { epochOf } from '../protocol/checkpoint-item.ts';
import type { Manifest } from '../protocol/blobs.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import { type AttemptPlace, type AttemptPorts, jobEnvironment } from './attempt-context.ts';
import { type AttemptFolders, attemptFolders, foldersSeen } from './attempt-folders.ts';
import { hostMismatch, isRefusal } from './drivers/checkpoint-driver.ts';
import { fetchCheckpoint, readCheckpoint } from './staging.ts';

/** A program that was brought back runs for so long before it is ended: it has gone on from its memory by then, or it has died of it. */
const RUNS_FOR_MS = 1_000;

/** The machine that it is tried on. */
export interface TestPlace extends Pick<AttemptPlace, 'drivers' | 'environment' | 'say'> {
  /** Emptied before and after. */
  readonly scratch: string;
}

export interface RestoreTest {
  readonly ports: Pick<AttemptPorts, 'blobs' | 'files' | 'clock'>;
  readonly place: TestPlace;
  readonly row: JobRow;
  readonly document: JobDocument;
  readonly pointer: Pick<CheckpointPointer, 'generation' | 'manifestKey'>;
}

export interface TestOutcome {
  readonly ok: boolean;
  /** In one sentence: what was tried, what came of it, and what that proves. */
  readonly told: string;
}

/** Restores a generation into a scratch folder. The job, its item and its files are not touched: nothing is written but there. */
export async function testRestore(test: RestoreTest): Promise<TestOutcome> {
  const { ports, place, pointer } = test;
  await ports.files.removeTree(place.scratch);
  try {
    const manifest = await readCheckpoint(ports.blobs, { ...NO_POINTER, ...pointer });
    if (typeof manifest === 'string') return { ok: false, told: `it cannot be used: ${manifest}` };
    const folder = path.join(place.scratch, 'fetched');
    const bad = await fetchCheckpoint(ports, manifest, folder);
    if (bad !== undefined) return { ok: false, told: `it is damaged: ${bad}` };
    return await tryDriver(test, manifest, folder);
  } finally {
    await ports.files.removeTree(place.scratch);
  }
}

const NO_POINTER: CheckpointPointer = { generation: 0, manifestKey: '', sizeBytes: 0, stopMs: 0, at: 0, workMs: 0 };

async function tryDriver(test: RestoreTest, manifest: Manifest, folder: string): Promise<TestOutcome> {
  const { ports, place } = test;
  const made = manifest.checkpoint ?? checkpointManifestOf(undefined);
  const bytes = manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const count = manifest.files.length;
  const whole = `${count === 1 ? '1 file' : `${count} files`} of ${bytes} bytes in all, with the sizes and SHA-256 of the manifest`;
  if (made.driver === 'app' || made.driver === 'none')
    return {
      ok: true,
      told: `${whole}; that the program can go on from them only the program can prove: it is not started for a test`,
    };
  const driver = place.drivers.of(made.driver);
  const probe = await place.drivers.probe(made.driver);
  if (driver === undefined || !probe.ok)
    return { ok: false, told: `${whole}; not restored: ${made.driver}: ${probe.ok ? 'not here' : probe.why}` };
  const here = { ...place.drivers.host, toolVersion: probe.toolVersion };
  const unfit = hostMismatch(made, here, driver.capabilities.hostBound);
  if (unfit !== undefined) return { ok: false, told: `${whole}; not restored: ${unfit}` };
  const { folders, job } = await scratchJob(test);
  const process = await driver.restore(job, { manifest: made, folder });
  if (isRefusal(process)) return { ok: false, told: `${whole}; ${made.driver} cannot restore it: ${process.why}` };
  try {
    const early = await Promise.race([process.ended, ports.clock.sleep(RUNS_FOR_MS).then(() => undefined)]);
    if (early?.lost !== undefined || (early?.signal ?? early?.launchFailed) !== undefined)
      return {
        ok: false,
        told: `${whole}; ${made.driver} restored it, and it died at once: ${early?.lost ?? early?.signal ?? early?.launchFailed}`,
      };
    const ran =
      early === undefined ? `ran for ${RUNS_FOR_MS} ms and was ended` : `ran to its end, exit ${early.exitCode}`;
    return {
      ok: true,
      told: `${whole}; ${made.driver} ${made.toolVersion} restored its memory, and the program ${ran}: it goes on from here, on machines like this one`,
    };
  } finally {
    process.kill();
    await process.close();
    await ports.files.removeTree(folders.root);
  }
}

/** As for an attempt, in folders that are nobody's. */
async function scratchJob({ ports, place, row, document, pointer }: RestoreTest) {
  const holder = { jobId: row.id, epoch: epochOf(pointer.generation), workerId: 'restore-test' };
  const folders: AttemptFolders = attemptFolders(place.scratch, holder);
  for (const folder of [folders.work, folders.tmp, folders.agent, folders.checkpoint]) await ports.files.makeFolder(folder);
  for (const file of [folders.stdout, folders.stderr]) await ports.files.write(file, '');
  const env = jobEnvironment({
    own: place.environment,
    folders: foldersSeen(row.id),
    row,
    holder,
    document,
    restoredGeneration: pointer.generation,
    graceMs: 0,
  });
  return { folders, job: { id: row.id, document, folders, env, say: place.say } };
} // prettier-ignore
