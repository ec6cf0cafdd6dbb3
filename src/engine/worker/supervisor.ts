import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
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
    if (pid === undefined) return { ended, signal: () => false, stop: async () => undefined, kill: () => undefined };
    return {
      pid,
      ended,
      signal: (name) => catches(pid, name as NodeJS.Signals) && send(pid, name as NodeJS.Signals),
      stop: (graceMs) => stopGroup(pid, graceMs),
      kill: () => void send(-pid, 'SIGKILL'),
    };
  },
};

function neverStarted(why: string): RunningProcess {
  return {
    ended: Promise.resolve({ exitCode: undefined, signal: undefined, launchFailed: why }),
    signal: () => false,
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

/**
 * Whether the program has a handler for the signal: a program that has just been started, or a shell around it, would
 * die of it. Linux tells in /proc; elsewhere the document's word is taken for it.
 */
function catches(pid: number, signal: NodeJS.Signals): boolean {
  if (process.platform !== 'linux') return true;
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const mask = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
    return ((mask >> BigInt(os.constants.signals[signal] - 1)) & 1n) === 1n;
  } catch {
    // Gone between the question and the look: there is nobody to signal.
    return false;
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
