import path from 'node:path';
import type { Files, LocalFile } from '../../model/ports.ts';

/** Written by the program, by rename, when its state is whole. Any content. */
export const READY = 'READY';
/** Written by the agent before it asks: `periodic`, `wish`, `rebalance` or `interrupt`. */
export const REASON = '.reason';
/** While the program writes states faster than they can be copied, the newest is tried this often. */
const COPIES_MAX = 5;

/** Tells one READY from the next, by what a rename changes. */
export type ReadyMark = string;

/** Identity of the READY that lies there; undefined when there is none. */
export async function readyMark(files: Files, checkpointDir: string): Promise<ReadyMark | undefined> {
  return (await files.facts(path.join(checkpointDir, READY)))?.mark;
}

export interface Saved {
  readonly mark: ReadyMark;
  readonly files: readonly LocalFile[];
}

/**
 * A copy of the state that one READY stands for. A program may save again meanwhile: then the copy is taken anew, so
 * that no checkpoint mixes two states. undefined when there is no READY, or when the program never holds still.
 */
export async function copyState(files: Files, checkpointDir: string, into: string): Promise<Saved | undefined> {
  for (let attempt = 0; attempt < COPIES_MAX; attempt++) {
    const mark = await readyMark(files, checkpointDir);
    if (mark === undefined) return undefined;
    try {
      const state = (await files.list(checkpointDir)).filter(({ path: name }) => !isMark(name));
      const copied = await files.copy(state, into);
      if ((await readyMark(files, checkpointDir)) === mark) return { mark, files: copied };
    } catch (error) {
      // A file that was there at the listing and is gone at the copy: the program renamed a new state over it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** The state of a program that has ended: whatever lies in its folder. */
export async function copyAll(files: Files, checkpointDir: string, into: string): Promise<readonly LocalFile[]> {
  const state = (await files.list(checkpointDir)).filter(({ path: name }) => !isMark(name));
  return files.copy(state, into);
}

function isMark(name: string): boolean {
  return name === READY || name === REASON || name === `${REASON}.tmp`;
}

export async function writeReason(files: Files, checkpointDir: string, reason: string): Promise<void> {
  await files.replace(path.join(checkpointDir, REASON), `${reason}\n`);
}
