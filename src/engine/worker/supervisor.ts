import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import type { ProcessEnd, RunningProcess, Supervisor } from '../model/ports.ts';

/** How often a group is looked at while it is being ended. */
const LOOK_EVERY_MS = 25;

/**
 * Real processes. Output goes to files in append mode, not to pipes: it survives the agent, and a job that prints 50 MB
 * fills no buffer of ours. `detached` makes the child the leader of a new session, so that its group can be ended whole.
 */
export const processSupervisor: Supervisor = {
  start({ argv, cwd, env, stdout, stderr }): RunningProcess {
    const [program = '', ...args] = argv;
    const out = fs.openSync(stdout, 'a');
    const err = fs.openSync(stderr, 'a');
    let child: ChildProcess;
    try {
      child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', out, err] });
    } catch (error) {
      return neverStarted(error instanceof Error ? error.message : String(error));
    } finally {
      fs.closeSync(out);
      fs.closeSync(err);
    }
    const ended = new Promise<ProcessEnd>((resolve) => {
      child.once('error', (error) => resolve({ exitCode: undefined, signal: undefined, launchFailed: error.message }));
      child.once('exit', (code, signal) =>
        resolve({ exitCode: code ?? undefined, signal: signal ?? undefined, launchFailed: undefined }),
      );
    });
    const { pid } = child;
    if (pid === undefined)
      return { ended, signal: () => undefined, stop: async () => undefined, kill: () => undefined };
    return {
      ended,
      signal: (name) => void send(pid, name as NodeJS.Signals),
      stop: (graceMs) => stopGroup(pid, graceMs),
      kill: () => void send(-pid, 'SIGKILL'),
    };
  },
};

function neverStarted(why: string): RunningProcess {
  return {
    ended: Promise.resolve({ exitCode: undefined, signal: undefined, launchFailed: why }),
    signal: () => undefined,
    stop: async () => undefined,
    kill: () => undefined,
  };
}

/** false when there is nobody to receive it. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function stopGroup(pid: number, graceMs: number): Promise<void> {
  if (!send(-pid, 'SIGTERM')) return;
  const deadline = performance.now() + graceMs;
  while (send(-pid, 0)) {
    if (performance.now() >= deadline) send(-pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
