import path from 'node:path';
import type { BlobStore } from '../model/blob-store.ts';
import type { Files, LocalFile } from '../model/ports.ts';
import type { CheckpointPointer } from '../model/checkpoint.ts';
import type { BookRecord } from '../model/job.ts';
import { blobKeys, type Manifest, type ManifestFile, manifestText, parseManifest } from '../protocol/blobs.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import { readNumbers } from '../protocol/read.ts';
import type { Holder } from '../protocol/job-transition.ts';
import { globRegExp } from './glob.ts';
import type { InputCache } from './input-cache.ts';
import { SentFiles } from './sent-files.ts';
import type { TransferEnds } from './transfer-ends.ts';

/** Something about the job's own files is wrong; the sentence goes to its owner. */
export class StagingError extends Error {}

/** Brings the inputs into the work folder; each as it was when the job was submitted. */
export async function stageInputs(
  inputs: InputCache,
  job: { readonly id: string; readonly document: JobDocument },
  workDir: string,
): Promise<void> {
  for (const { from, to, sha256 } of job.document.inputs) {
    const key = from.startsWith('s3:') ? from.slice('s3:'.length) : blobKeys.input(job.id, to);
    const got = await inputs.stage({ key, sha256 }, path.join(workDir, to));
    if (got === 'missing') throw new StagingError(`input ${to}: there is no ${key} in the bucket`);
    if (got === 'damaged')
      throw new StagingError(`input ${to}: ${key} has another content than the document says (sha256 ${sha256})`);
  }
}

export interface Upload {
  readonly holder: Holder;
  readonly manifest: Pick<Manifest, 'kind' | 'generation' | 'workMs' | 'createdAt' | 'checkpoint'>;
  readonly files: readonly (LocalFile & { readonly output: string })[];
  readonly prefix: string;
  readonly manifestKey: string;
  /** What was sent before, by an earlier try or while the program ran. */
  readonly sent?: SentFiles;
  /** false: the lease is lost, and nothing more is sent. */
  readonly goesOn?: () => boolean;
  /** A file was uploaded; all files were. */
  readonly onStep?: (step: 'part' | 'parts') => Promise<void>;
}

/**
 * Files first, the manifest last and only if absent: what has no manifest does not exist. undefined when it was stopped in between:
 * then there is no manifest.
 */
export async function uploadWithManifest(ends: TransferEnds, upload: Upload): Promise<Manifest | undefined> {
  const { blobs } = ends;
  const { holder, files, prefix, manifestKey, sent = new SentFiles(), goesOn = () => true } = upload;
  const named: ManifestFile[] = [];
  for (const file of files) {
    const told = await sent.send(ends, { ...file, key: `${prefix}${file.path}` }, goesOn);
    if (told === undefined) return undefined;
    named.push(told);
    await upload.onStep?.('part');
  }
  await upload.onStep?.('parts');
  if (!goesOn()) return undefined;
  const manifest: Manifest = { cbas: 1, ...upload.manifest, jobId: holder.jobId, epoch: holder.epoch, files: named };
  await blobs.putText(manifestKey, manifestText(manifest), { onlyIfAbsent: true });
  return manifest;
}

/** Files under the work folder that the document's patterns name. An output that matches nothing is an error: a result is missing. */
export async function collectOutputs(
  disk: Files,
  document: JobDocument,
  workDir: string,
): Promise<readonly (LocalFile & { readonly output: string })[]> {
  if (document.outputs.length === 0) return [];
  const files = await disk.list(workDir);
  const collected = document.outputs.flatMap((output) => {
    const pattern = globRegExp(output.path);
    const matching = files.filter((file) => pattern.test(file.path)).map((file) => ({ ...file, output: output.name }));
    if (matching.length === 0) throw new StagingError(`output ${output.name}: no file matches ${output.path}`);
    return matching;
  });
  return collected.filter((file, at) => collected.findIndex(({ path: same }) => same === file.path) === at);
}

/** The record for the book, from the output that the document names. */
export async function readRecord(
  disk: Files,
  document: JobDocument,
  outputs: readonly (LocalFile & { readonly output: string })[],
): Promise<BookRecord | undefined> {
  const { record } = document;
  if (record === undefined) return undefined;
  const file = outputs.find(({ output }) => output === record.from);
  const text = file === undefined ? '' : await disk.read(file.absolute);
  try {
    const value = readNumbers(JSON.parse(text));
    if (Object.keys(value).length > 0) return { book: record.book, key: record.key, value };
  } catch {
    throw new StagingError(`record: output ${record.from} is not JSON`);
  }
  throw new StagingError(`record: output ${record.from} holds no numbers`);
}

/** The manifest that a pointer names; a sentence why not, when it cannot be trusted. */
export async function readCheckpoint(blobs: BlobStore, pointer: CheckpointPointer): Promise<Manifest | string> {
  const text = await blobs.getText(pointer.manifestKey);
  const manifest = text === undefined ? undefined : parseManifest(text);
  if (manifest === undefined) return text === undefined ? 'its manifest is missing' : 'its manifest is damaged';
  if (manifest.generation !== pointer.generation) return `its manifest is of generation ${manifest.generation}`;
  return manifest;
}

/** Downloads a checkpoint and checks every file by size and hash; a sentence why not, when it cannot be trusted. */
export async function fetchCheckpoint(
  { blobs, files }: TransferEnds,
  manifest: Manifest,
  into: string,
): Promise<string | undefined> {
  await files.removeTree(into);
  await files.makeFolder(into);
  for (const file of manifest.files) {
    const absolute = path.join(into, file.path);
    if ((await blobs.getFile(file.key, absolute)) === 'missing') return `${file.path} is missing`;
    const size = (await files.facts(absolute))?.sizeBytes;
    if (size !== file.sizeBytes) return `${file.path} has ${size} bytes instead of ${file.sizeBytes}`;
    if ((await files.sha256(absolute)) !== file.sha256)
      return `${file.path} has another content than when it was saved`;
  }
  return undefined;
}
