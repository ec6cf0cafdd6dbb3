import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface LocalFile {
  /** Path below the folder, with forward slashes. */
  readonly path: string;
  readonly absolute: string;
  readonly sizeBytes: number;
}

/** Trouble with a file or a folder of the job's: whatever it did to them, the worker goes on. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}

/** What the machine lacks, not the job: room, descriptors, a disk that works. */
const MACHINE_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE']);

export function isMachineError(error: unknown): error is NodeJS.ErrnoException {
  return isFileError(error) && MACHINE_CODES.has(error.code ?? '');
}

/** A job that makes more files than this is stopped with a message: listing and hashing them would take longer than any notice. */
const FILES_MAX = 100_000;

/** All regular files below a folder, sorted. Links are not followed: they could lead out of the job's folder. */
export async function listFiles(folder: string): Promise<readonly LocalFile[]> {
  const found: LocalFile[] = [];
  const visit = async (below: string): Promise<void> => {
    const entries = await fs.promises.readdir(path.join(folder, below), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const relative = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await visit(relative);
      else if (entry.isFile()) {
        const absolute = path.join(folder, relative);
        // A program may remove a file between the listing and the look at it.
        const stat = await fs.promises.stat(absolute).catch(() => undefined);
        if (stat !== undefined) found.push({ path: relative, absolute, sizeBytes: stat.size });
        if (found.length > FILES_MAX)
          throw Object.assign(new Error(`more than ${FILES_MAX} files in ${folder}`), { code: 'EMFILE' });
      }
    }
  };
  await visit('');
  return found;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest('hex');
}

/** Copies files by content into an empty folder; returns them as they lie there. */
export async function copyFiles(files: readonly LocalFile[], into: string): Promise<readonly LocalFile[]> {
  await fs.promises.rm(into, { recursive: true, force: true });
  const copied: LocalFile[] = [];
  for (const file of files) {
    const absolute = path.join(into, file.path);
    await fs.promises.mkdir(path.dirname(absolute), { recursive: true });
    await fs.promises.copyFile(file.absolute, absolute, fs.constants.COPYFILE_FICLONE);
    copied.push({ path: file.path, absolute, sizeBytes: (await fs.promises.stat(absolute)).size });
  }
  return copied;
}
