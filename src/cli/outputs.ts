import type { JobItem } from '../engine/model/job.ts';
import type { BlobStore } from '../engine/model/blob-store.ts';
import { type Manifest, parseManifest } from '../engine/protocol/blobs.ts';
import { CliError, EXIT } from './exit.ts';

/** The manifest of a job's committed outputs; undefined where it has none. */
export async function outputManifest(blobs: BlobStore, { row }: JobItem): Promise<Manifest | undefined> {
  const key = row.result?.manifestKey ?? '';
  if (key === '') return undefined;
  const text = await blobs.getText(key);
  if (text === undefined) throw new CliError(`the manifest ${key} is not in the bucket`, EXIT.notFound);
  const manifest = parseManifest(text);
  // It was written by a job's machine: what it names must be that job's outputs, and nothing else in the bucket.
  const isOurs =
    manifest?.kind === 'outputs' &&
    manifest.jobId === row.id &&
    manifest.files.every((file) => file.key.startsWith(`out/${row.id}/`));
  if (manifest === undefined || !isOurs)
    throw new CliError(`the manifest ${key} is damaged, or not of this job`, EXIT.failed);
  return manifest;
}
