import { createHash } from 'node:crypto';
import type { Wired } from '../../src/cli/wire.ts';
import type { ConditionalWrite } from '../../src/engine/model/command.ts';
import { type JobRow, NO_LOSSES } from '../../src/engine/model/job.ts';
import { blobKeys, type ManifestFile } from '../../src/engine/protocol/blobs.ts';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { checkpointGeneration } from '../../src/engine/protocol/checkpoint-item.ts';
import { commitCheckpoint } from '../../src/engine/protocol/checkpoint-writes.ts';
import { claimJob, endJob, heartbeat, startJob } from '../../src/engine/protocol/worker-job-writes.ts';

export const WORKER = 'i-0aaaaaaaaaaaaaaa1';

async function write({ store }: Wired, change: ConditionalWrite): Promise<JobRow> {
  const item = await store.write(change);
  const row = item === undefined ? undefined : jobRowOf(item);
  if (row === undefined) throw new Error(`refused: ${JSON.stringify(change)}`);
  return row;
}

/** What a worker writes when it takes a job and begins. */
export async function runJob(wired: Wired, id: string): Promise<JobRow> {
  const at = Date.now();
  const row = jobRowOf((await wired.store.get('jobs', id)) ?? {});
  if (row === undefined) throw new Error(`no job ${id}`);
  const claimed = await write(wired, claimJob(row, { workerId: WORKER, pool: 'c5.large/us-east-1a', leaseUntil: at + 60_000, at })); // prettier-ignore
  const holder = { jobId: id, epoch: claimed.epoch, workerId: WORKER };
  const running = await write(wired, startJob(claimed, holder, { at, restored: undefined }));
  await write(wired, heartbeat(holder, { at, leaseUntil: at + 60_000, progressPct: 40, atRiskMs: 90_000 }));
  return running;
}

/** What a worker writes when it has saved a running job. */
export async function saveJob(wired: Wired, id: string): Promise<void> {
  const row = jobRowOf((await wired.store.get('jobs', id)) ?? {});
  if (row === undefined) throw new Error(`no job ${id}`);
  const holder = { jobId: id, epoch: row.epoch, workerId: WORKER };
  const generation = checkpointGeneration(row.epoch, 1);
  const manifestKey = blobKeys.checkpointManifest(id, generation);
  const pointer = { generation, manifestKey, sizeBytes: 5, stopMs: 10, at: Date.now(), workMs: 1_000 };
  const begins = { generation, startedAt: Date.now(), reason: 'periodic' };
  const beat = { at: Date.now(), leaseUntil: Date.now() + 60_000, progressPct: 40, atRiskMs: 90_000, begins };
  await write(wired, heartbeat(holder, beat));
  await write(wired, commitCheckpoint(row, holder, { pointer }));
}

export interface Ending {
  readonly exitCode?: number;
  readonly signal?: string;
  /** Content by path; written as the output "o". */
  readonly files?: Readonly<Record<string, string>>;
  /** Changes the manifest before it is written: what a damaged or hostile worker would do. */
  readonly forge?: (file: ManifestFile) => ManifestFile;
  readonly record?: JobRow['record'];
}

/** What a worker writes when a running job has ended: outputs, manifest, commit. */
export async function endedJob(wired: Wired, running: JobRow, ending: Ending): Promise<void> {
  const { exitCode = ending.signal === undefined ? 0 : undefined, signal, files = {}, forge = (file) => file } = ending;
  const { id, epoch } = running;
  const named: ManifestFile[] = [];
  for (const [path, text] of Object.entries(files)) {
    const key = `${blobKeys.outputs(id, epoch)}${path}`;
    await wired.blobs.putText(key, text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    named.push(forge({ path, key, sizeBytes: Buffer.byteLength(text), sha256, output: 'o' }));
  }
  const manifestKey = named.length === 0 ? '' : blobKeys.outputManifest(id, epoch);
  if (manifestKey !== '') {
    const manifest = { cbas: 1, kind: 'outputs', jobId: id, epoch, generation: 0, createdAt: 1, workMs: 1, files: named };
    await wired.blobs.putText(manifestKey, JSON.stringify(manifest));
  } // prettier-ignore
  await write(
    wired,
    endJob(
      running,
      { jobId: id, epoch, workerId: WORKER },
      {
        at: Date.now(),
        state: exitCode === 0 ? 'SUCCEEDED' : 'FAILED',
        code: exitCode === 0 ? 'succeeded' : signal === undefined ? 'exit' : 'signal',
        detail: exitCode === 0 ? '' : `ended with ${exitCode ?? signal}`,
        result: { exitCode, signal, manifestKey },
        record: ending.record,
        next: '',
        losses: NO_LOSSES,
        tally: { costUsd: 0.01, interruptions: 0, ranMs: 1_000, lostMs: 0 },
        attempt: 1,
      },
    ),
  );
}
