import fs from 'node:fs';
import path from 'node:path';
import { copyFiles, listFiles, type LocalFile } from './files.ts';

/** Written by the program, by rename, when its state is whole. Any content. */
export const READY = 'READY';
/** Written by the agent before it asks: `periodic`, `wish` or `interrupt`. */
export const REASON = '.reason';
/** While the program writes states faster than they can be copied, the newest is tried this often. */
const COPIES_MAX = 5;

/** Tells one READY from the next, by what a rename changes. */
export type ReadyMark = string;

/** Identity of the READY that lies there; undefined when there is none. */
export async function readyMark(checkpointDir: string): Promise<ReadyMark | undefined> {
  try {
    const { ino, mtimeMs, size } = await fs.promises.stat(path.join(checkpointDir, READY));
    return `${ino}:${mtimeMs}:${size}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export interface Saved {
  readonly mark: ReadyMark;
  readonly files: readonly LocalFile[];
}

/**
 * A copy of the state that one READY stands for. A program may save again meanwhile: then the copy is taken anew, so
 * that no checkpoint mixes two states. undefined when there is no READY, or when the program never holds still.
 */
export async function copyState(checkpointDir: string, into: string): Promise<Saved | undefined> {
  for (let attempt = 0; attempt < COPIES_MAX; attempt++) {
    const mark = await readyMark(checkpointDir);
    if (mark === undefined) return undefined;
    try {
      const files = (await listFiles(checkpointDir)).filter(({ path: name }) => name !== READY && name !== REASON);
      const copied = await copyFiles(files, into);
      if ((await readyMark(checkpointDir)) === mark) return { mark, files: copied };
    } catch (error) {
      // A file that was there at the listing and is gone at the copy: the program renamed a new state over it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

export async function writeReason(checkpointDir: string, reason: string): Promise<void> {
  const temporary = path.join(checkpointDir, `${REASON}.tmp`);
  await fs.promises.writeFile(temporary, `${reason}\n`);
  await fs.promises.rename(temporary, path.join(checkpointDir, REASON));
}
