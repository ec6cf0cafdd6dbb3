import type { MemoryFiles } from '../../src/aws/memory/memory-files.ts';
import type { VirtualClock } from '../../src/aws/memory/virtual-clock.ts';
import type { ProcessEnd, RunningProcess, Supervisor } from '../../src/engine/model/ports.ts';

/** How a program of the simulation behaves; it stands in the job's command line. */
export interface ProgramPlan {
  /** Steps of a second each. */
  readonly steps: number;
  /** Time from the signal to READY. */
  readonly saveMs: number;
  /** Ends with this code at its end; 0 = it succeeds. */
  readonly exitCode: number;
  /** Takes its instance down after so many steps; 0 = it does not. */
  readonly killsAfter: number;
}

export function commandOf(plan: ProgramPlan): readonly string[] {
  return ['count', JSON.stringify(plan)];
}

/** What a whole run must have added up: the sum of all step numbers, each once. */
export function wholeSum(steps: number): number {
  return (steps * (steps + 1)) / 2;
}

export interface ProgramWatcher {
  /** It begins at this step, after a restore or at 0. */
  readonly began: (jobId: string, step: number, stepAt: (monotonicMs: number) => number) => void;
  /** It ends, by itself or killed, having reached this step. */
  readonly ended: (jobId: string, step: number) => void;
  readonly killsItsInstance: () => void;
}

/** Programs that count: state in two files, so that a checkpoint that mixes two states is found by the sum at the end. */
export function countingSupervisor(options: {
  readonly clock: VirtualClock;
  readonly files: MemoryFiles;
  readonly watcher: ProgramWatcher;
  /** false once the machine is gone: its programs do nothing more. */
  readonly isAlive: () => boolean;
}): Supervisor {
  const { clock, files, watcher, isAlive } = options;
  return {
    start({ argv, cwd, env }): RunningProcess {
      const plan = JSON.parse(argv[1] ?? '{}') as ProgramPlan;
      const jobId = env['CBAS_JOB_ID'] ?? '';
      const folder = env['CBAS_CHECKPOINT_DIR'] ?? '';
      const over = new AbortController();
      const ended = Promise.withResolvers<ProcessEnd>();
      const from = restored(files, folder);
      const startedMs = clock.monotonicMs();
      files.put(env['CBAS_PROGRESS_FILE'] ?? '', Buffer.from('0'));
      const stepAt = (ms: number): number => Math.min(plan.steps, from.step + Math.floor((ms - startedMs) / 1_000));
      const stepNow = (): number => stepAt(clock.monotonicMs());
      watcher.began(jobId, from.step, stepAt);
      const sumTo = (step: number): number => from.sum + wholeSum(step) - wholeSum(from.step);
      const end = (how: ProcessEnd): void => {
        if (over.signal.aborted) return;
        watcher.ended(jobId, stepNow());
        over.abort();
        ended.resolve(how);
      };
      const save = async (): Promise<void> => {
        await clock.sleep(plan.saveMs, over.signal);
        if (over.signal.aborted || !isAlive()) return;
        const step = stepNow();
        files.put(`${folder}/step`, Buffer.from(String(step)));
        files.put(`${folder}/sum`, Buffer.from(String(sumTo(step))));
        files.put(`${folder}/READY`, Buffer.from(String(step)));
      };
      void (async () => {
        const deadly = plan.killsAfter > 0 && plan.killsAfter < plan.steps;
        const last = deadly ? plan.killsAfter : plan.steps;
        await clock.sleep(Math.max(0, last - from.step) * 1_000, over.signal);
        if (over.signal.aborted || !isAlive()) return;
        if (deadly) {
          watcher.killsItsInstance();
          return;
        }
        const result = { n: plan.steps, sum: sumTo(plan.steps) };
        files.put(`${cwd}/out.json`, Buffer.from(JSON.stringify(result)));
        end({ exitCode: plan.exitCode, signal: undefined, launchFailed: undefined });
      })();
      return {
        ended: ended.promise,
        signal: () => {
          if (over.signal.aborted || !isAlive()) return false;
          void save();
          return true;
        },
        stop: async () => end({ exitCode: undefined, signal: 'SIGTERM', launchFailed: undefined }),
        kill: () => end({ exitCode: undefined, signal: 'SIGKILL', launchFailed: undefined }),
      };
    },
  };
}

function restored(files: MemoryFiles, folder: string): { readonly step: number; readonly sum: number } {
  try {
    return {
      step: Number(files.bytes(`${folder}/step`).toString('utf8')),
      sum: Number(files.bytes(`${folder}/sum`).toString('utf8')),
    };
  } catch {
    return { step: 0, sum: 0 };
  }
}
