import type { BlobStore } from '../model/blob-store.ts';
import type { Files } from '../model/ports.ts';

/** Both ends of a transfer: the deployment's bucket and this machine's disk. */
export interface TransferEnds {
  readonly blobs: BlobStore;
  readonly files: Files;
}
