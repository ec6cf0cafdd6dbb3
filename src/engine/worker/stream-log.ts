import type { LogStream } from '../model/job-log.ts';
import type { BlobStore } from '../model/blob-store.ts';
import type { Files } from '../model/ports.ts';
import { logPartKey } from '../protocol/blobs.ts';
import type { Holder } from '../protocol/job-transition.ts';

const PART_BYTES_MAX = 1024 * 1024;
/** A part below this share of the largest is written anew when more comes: a quiet program makes few parts, and little is sent twice. */
const GROWS_TO_SHARE = 1 / 4;
/** The file keeps this much of what was sent: its last line is asked for when the program fails. */
const KEPT_BYTES = 64 * 1024;
/** The disk is given back this much at once. */
const FREED_BYTES = 4 * 1024 * 1024;

/** How far a line is looked for, where something before it is left out. */
const LINE_BYTES_MAX = 64 * 1024;
/** A disk gives nothing smaller back. */
const BLOCK_BYTES = 4_096;
const NEWLINE = 10;

interface Part {
  readonly from: number;
  readonly to: number;
}

export interface StreamLogOptions {
  readonly blobs: BlobStore;
  readonly files: Files;
  readonly holder: Holder;
  readonly stream: LogStream;
  /** What the program writes into. */
  readonly file: string;
  /** Of it are kept in the bucket: half of it the beginning, half the end. */
  readonly bytesMax: number;
}

/**
 * One output of a program on its way to the bucket, part by part. Its beginning stays where it is sent to; behind that the last
 * parts are kept, and the ones before them are deleted as it grows. What was sent is taken off the disk.
 */
export class StreamLog {
  readonly #options: StreamLogOptions;
  readonly #headBytes: number;
  readonly #tailBytes: number;
  readonly #partBytes: number;
  /** Up to here everything was sent, or left out. */
  #done = 0;
  /** The newest part, while more may be added to it. */
  #open: Part | undefined;
  /** Behind the head, the oldest first. */
  readonly #tail: Part[] = [];
  #freed = 0;
  #canFree = true;

  constructor(options: StreamLogOptions) {
    this.#options = options;
    this.#headBytes = Math.ceil(options.bytesMax / 2);
    this.#tailBytes = Math.floor(options.bytesMax / 2);
    this.#partBytes = Math.max(1, Math.min(PART_BYTES_MAX, Math.floor(this.#tailBytes / 2)));
  }

  /** Sends what is new; `isLast`: a character that was begun goes as it is. Resolves with the bytes that were new. */
  async ship(isLast: boolean): Promise<number> {
    const { files, file } = this.#options;
    const size = (await files.facts(file))?.sizeBytes ?? 0;
    const before = this.#done;
    if (before >= this.#headBytes && size - before > this.#tailBytes) await this.#skipTo(size - this.#tailBytes);
    while (this.#done < size && (await this.#sendPart(size, isLast)));
    await this.#free();
    return Math.max(0, size - before);
  }

  /** More came at once than is kept of the end: what lies before the end is not sent at all. Goes on with a whole line, or character. */
  async #skipTo(place: number): Promise<void> {
    const { files, file } = this.#options;
    const bytes = await files.readBytes(file, { from: place, bytes: Math.min(this.#partBytes, LINE_BYTES_MAX) });
    const line = bytes.indexOf(NEWLINE) + 1;
    const character = bytes.findIndex((byte) => !continues(byte));
    this.#done = place + (line > 0 ? line : Math.max(0, character));
    this.#open = undefined;
  }

  /** false when there is nothing whole to send. */
  async #sendPart(size: number, isLast: boolean): Promise<boolean> {
    const { files, file } = this.#options;
    const from = this.#open?.from ?? this.#done;
    const end = Math.min(size, from + this.#partBytes);
    const read = await files.readBytes(file, { from, bytes: end - from });
    const hole = this.#open === undefined ? holeAt(read) : 0;
    if (hole > 0) {
      this.#done = from + hole;
      return true;
    }
    const bytes = isLast && end === size ? read : wholeCharacters(read);
    const part = { from, to: from + bytes.length };
    if (part.to <= this.#done) return false;
    await this.#options.blobs.putBytes(this.#key(part), bytes);
    this.#done = part.to;
    this.#open = bytes.length < this.#partBytes * GROWS_TO_SHARE ? part : undefined;
    if (from >= this.#headBytes) await this.#keepTail(part);
    return true;
  }

  async #keepTail(part: Part): Promise<void> {
    if (this.#tail.at(-1)?.from === part.from) this.#tail.pop();
    this.#tail.push(part);
    const gone: Part[] = [];
    let kept = this.#tail.reduce((sum, { from, to }) => sum + to - from, 0);
    for (const { from, to } of this.#tail) {
      kept -= to - from;
      if (kept < this.#tailBytes) break;
      gone.push({ from, to });
    }
    if (gone.length === 0) return;
    await this.#options.blobs.delete(gone.map((one) => this.#key(one)));
    this.#tail.splice(0, gone.length);
  }

  async #free(): Promise<void> {
    const upTo = Math.min(this.#open?.from ?? this.#done, this.#done - KEPT_BYTES);
    if (!this.#canFree || upTo - this.#freed < FREED_BYTES) return;
    this.#canFree = await this.#options.files.free(this.#options.file, upTo);
    this.#freed = upTo;
  }

  #key({ from }: Part): string {
    const { holder, stream } = this.#options;
    return logPartKey({ ...holder, stream, from });
  }
}

/** The second to fourth byte of a UTF-8 character. */
function continues(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Without the character at the end that is not all there. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let start = bytes.length - 1;
  while (start >= 0 && bytes.length - start < 4 && continues(bytes[start] ?? 0)) start -= 1;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start >= 0 && bytes.length - start < length ? bytes.subarray(0, start) : bytes;
}

/** Bytes at the beginning that were given back to the disk: a memory that is brought back has its old file with it, which reads as zeros there. */
function holeAt(bytes: Uint8Array): number {
  const written = bytes.findIndex((byte) => byte !== 0);
  const zeros = written < 0 ? bytes.length : written;
  return zeros >= BLOCK_BYTES ? zeros : 0;
}
