import { describeFault, faultOf } from '../model/fault.ts';
import { LOG_BYTES_MAX, type LogAnswer, type LogQuery } from '../model/job-log.ts';
import type { BlobInfo, BlobStore } from '../model/ports.ts';
import { blobKeys, logOf } from '../protocol/blobs.ts';

/** The end of a job's log. Never rejects: what went wrong is an answer. What the asker has already is not fetched again. */
export async function readLog(blobs: BlobStore, query: LogQuery): Promise<LogAnswer> {
  try {
    return await read(blobs, query);
  } catch (error) {
    return { kind: 'failed', why: describeFault(faultOf(error, 'reading a log')) };
  }
}

async function read(blobs: BlobStore, { jobId, stream, epoch, known, bytesMax }: LogQuery): Promise<LogAnswer> {
  const found = await blobs.list(blobKeys.logs(jobId));
  const epochs = epochsOf(found);
  const wanted = epoch ?? epochs.at(-1);
  const key = wanted === undefined ? '' : blobKeys.log(jobId, wanted, stream);
  const blob = found.find((one) => one.key === key);
  if (wanted === undefined || blob === undefined) return { kind: 'nothing', epochs };
  const tag = `${key} ${blob.tag}`;
  if (tag === known) return { kind: 'same', epochs };
  const tail = await blobs.getTail(key, Math.min(bytesMax, LOG_BYTES_MAX));
  if (tail === undefined) return { kind: 'nothing', epochs };
  const text = wholeLines(tail.text, tail.sizeBytes);
  const cutBytes = tail.sizeBytes - Buffer.byteLength(text);
  return { kind: 'log', epochs, tail: { epoch: wanted, text, cutBytes: Math.max(0, cutBytes), tag } };
}

function epochsOf(blobs: readonly BlobInfo[]): readonly number[] {
  const epochs = new Set(blobs.flatMap(({ key }) => logOf(key)?.epoch ?? []));
  return [...epochs].sort((a, b) => a - b);
}

/** A tail begins somewhere in a line: the rest of that line is left out, unless there is no other. */
function wholeLines(text: string, sizeBytes: number): string {
  if (Buffer.byteLength(text) >= sizeBytes) return text;
  const end = text.indexOf('\n');
  return end < 0 || end === text.length - 1 ? text : text.slice(end + 1);
}
