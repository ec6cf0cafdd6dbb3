import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { BlobInfo, BlobStore, BlobTail, PendingUpload } from '../../engine/model/blob-store.ts';
import type { EpochMs } from '../../engine/model/units.ts';
import { tailText } from '../tail-text.ts';
import { type FaultHook, guarded, NO_FAULTS } from './faults.ts';
import { compareValues } from './memory-index.ts';

/** Where files come from and go to. */
export interface Disk {
  read(file: string): Promise<Buffer>;
  write(file: string, bytes: Buffer): Promise<void>;
}

const LOCAL_DISK: Disk = {
  read: (file) => fs.promises.readFile(file),
  async write(file, bytes) {
    const temporary = `${file}.part`;
    await fs.promises.mkdir(path.dirname(file), { recursive: true });
    await fs.promises.writeFile(temporary, bytes);
    await fs.promises.rename(temporary, file);
  },
};

/** What lies under a key. */
export interface Blob {
  readonly bytes: Buffer;
  readonly changedAt: EpochMs;
}

/** What several machines may look into, and the clock that its times are of. */
export interface Bucket {
  readonly blobs: Map<string, Blob>;
  /** Of somebody who sends in parts. */
  readonly pending: PendingUpload[];
  readonly now: () => EpochMs;
}

export function newBucket(now: () => EpochMs = Date.now): Bucket {
  return { blobs: new Map(), pending: [], now };
}

/** A bucket. Contents are bytes; what a caller does to its file afterwards changes nothing here. */
export class MemoryBlobs implements BlobStore {
  readonly #hook: FaultHook;
  readonly #disk: Disk;
  readonly #bucket: Bucket;

  constructor(hook: FaultHook = NO_FAULTS, disk: Disk = LOCAL_DISK, bucket: Bucket = newBucket()) {
    this.#hook = hook;
    this.#disk = disk;
    this.#bucket = bucket;
  }

  /** The same bucket, as a machine with another disk uses it. */
  from(disk: Disk): MemoryBlobs {
    return new MemoryBlobs(this.#hook, disk, this.#bucket);
  }

  putText(key: string, text: string, options?: { readonly onlyIfAbsent: true }): Promise<'written' | 'exists'> {
    return this.#run('putText', key, () => {
      if (options?.onlyIfAbsent === true && this.#bucket.blobs.has(key)) return 'exists';
      this.#put(key, Buffer.from(text));
      return 'written';
    });
  }

  putBytes(key: string, bytes: Uint8Array): Promise<void> {
    return this.#run('putBytes', key, () => this.#put(key, Buffer.from(bytes)));
  }

  /** At once, whatever its size. */
  async putFile(key: string, file: string): Promise<'written'> {
    const bytes = await this.#disk.read(file);
    await this.#run('putFile', key, () => this.#put(key, bytes));
    return 'written';
  }

  getText(key: string): Promise<string | undefined> {
    return this.#run('getText', key, () => this.#bucket.blobs.get(key)?.bytes.toString('utf8'));
  }

  getTail(key: string, bytesMax: number): Promise<BlobTail | undefined> {
    return this.#run('getTail', key, () => {
      const bytes = this.#bucket.blobs.get(key)?.bytes;
      if (bytes === undefined) return undefined;
      const tail = bytes.subarray(Math.max(0, bytes.length - bytesMax));
      return { text: tailText(tail, tail.length === bytes.length), sizeBytes: bytes.length };
    });
  }

  async getFile(key: string, file: string): Promise<'written' | 'missing'> {
    const bytes = await this.#run('getFile', key, () => this.#bucket.blobs.get(key)?.bytes);
    if (bytes === undefined) return 'missing';
    await this.#disk.write(file, bytes);
    return 'written';
  }

  list(prefix: string): Promise<readonly BlobInfo[]> {
    return this.#run('list', prefix, () =>
      [...this.#bucket.blobs]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => compareValues(a, b))
        .map(([key, { bytes, changedAt }]) => ({
          key,
          sizeBytes: bytes.length,
          tag: createHash('md5').update(bytes).digest('hex'),
          changedAt,
        })),
    );
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#run('delete', keys[0] ?? '', () => {
      for (const key of keys) this.#bucket.blobs.delete(key);
    });
  }

  pendingUploads(): Promise<readonly PendingUpload[]> {
    return this.#run('pendingUploads', '', () => [...this.#bucket.pending]);
  }

  abortUpload(upload: PendingUpload): Promise<void> {
    return this.#run('abortUpload', upload.key, () => {
      const at = this.#bucket.pending.findIndex(({ id }) => id === upload.id);
      if (at >= 0) this.#bucket.pending.splice(at, 1);
    });
  }

  #put(key: string, bytes: Buffer): void {
    this.#bucket.blobs.set(key, { bytes, changedAt: this.#bucket.now() });
  }

  #run<T>(name: string, target: string, act: () => T): Promise<T> {
    return guarded(this.#hook, { port: 'blobs', name, target }, act);
  }
}
