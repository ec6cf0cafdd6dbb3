import { describeFault, faultOf } from '../model/fault.ts';
import { LOG_BYTES_MAX, type LogAnswer, type LogPartTime, type LogQuery } from '../model/job-log.ts';
import type { BlobStore, BlobTail } from '../model/blob-store.ts';
import type { EpochMs } from '../model/units.ts';
import { blobKeys } from '../protocol/blobs.ts';
import { leftOut, type LogPart, logParts } from '../protocol/log-parts.ts';

/** The end of a job's log. Never rejects: what went wrong is an answer. What the asker has already is not fetched again. */
export async function readLog(blobs: BlobStore, query: LogQuery): Promise<LogAnswer> {
  try {
    return await read(blobs, query);
  } catch (error) {
    return { kind: 'failed', why: describeFault(faultOf(error, 'reading a log')) };
  }
}

async function read(blobs: BlobStore, { jobId, stream, epoch, known, bytesMax }: LogQuery): Promise<LogAnswer> {
  const all = logParts(await blobs.list(blobKeys.logs(jobId)));
  const epochs = [...new Set(all.map((part) => part.epoch))];
  const wanted = epoch ?? epochs.at(-1);
  const parts = all.filter((part) => part.epoch === wanted && part.stream === stream);
  const newest = parts.at(-1);
  if (wanted === undefined || newest === undefined) return { kind: 'nothing', epochs };
  const tag = `${newest.key} ${newest.tag}`;
  if (tag === known) return { kind: 'same', epochs };
  const end = await readEnd(blobs, parts, Math.min(bytesMax, LOG_BYTES_MAX));
  if (end === undefined) return { kind: 'nothing', epochs };
  const isWhole = end.from <= (parts[0]?.from ?? 0);
  const text = isWhole ? end.text : wholeLines(end.text);
  const cutChars = end.text.length - text.length;
  const cutBytes = end.from + Buffer.byteLength(end.text) - Buffer.byteLength(text);
  const times = end.parts
    .map(({ from, at }) => ({ from: Math.max(0, from - cutChars), at }))
    .filter(({ from }, at, all) => all[at + 1]?.from !== from);
  const tail = { epoch: wanted, text, parts: times, cutBytes, tag, newestAt: newest.changedAt };
  return { kind: 'log', epochs, tail };
}

interface End {
  /** Place of its first byte in the log. */
  readonly from: number;
  readonly text: string;
  readonly parts: readonly LogPartTime[];
}

/** So many bytes at most from the end of the last part back; `from`: the place of the first of them. undefined when all parts are gone. */
async function readEnd(blobs: BlobStore, parts: readonly LogPart[], bytesMax: number): Promise<End | undefined> {
  const pieces: { readonly text: string; readonly at: EpochMs }[] = [];
  let from: number | undefined;
  let room = bytesMax;
  for (const part of parts.toReversed()) {
    const size = part.to - part.from;
    const tail = room <= 0 ? undefined : await blobs.getTail(part.key, Math.min(size, room));
    // Deleted meanwhile, as the oldest of what is kept of a long log: the others before it are gone as well.
    if (tail === undefined) break;
    const gap = from === undefined ? 0 : Math.max(0, from - (part.from + tail.sizeBytes));
    pieces.unshift({ text: tail.text + (gap === 0 ? '' : gapLine(tail.text, gap)), at: part.changedAt });
    from = part.from + Math.max(0, tail.sizeBytes - Math.min(size, room));
    room -= size;
  }
  if (from === undefined) return undefined;
  let text = '';
  const times: LogPartTime[] = [];
  for (const piece of pieces) {
    times.push({ from: text.length, at: piece.at });
    text += piece.text;
  }
  return { from, text, parts: times };
}

/** What lies behind a place, part by part, with a line where something was left out. `to`: the place to go on from; `at`: when the part was written. */
export async function* logTexts(
  blobs: BlobStore,
  parts: readonly LogPart[],
  from = 0,
): AsyncGenerator<{ readonly text: string; readonly to: number; readonly at: EpochMs }> {
  let place = from;
  let before = '';
  for (const part of parts) {
    if (part.to <= place) continue;
    const text = await textBehind(blobs, part, Math.max(0, place - part.from));
    if (text === undefined) continue;
    const gap = Math.max(0, part.from - place);
    before = (gap === 0 ? '' : gapLine(before, gap)) + text.text;
    place = part.from + text.sizeBytes;
    yield { text: before, to: place, at: part.changedAt };
  }
}

/** undefined where it was deleted since it was listed. */
async function textBehind(blobs: BlobStore, part: LogPart, known: number): Promise<BlobTail | undefined> {
  let size = part.to - part.from;
  for (;;) {
    const tail = await blobs.getTail(part.key, size - known);
    // It has grown since it was listed: asked for from its end, something in the middle would be missing.
    if (tail === undefined || tail.sizeBytes <= size) return tail;
    size = tail.sizeBytes;
  }
}

/** A line of its own. */
function gapLine(before: string, bytes: number): string {
  return `${before === '' || before.endsWith('\n') ? '' : '\n'}${leftOut(bytes)}\n`;
}

/** A tail begins somewhere in a line: the rest of that line is left out, unless there is no other. */
function wholeLines(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 || end === text.length - 1 ? text : text.slice(end + 1);
}
