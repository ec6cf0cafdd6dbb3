import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { BlobInfo, BlobStore, BlobTail } from '../../engine/model/ports.ts';
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

/** A bucket. Contents are bytes; what a caller does to its file afterwards changes nothing here. */
export class MemoryBlobs implements BlobStore {
  readonly #hook: FaultHook;
  readonly #disk: Disk;
  readonly #blobs: Map<string, Buffer>;

  constructor(hook: FaultHook = NO_FAULTS, disk: Disk = LOCAL_DISK, blobs = new Map<string, Buffer>()) {
    this.#hook = hook;
    this.#disk = disk;
    this.#blobs = blobs;
  }

  /** The same bucket, as a machine with another disk uses it. */
  from(disk: Disk): MemoryBlobs {
    return new MemoryBlobs(this.#hook, disk, this.#blobs);
  }

  putText(key: string, text: string, options?: { readonly onlyIfAbsent: true }): Promise<'written' | 'exists'> {
    return this.#run('putText', key, () => {
      if (options?.onlyIfAbsent === true && this.#blobs.has(key)) return 'exists';
      this.#blobs.set(key, Buffer.from(text));
      return 'written';
    });
  }

  async putFile(key: string, file: string): Promise<void> {
    const bytes = await this.#disk.read(file);
    await this.#run('putFile', key, () => void this.#blobs.set(key, bytes));
  }

  getText(key: string): Promise<string | undefined> {
    return this.#run('getText', key, () => this.#blobs.get(key)?.toString('utf8'));
  }

  getTail(key: string, bytesMax: number): Promise<BlobTail | undefined> {
    return this.#run('getTail', key, () => {
      const bytes = this.#blobs.get(key);
      if (bytes === undefined) return undefined;
      const tail = bytes.subarray(Math.max(0, bytes.length - bytesMax));
      return { text: tailText(tail, tail.length === bytes.length), sizeBytes: bytes.length };
    });
  }

  async getFile(key: string, file: string): Promise<'written' | 'missing'> {
    const bytes = await this.#run('getFile', key, () => this.#blobs.get(key));
    if (bytes === undefined) return 'missing';
    await this.#disk.write(file, bytes);
    return 'written';
  }

  list(prefix: string): Promise<readonly BlobInfo[]> {
    return this.#run('list', prefix, () =>
      [...this.#blobs]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => compareValues(a, b))
        .map(([key, bytes]) => ({ key, sizeBytes: bytes.length, tag: createHash('md5').update(bytes).digest('hex') })),
    );
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#run('delete', keys[0] ?? '', () => {
      for (const key of keys) this.#blobs.delete(key);
    });
  }

  #run<T>(name: string, target: string, act: () => T): Promise<T> {
    return guarded(this.#hook, { port: 'blobs', name, target }, act);
  }
}
