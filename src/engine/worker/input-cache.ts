import path from 'node:path';
import type { TransferEnds } from './transfer-ends.ts';

/** Of a worker's disk; what jobs share is seldom more, and what does not fit is fetched by each for itself. */
export const INPUT_CACHE_BYTES = 2 * 1024 ** 3;

/** What an input must be: its place in the bucket, and its content as it was when the job was submitted; empty where nobody said. */
export interface WantedInput {
  readonly key: string;
  readonly sha256: string;
}

interface Kept {
  readonly file: string;
  readonly sizeBytes: number;
  /** Of the file when its content was checked: one that somebody changed since is another. */
  readonly mark: string;
}

/**
 * Inputs of one worker, by their content: fetched and checked once, and copied to each job that wants the same (by reference where
 * the disk can). What was used longest ago goes first when there is no room.
 */
export class InputCache {
  readonly #ends: TransferEnds;
  readonly #folder: string;
  readonly #bytesMax: number;
  /** By SHA-256, the one that was used last at the end. */
  readonly #kept = new Map<string, Kept>();
  readonly #coming = new Map<string, Promise<Kept | 'missing' | 'damaged'>>();
  #fetched = 0;

  constructor(ends: TransferEnds, folder: string, bytesMax = INPUT_CACHE_BYTES) {
    this.#ends = ends;
    this.#folder = folder;
    this.#bytesMax = bytesMax;
  }

  /** Brings it to `to`. 'damaged': what lies in the bucket is not what was submitted. */
  async stage({ key, sha256 }: WantedInput, to: string): Promise<'staged' | 'missing' | 'damaged'> {
    if (sha256 === '') return (await this.#ends.blobs.getFile(key, to)) === 'missing' ? 'missing' : 'staged';
    for (;;) {
      const kept = (await this.#known(sha256)) ?? (await this.#once(key, sha256));
      if (typeof kept === 'string') return kept;
      if (!(await this.#copy(kept, to))) continue;
      await this.#makeRoom();
      return 'staged';
    }
  }

  /** false: it had to make room for another one meanwhile. */
  async #copy(kept: Kept, to: string): Promise<boolean> {
    try {
      await this.#ends.files.copyFile(kept.file, to);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return false;
    }
  }

  get sizeBytes(): number {
    return [...this.#kept.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  async #known(sha256: string): Promise<Kept | undefined> {
    const kept = this.#kept.get(sha256);
    if (kept === undefined) return undefined;
    this.#kept.delete(sha256);
    if ((await this.#ends.files.facts(kept.file))?.mark !== kept.mark) return undefined;
    this.#kept.set(sha256, kept);
    return kept;
  }

  /** Two slots that want the same at once fetch it once. */
  #once(key: string, sha256: string): Promise<Kept | 'missing' | 'damaged'> {
    const coming = this.#coming.get(sha256) ?? this.#fetch(key, sha256).finally(() => this.#coming.delete(sha256));
    this.#coming.set(sha256, coming);
    return coming;
  }

  async #fetch(key: string, sha256: string): Promise<Kept | 'missing' | 'damaged'> {
    const { blobs, files } = this.#ends;
    // A name of its own each time: an older one may be on its way to a job.
    const file = path.join(this.#folder, `${sha256}-${++this.#fetched}`);
    if ((await blobs.getFile(key, file)) === 'missing') return 'missing';
    const facts = await files.facts(file);
    if (facts === undefined || (await files.sha256(file)) !== sha256) {
      await files.removeTree(file);
      return 'damaged';
    }
    const kept = { file, ...facts };
    this.#kept.set(sha256, kept);
    return kept;
  }

  async #makeRoom(): Promise<void> {
    for (const [sha256, { file }] of this.#kept) {
      if (this.sizeBytes <= this.#bytesMax) return;
      this.#kept.delete(sha256);
      await this.#ends.files.removeTree(file);
    }
  }
}
