import { setTimeout as pause } from 'node:timers/promises';
import { HAS_PROC, isAlive, markedPids, type ProcessId, signal } from './process-table.ts';

/** Takes instances back: kills every process of them. Many at once share the looks at the process table. */
export interface TreeEnder {
  /**
   * Resolves when no process of the instance is left; rejects when one outlives SIGKILL for long. `root` is its first
   * process, where it is known.
   */
  end(instanceId: string, root: ProcessId | undefined): Promise<void>;
}

interface Ending {
  readonly root: ProcessId | undefined;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** After this long what is still there cannot be killed (an uninterruptible sleep, or another user's process). */
const END_TIMEOUT_MS = 10_000;
/** Between two rounds, twice as long each time that something is left. */
const PAUSE_MIN_MS = 2;
const PAUSE_MAX_MS = 100;

export function createTreeEnder(): TreeEnder {
  const endings = new Map<string, Ending>();
  let running = false;

  /** Runs while there is something to end. The first pause lets those join that are ended in the same moment. */
  const rounds = async (): Promise<void> => {
    running = true;
    let pauseMs = 0;
    while (endings.size > 0) {
      await pause(pauseMs);
      try {
        const ended = round(endings);
        pauseMs = ended ? PAUSE_MIN_MS : Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, pauseMs * 2));
      } catch (error) {
        // The process table cannot be read (too many open files): whoever waits decides whether to try again.
        for (const { reject } of endings.values()) reject(new Error('cannot look for processes', { cause: error }));
        endings.clear();
      }
    }
    running = false;
  };

  return {
    end: (instanceId, root) =>
      new Promise((resolve, reject) => {
        endings.set(instanceId, { root, resolve, reject, deadline: performance.now() + END_TIMEOUT_MS });
        if (!running) void rounds();
      }),
  };
}

/** Kills what is found, and settles those of whom nothing is left. True when one was settled. */
function round(endings: Map<string, Ending>): boolean {
  const found = stopAll(new Set(endings.keys()));
  let settled = false;
  for (const [instanceId, { root, deadline, resolve, reject }] of [...endings]) {
    const left = new Set(found.get(instanceId));
    if (root !== undefined && isAlive(root)) left.add(root.pid);
    for (const pid of left) signal(pid, 'SIGKILL');
    if (!HAS_PROC && root !== undefined && left.size > 0) signal(-root.pid, 'SIGKILL');
    if (left.size > 0 && performance.now() < deadline) continue;
    endings.delete(instanceId);
    settled = true;
    if (left.size === 0) resolve();
    else reject(new Error(`instance ${instanceId}: processes ${[...left].join(', ')} outlive SIGKILL`));
  }
  return settled;
}

/** Stops all before any is killed, so that none forks a successor meanwhile; looks again until nothing new turns up. */
function stopAll(instanceIds: ReadonlySet<string>): Map<string, Set<number>> {
  const stopped = new Set<number>();
  for (;;) {
    const found = markedPids(instanceIds);
    const fresh = [...found.values()].flatMap((pids) => [...pids]).filter((pid) => !stopped.has(pid));
    if (fresh.length === 0) return found;
    for (const pid of fresh) {
      signal(pid, 'SIGSTOP');
      stopped.add(pid);
    }
  }
}
