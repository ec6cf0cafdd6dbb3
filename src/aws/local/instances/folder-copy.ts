import fs from 'node:fs';
import path from 'node:path';

/** Of an instance's folder: what it said, and what it runs, which a new one gets by itself. */
const NOT_COPIED: ReadonlySet<string> = new Set(['console.log', 'user-data']);

/**
 * Copies a folder in which programs go on working: what goes away meanwhile is left out, as in an image of a disk that is made without
 * a reboot. Files by reference where the disk can; links as they are; nothing else (sockets, pipes).
 */
export async function copyLiveFolder(from: string, to: string): Promise<void> {
  await fs.promises.mkdir(to, { recursive: true, mode: 0o700 });
  await copyBelow(from, to, NOT_COPIED);
}

async function copyBelow(from: string, to: string, left: ReadonlySet<string> = new Set()): Promise<void> {
  for (const entry of await fs.promises.readdir(from, { withFileTypes: true }).catch(goneIs([]))) {
    if (left.has(entry.name)) continue;
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) {
      await fs.promises.mkdir(target, { recursive: true });
      await copyBelow(source, target);
    } else if (entry.isSymbolicLink())
      await fs.promises.readlink(source).then((link) => fs.promises.symlink(link, target)).catch(goneIs(undefined)); // prettier-ignore
    else if (entry.isFile())
      await fs.promises.copyFile(source, target, fs.constants.COPYFILE_FICLONE).catch(goneIs(undefined));
  }
}

function goneIs<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw error;
  };
}
