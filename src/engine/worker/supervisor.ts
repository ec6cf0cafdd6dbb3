import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import type { ProcessEnd, RunningProcess, Supervisor } from '../model/ports.ts';
import { type Cgroups, JOIN_SCRIPT, type JobCgroup } from './cgroups.ts';
import { statOf } from './drivers/proc.ts';
import { which } from './drivers/tool.ts';
import { killLeftovers } from './leftovers.ts';

/** How often a group is looked at while it is being ended. */
const LOOK_EVERY_MS = 25;

/** A job's program by the environment that it was given, which its descendants have, too. */
function markOf(env: Readonly<Record<string, string>>): string {
  // Written once for each run of a job, and no other program on the machine has it.
  return env['CBAS_RUN'] === undefined ? '' : `CBAS_RUN=${env['CBAS_RUN']}`;
}

/**
 * Real processes. Output goes to files in append mode, not to pipes: it survives the agent, and a job that prints 50 MB
 * fills no buffer of ours. `detached` makes the child the leader of a new session, so that its group can be ended whole; what
 * left the group is found by its control group, or where there is none by its session and its environment.
 */
export function supervisor(cgroups?: Cgroups): Supervisor {
  return {
    start({ argv, cwd, env, stdout, stderr }): RunningProcess {
      const group = cgroups?.make(env['CBAS_RUN'] ?? String(process.hrtime.bigint()));
      const why = group === undefined ? undefined : whyNoProgram(argv, { cwd, env });
      if (why !== undefined) return neverStarted(why);
      const [program = '', ...args] =
        group === undefined ? argv : ['/bin/sh', '-c', JOIN_SCRIPT, group.folder, ...argv];
      const out = fs.openSync(stdout, 'a');
      const err = fs.openSync(stderr, 'a');
      try {
        const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', out, err] });
        return running(child, { group, mark: markOf(env) });
      } catch (error) {
        return neverStarted(error instanceof Error ? error.message : String(error));
      } finally {
        fs.closeSync(out);
        fs.closeSync(err);
      }
    },
  };
}

/** Without control groups. */
export const processSupervisor: Supervisor = supervisor();

/** What a shell would say with an exit code only. */
function whyNoProgram(
  [program = '']: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): string | undefined {
  return which(program, { path: env['PATH'], cwd }) === undefined ? `there is no such program: ${program}` : undefined;
}

function running(
  child: ChildProcess,
  { group, mark }: { readonly group: JobCgroup | undefined; readonly mark: string },
): RunningProcess {
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error) => resolve({ exitCode: undefined, signal: undefined, launchFailed: error.message }));
    child.once('exit', (code, signal) =>
      resolve({
        exitCode: code ?? undefined,
        signal: signal ?? undefined,
        launchFailed: undefined,
        ...((group?.oomKills ?? 0) > 0 && { outOfMemory: { limitBytes: group?.limitBytes ?? 0 } }),
      }),
    );
  });
  const { pid } = child;
  if (pid === undefined) return { ended, signal: () => false, stop: async () => undefined, kill: () => undefined };
  const leader = { pid, startedTicks: statOf(pid)?.startedTicks ?? 0, mark };
  let isOver = false;
  void ended.then(() => (isOver = true));
  let isCleared = false;
  const kill = (): void => {
    // Its number may be somebody else's by now.
    if (isCleared) return;
    isCleared = isOver;
    group?.kill();
    send(-pid, 'SIGKILL');
    killLeftovers(leader);
    void group?.remove();
  };
  return {
    pid,
    ended,
    signal: (name) => catches(pid, name as NodeJS.Signals) && send(pid, name as NodeJS.Signals),
    async stop(graceMs) {
      await stopGroup(pid, graceMs);
      kill();
    },
    kill,
  };
}

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
