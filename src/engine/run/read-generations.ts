import type { CheckpointPointer } from '../model/checkpoint.ts';
import type { JobItem } from '../model/job.ts';
import type { BlobStore } from '../model/blob-store.ts';
import { blobKeys, type Manifest, parseManifest } from '../protocol/blobs.ts';

/**
 * `newest` and `before` are named by the job's item: a restore takes the newest, and falls back to the one before it. `condemned`: found
 * damaged or not to be restored. `uncommitted`: its files lie in the bucket, and no pointer ever named them, or none does any more.
 * `removed`: the job has succeeded, and needs none any more.
 */
export type Standing = 'newest' | 'before' | 'condemned' | 'removed' | 'uncommitted';

/** One generation of a job's checkpoints. */
export interface Generation {
  readonly generation: number;
  readonly standing: Standing;
  /** As the item names it; undefined for those that it does not. */
  readonly pointer: CheckpointPointer | undefined;
}

/** Those that the item knows of, the newest first. */
export function knownGenerations({ row, checkpointBefore, checkpointBad }: JobItem): readonly Generation[] {
  const named = (pointer: CheckpointPointer | undefined, standing: Standing): readonly Generation[] =>
    pointer === undefined
      ? []
      : [{ generation: pointer.generation, standing: row.state === 'SUCCEEDED' ? 'removed' : standing, pointer }];
  return [
    ...named(row.checkpoint, 'newest'),
    ...named(checkpointBefore, 'before'),
    ...checkpointBad
      .filter((generation) => generation !== row.checkpoint?.generation)
      .map((generation): Generation => ({ generation, standing: 'condemned', pointer: undefined })),
  ].sort((a, b) => b.generation - a.generation);
}

/** All of them, also those that only the bucket has. */
export async function allGenerations(blobs: BlobStore, item: JobItem): Promise<readonly Generation[]> {
  const known = knownGenerations(item);
  const found = new Set<number>();
  for (const { key } of await blobs.list(blobKeys.checkpoints(item.row.id))) {
    const generation = Number(/^ckpt\/[^/]+\/(\d+)\//.exec(key)?.[1] ?? 0);
    if (generation > 0) found.add(generation);
  }
  const others = [...found].filter((generation) => !known.some((one) => one.generation === generation));
  return [
    ...known,
    ...others.map((generation): Generation => ({ generation, standing: 'uncommitted', pointer: undefined })),
  ].sort((a, b) => b.generation - a.generation);
}

/** What was saved; a sentence when that cannot be read. */
export async function readGeneration(blobs: BlobStore, jobId: string, generation: number): Promise<Manifest | string> {
  const text = await blobs.getText(blobKeys.checkpointManifest(jobId, generation));
  if (text === undefined) return 'its manifest is missing: it was never whole, or was removed';
  const manifest = parseManifest(text);
  if (manifest === undefined) return 'its manifest is damaged';
  return manifest.generation === generation ? manifest : `its manifest is of generation ${manifest.generation}`;
}
