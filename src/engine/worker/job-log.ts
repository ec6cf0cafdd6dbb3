import fs from 'node:fs';
import type { BlobStore } from '../model/ports.ts';

/** Of a log that is longer, the beginning and the end are kept: where it started and where it broke. */
const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 1024 * 1024;

/** A job's output file as it goes to S3: bounded, so that 50 MB of output cost no more than one. */
export async function boundedLog(file: string): Promise<string> {
  const handle = await fs.promises.open(file, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (length: number, position: number): Promise<string> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
      return buffer.toString('utf8', 0, bytesRead);
    };
    if (size <= HEAD_BYTES + TAIL_BYTES) return await read(size, 0);
    const left = size - HEAD_BYTES - TAIL_BYTES;
    return `${await read(HEAD_BYTES, 0)}\n… ${left} bytes left out …\n${await read(TAIL_BYTES, size - TAIL_BYTES)}`;
  } finally {
    await handle.close();
  }
}

/** Uploads a log when it has grown since the last time. */
export class LogShipper {
  readonly #shipped = new Map<string, number>();
  readonly #blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  async ship(file: string, key: string): Promise<void> {
    const { size } = await fs.promises.stat(file);
    if (size === 0 || this.#shipped.get(key) === size) return;
    await this.#blobs.putText(key, await boundedLog(file));
    this.#shipped.set(key, size);
  }
}
