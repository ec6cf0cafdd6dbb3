import type { EpochMs } from './units.ts';

export interface BlobInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** Another one when the contents are others. */
  readonly tag: string;
  /** When it was written last, by the store's clock; to the second. */
  readonly changedAt: EpochMs;
}

/** The end of a blob, from the first whole character on. */
export interface BlobTail {
  readonly text: string;
  /** Of the whole blob. */
  readonly sizeBytes: number;
}

export interface BlobStore {
  putText(key: string, text: string, options?: { readonly onlyIfAbsent: true }): Promise<'written' | 'exists'>;
  putBytes(key: string, bytes: Uint8Array): Promise<void>;
  /** A large one goes in parts: begun anew, it goes on with those that are missing. 'stopped': `goesOn` said so in between. */
  putFile(key: string, file: string, goesOn?: () => boolean): Promise<'written' | 'stopped'>;
  getText(key: string): Promise<string | undefined>;
  /** The last `bytesMax` bytes at most, and no more than these are fetched; undefined when there is no such key. */
  getTail(key: string, bytesMax: number): Promise<BlobTail | undefined>;
  /** Downloads into `file` (temporary name and rename); 'missing' when there is no such key. */
  getFile(key: string, file: string): Promise<'written' | 'missing'>;
  list(prefix: string): Promise<readonly BlobInfo[]>;
  delete(keys: readonly string[]): Promise<void>;
  /** Of files that were begun in parts and are not whole, of all keys. */
  pendingUploads(): Promise<readonly PendingUpload[]>;
  abortUpload(upload: PendingUpload): Promise<void>;
}

/** Parts that cost as objects do, and that no list of these shows. */
export interface PendingUpload {
  readonly key: string;
  readonly id: string;
  readonly beganAt: EpochMs;
}
