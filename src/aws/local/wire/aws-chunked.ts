import { ServiceError } from '../service.ts';

/** Longest chunk header or trailer line; a signature and a checksum are well below 200 bytes. */
const LINE_MAX_BYTES = 4_096;
const TRAILERS_MAX = 32;
const EMPTY = Buffer.alloc(0);

/** A body as the client sent it, with what follows it. */
export interface ChunkedSource {
  readonly pieces: AsyncIterable<Buffer>;
  /** Filled with lower-case names when the body has been read to its end. */
  readonly trailers: Map<string, string>;
}

/**
 * Takes the framing off an aws-chunked body: `size[;chunk-signature=..]CRLF bytes CRLF ... 0 CRLF trailers CRLF`.
 * The SDK frames every streamed upload this way, so that its checksum can follow the bytes. Signatures are not verified.
 */
export async function* decodeAwsChunked({ pieces, trailers }: ChunkedSource): AsyncGenerator<Buffer, void, undefined> {
  const bytes = new ByteReader(pieces);
  for (;;) {
    let left = chunkSize(await bytes.line());
    if (left === 0) break;
    while (left > 0) {
      const piece = await bytes.atMost(left);
      left -= piece.length;
      yield piece;
    }
    if ((await bytes.line()) !== '') throw malformed('a chunk is longer than its header says');
  }
  for (let line = await bytes.line(); line !== ''; line = await bytes.line()) {
    const colon = line.indexOf(':');
    if (colon <= 0 || trailers.size >= TRAILERS_MAX) throw malformed('a trailer is malformed');
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  if (await bytes.hasMore()) throw malformed('bytes follow the last chunk');
}

function chunkSize(header: string): number {
  const match = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(header);
  if (match === null) throw malformed('a chunk header is not a hexadecimal size');
  return Number.parseInt(match[1] ?? '', 16);
}

const malformed = (what: string): ServiceError =>
  new ServiceError('InvalidRequest', `The aws-chunked body is malformed: ${what}.`);

/** Lines and runs of bytes from pieces that are cut anywhere. */
class ByteReader {
  private readonly pieces: AsyncIterator<Buffer>;
  private pending: Buffer = EMPTY;

  constructor(pieces: AsyncIterable<Buffer>) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  /** The text before the next CRLF. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.pending.indexOf('\r\n');
      if (end > LINE_MAX_BYTES || (end < 0 && this.pending.length > LINE_MAX_BYTES))
        throw malformed('a line is too long');
      if (end >= 0) {
        const text = this.pending.toString('latin1', 0, end);
        this.pending = this.pending.subarray(end + 2);
        return text;
      }
      await this.demandMore();
    }
  }

  /** Between 1 and `count` bytes. */
  async atMost(count: number): Promise<Buffer> {
    while (this.pending.length === 0) await this.demandMore();
    const piece = this.pending.subarray(0, count);
    this.pending = this.pending.subarray(piece.length);
    return piece;
  }

  async hasMore(): Promise<boolean> {
    while (this.pending.length === 0) if (!(await this.pull())) return false;
    return true;
  }

  private async demandMore(): Promise<void> {
    if (await this.pull()) return;
    throw new ServiceError('IncompleteBody', 'The aws-chunked body ended before its last chunk.');
  }

  private async pull(): Promise<boolean> {
    const next = await this.pieces.next();
    if (next.done === true) return false;
    this.pending = this.pending.length === 0 ? next.value : Buffer.concat([this.pending, next.value]);
    return true;
  }
}
