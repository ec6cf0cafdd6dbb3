import fs from 'node:fs';
import { everyPid, sendTo, statOf } from './drivers/proc.ts';

/** A program and what it was given: by these its descendants are known, also those that left its group and its session. */
export interface Leader {
  readonly pid: number;
  /** As /proc tells it: a number may be given to another process later. */
  readonly startedTicks: number;
  /** Only this program has it in its environment; empty: by its session alone. */
  readonly mark: string;
}

/** While they are killed they may start others: so often it is looked again. */
const ROUNDS_MAX = 20;

/** SIGKILL to whatever is left of a program. Returns how many there were. Linux only: elsewhere there is no /proc. */
export function killLeftovers(leader: Leader): number {
  if (process.platform !== 'linux') return 0;
  const killed = new Set<number>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const left = leftoversOf(leader);
    for (const pid of left) {
      killed.add(pid);
      sendTo(pid, 'SIGKILL');
    }
    if (left.length === 0) break;
  }
  return killed.size;
}

/** Its descendants that live. */
export function leftoversOf({ pid: leader, startedTicks, mark }: Leader): readonly number[] {
  return everyPid().filter((pid) => {
    if (pid === process.pid) return false;
    const stat = statOf(pid);
    if (stat === undefined || stat.state === 'Z' || stat.startedTicks < startedTicks) return false;
    return stat.session === leader || (mark !== '' && hasMark(pid, mark));
  });
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    // Another user's, or gone.
    return false;
  }
}
