/**
 * The places at which a worker may be made to die, to prove that it may die anywhere: before or after each thing that others see.
 * A port (`AttemptPorts.failpoint`) is told when one is reached; a worker has none unless it runs on the embedded AWS and its
 * environment says so (src/cli/failpoints.ts), so that on AWS nothing of this can be reached.
 */
export const FAILPOINTS = {
  begin: 'a checkpoint is due, and nobody knows of it',
  begun: 'its beginning is on the job’s item',
  taken: 'the job’s state was taken, and lies on this machine alone',
  packed: 'its files are ready to be uploaded',
  part: 'one file was uploaded',
  parts: 'all files were uploaded, without a manifest',
  manifest: 'the manifest is there, and no pointer names it',
  committed: 'the pointer names it, and older ones still lie there',
  swept: 'older ones were removed',
  saved: 'the job is saved for good and its program ended, and it is not handed back',
  released: 'the job was handed back',
  fetched: 'a checkpoint was brought here and checked, and nothing runs from it',
  restored: 'the job goes on from a checkpoint',
} as const;
export type FailpointName = keyof typeof FAILPOINTS;

/** Told that a point is reached; resolves when the worker may go on. */
export type Failpoint = (
  point: FailpointName,
  about: { readonly jobId: string; readonly generation: number },
) => void | Promise<void>;
