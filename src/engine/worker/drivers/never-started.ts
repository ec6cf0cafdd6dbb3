import type { DriverName } from '../../model/checkpoint.ts';
import type { DriverJob, SavableProcess } from './checkpoint-driver.ts';
import { which } from './tool.ts';

/** Why a job's command cannot be started, before anything is built around it; undefined when there is such a program. */
export function launchFailure({ document, env, folders }: DriverJob): string | undefined {
  const [program = ''] = document.run.command;
  return which(program, { path: env['PATH'], cwd: folders.work }) === undefined
    ? 'there is no such program on its path'
    : undefined;
}

/** A process that was over before it began: its command cannot be started, or this worker could not (`lost`), which is not its failure. */
export function neverStarted(
  driver: DriverName,
  why: { readonly launchFailed: string } | { readonly lost: string },
): SavableProcess {
  return {
    driver,
    ended: Promise.resolve({ exitCode: undefined, signal: undefined, launchFailed: undefined, ...why }),
    canBeAsked: false,
    signal: () => false,
    kill: () => undefined,
    stop: async () => undefined,
    hasNews: async () => false,
    checkpoint: async () => undefined,
    close: async () => undefined,
  };
}
