import fs from 'node:fs';
import path from 'node:path';
import type { BlobStore } from '../../engine/model/blob-store.ts';
import type { JobRow } from '../../engine/model/job.ts';
import type { ManifestFile } from '../../engine/protocol/blobs.ts';
import { localFiles } from '../../engine/worker/local-files.ts';
import { bytes } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { findJob } from '../find.ts';
import { note, print, printJson } from '../output.ts';
import { outputManifest } from '../outputs.ts';
import { openToLook } from '../session.ts';

export interface GetOptions extends CommonOptions {
  readonly output?: string;
  readonly to?: string;
}

/** `cbas get ID`: the committed outputs, each checked against the manifest before it takes its place. */
export async function get(asked: string, options: GetOptions): Promise<number> {
  const wired = await openToLook(options);
  const item = await findJob(wired, asked);
  const manifest = await outputManifest(wired.blobs, item);
  const name = safe(item.row.name) || item.row.id;
  if (manifest === undefined) throw new CliError(`${name} is ${item.row.state} and has no outputs`, EXIT.notFound);
  const files = manifest.files.filter(({ output }) => options.output === undefined || output === options.output);
  if (files.length === 0 && options.output !== undefined) {
    const known = [...new Set(manifest.files.map(({ output }) => output))].map(safe).join(', ');
    throw new CliError(`${name} has no output ${safe(options.output)}; it has: ${known}`, EXIT.notFound);
  }
  const folder = path.resolve(options.to ?? folderName(item.row));
  const failed: string[] = [];
  const written: string[] = [];
  for (const file of files) {
    const problem = await download(wired.blobs, file, folder);
    if (problem === undefined) written.push(path.join(folder, file.path));
    else failed.push(`${safe(file.path)}: ${safe(problem)}`);
    if (problem === undefined && options.json !== true)
      print(`${safe(path.relative(process.cwd(), path.join(folder, file.path)))}  ${bytes(file.sizeBytes)}`);
  }
  if (options.json === true) printJson({ id: item.row.id, folder, written, failed });
  for (const line of failed) note(line);
  return failed.length === 0 ? EXIT.done : written.length === 0 ? EXIT.failed : EXIT.partly;
}

/** A folder beside, named after the job: never a path, never hidden, whatever the job is called. */
export function folderName({ id, name }: Pick<JobRow, 'id' | 'name'>): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').replace(/^[.-]+/, '') || id;
}

/** The reason why not, or undefined. Nothing half-loaded or unchecked is ever seen under the file's name. */
async function download(blobs: BlobStore, file: ManifestFile, folder: string): Promise<string | undefined> {
  const target = path.resolve(folder, file.path);
  try {
    await fs.promises.mkdir(folder, { recursive: true });
    if (!inside(folder, target)) return 'lies outside of the folder: not written';
    // Links that were there before may lead anywhere: what counts is where the folder really is, not how it is spelt.
    const above = await nearestFolder(path.dirname(target));
    const root = await fs.promises.realpath(folder);
    if (above !== root && !inside(root, above)) return 'a link leads out of the folder: not written';
    const loading = await fs.promises.mkdtemp(path.join(root, '.cbas-get-'));
    try {
      const loaded = path.join(loading, 'file');
      if ((await blobs.getFile(file.key, loaded)) === 'missing') return 'is not in the bucket';
      const { size } = await fs.promises.stat(loaded);
      if (size !== file.sizeBytes) return `has ${size} bytes instead of ${file.sizeBytes}`;
      if ((await localFiles.sha256(loaded)) !== file.sha256)
        return 'has another content than when it was saved (sha256)';
      await fs.promises.mkdir(path.dirname(target), { recursive: true });
      await fs.promises.rename(loaded, target);
      return undefined;
    } finally {
      await fs.promises.rm(loading, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof Error && 'fault' in error) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function inside(folder: string, target: string): boolean {
  const relative = path.relative(folder, target);
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`);
}

/** Where the lowest folder that exists really lies. */
async function nearestFolder(folder: string): Promise<string> {
  try {
    return await fs.promises.realpath(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return nearestFolder(path.dirname(folder));
  }
}
