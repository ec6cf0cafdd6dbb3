import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Files, LocalFile } from '../model/ports.ts';

/** A job that makes more files than this is stopped with a message: listing and hashing them would take longer than any notice. */
const FILES_MAX = 100_000;

/** This machine's disk. */
export const localFiles: Files = {
  async makeFolder(folder) {
    await fs.promises.mkdir(folder, { recursive: true });
  },

  async removeTree(at) {
    await fs.promises.rm(at, { recursive: true, force: true });
  },

  async facts(file) {
    try {
      const { ino, mtimeMs, size } = await fs.promises.stat(file);
      return { sizeBytes: size, mark: `${ino}:${mtimeMs}:${size}` };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },

  async read(file, range) {
    return range === undefined ? fs.promises.readFile(file, 'utf8') : (await readRange(file, range)).toString('utf8');
  },

  readBytes: readRange,

  free: (file, upTo) =>
    new Promise((resolve) => {
      const args = ['--punch-hole', '--offset', '0', '--length', String(upTo), file];
      execFile('fallocate', args, (error) => resolve(error === null));
    }),

  write: (file, text) => fs.promises.writeFile(file, text),

  append: (file, text) => fs.promises.appendFile(file, text),

  async replace(file, text) {
    const temporary = `${file}.tmp`;
    await fs.promises.writeFile(temporary, text);
    await fs.promises.rename(temporary, file);
  },

  async list(folder) {
    const found: LocalFile[] = [];
    await visit(folder, '', found);
    return found;
  },

  async copy(files, into) {
    await fs.promises.rm(into, { recursive: true, force: true });
    const copied: LocalFile[] = [];
    for (const file of files) {
      const absolute = path.join(into, file.path);
      await fs.promises.mkdir(path.dirname(absolute), { recursive: true });
      await fs.promises.copyFile(file.absolute, absolute, fs.constants.COPYFILE_FICLONE);
      copied.push({ path: file.path, absolute, sizeBytes: (await fs.promises.stat(absolute)).size });
    }
    return copied;
  },

  async copyFile(from, to) {
    await fs.promises.mkdir(path.dirname(to), { recursive: true });
    await fs.promises.copyFile(from, to, fs.constants.COPYFILE_FICLONE);
  },

  async sha256(file) {
    const hash = createHash('sha256');
    await pipeline(fs.createReadStream(file), hash);
    return hash.digest('hex');
  },
};

async function readRange(file: string, range: { readonly from: number; readonly bytes: number }): Promise<Buffer> {
  const handle = await fs.promises.open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(range.bytes), 0, range.bytes, range.from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function visit(folder: string, below: string, found: LocalFile[]): Promise<void> {
  const entries = await fs.promises.readdir(path.join(folder, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const relative = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) await visit(folder, relative, found);
    else if (entry.isFile()) {
      const absolute = path.join(folder, relative);
      // A program may remove a file between the listing and the look at it.
      const stat = await fs.promises.stat(absolute).catch(() => undefined);
      if (stat !== undefined) found.push({ path: relative, absolute, sizeBytes: stat.size });
      if (found.length > FILES_MAX)
        throw Object.assign(new Error(`more than ${FILES_MAX} files in ${folder}`), { code: 'EMFILE' });
    }
  }
}
