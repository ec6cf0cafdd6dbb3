import { describeFault, faultOf } from '../model/fault.ts';
import {
  type FactsAnswer,
  FILES_SHOWN_MAX,
  type JobFacts,
  type JobSpec,
  LAST_LINES_MAX,
  type OutputFile,
} from '../model/job-facts.ts';
import type { JobRow } from '../model/job.ts';
import type { LogStream } from '../model/job-log.ts';
import type { BlobStore } from '../model/blob-store.ts';
import type { TableStore } from '../model/ports.ts';
import type { Json } from '../model/units.ts';
import { parseManifest } from '../protocol/blobs.ts';
import { decodeJobDocument } from '../protocol/job-document.ts';
import { jobItemOf } from '../protocol/job-item.ts';
import { readLog } from './read-log.ts';

/** Five lines of a usual length; longer ones are cut at the edge of the screen anyway. */
const LAST_LINES_BYTES = 4_096;

export interface FactsPorts {
  readonly store: TableStore;
  readonly blobs: BlobStore;
}

/** What no list holds of one job: its document, its outputs, the last lines of its log. Never rejects. */
export async function readFacts(ports: FactsPorts, jobId: string): Promise<FactsAnswer> {
  try {
    const item = await ports.store.get('jobs', jobId);
    const job = item === undefined ? undefined : jobItemOf(item);
    if (job === undefined) return { kind: 'missing' };
    const [files, lastLines] = await Promise.all([outputFiles(ports.blobs, job.row), readLastLines(ports, job.row)]);
    const facts: JobFacts = {
      spec: specOf(job.document),
      files: files.slice(0, FILES_SHOWN_MAX),
      fileCount: files.length,
      before: job.checkpointBefore,
      condemned: job.checkpointBad,
      lastLines,
    };
    return { kind: 'facts', facts };
  } catch (error) {
    return { kind: 'failed', why: describeFault(faultOf(error, 'reading a job')) };
  }
}

function specOf(json: Json): JobSpec | undefined {
  const decoded = decodeJobDocument(json);
  if (!decoded.ok) return undefined;
  const { run, needs, bid, retry, estimate, inputs, outputs } = decoded.value;
  return {
    command: run.command,
    needs,
    maxUsdPerHour: bid?.maxUsdPerHour ?? 0,
    attemptsMax: retry.attempts,
    workS: estimate?.workS ?? 0,
    inputs: inputs.length,
    outputs: outputs.map(({ name, path }) => ({ name, path })),
  };
}

/** As the manifest names them. One that is damaged, or of another job, names nothing. */
async function outputFiles(blobs: BlobStore, { id, result }: JobRow): Promise<readonly OutputFile[]> {
  const key = result?.manifestKey ?? '';
  const text = key === '' ? undefined : await blobs.getText(key);
  const manifest = text === undefined ? undefined : parseManifest(text);
  if (manifest?.kind !== 'outputs' || manifest.jobId !== id) return [];
  return manifest.files.map(({ path, sizeBytes }) => ({ path, sizeBytes }));
}

/** Of what a failed job wrote, the errors tell more; where one stream is empty, the other speaks. */
async function readLastLines({ blobs }: FactsPorts, row: JobRow): Promise<JobFacts['lastLines']> {
  const order: readonly LogStream[] = row.state === 'FAILED' ? ['stderr', 'stdout'] : ['stdout', 'stderr'];
  for (const stream of order) {
    const query = { jobId: row.id, stream, epoch: undefined, known: '', bytesMax: LAST_LINES_BYTES };
    const answer = await readLog(blobs, query);
    if (answer.kind === 'failed') return { stream, lines: [], why: answer.why };
    if (answer.kind !== 'log') continue;
    const lines = answer.tail.text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
    if (lines.length > 0) return { stream, lines: lines.slice(-LAST_LINES_MAX), why: '' };
  }
  return { stream: order[0] ?? 'stdout', lines: [], why: '' };
}
