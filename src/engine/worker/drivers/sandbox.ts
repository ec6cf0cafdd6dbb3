import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Clock, ProcessEnd, RunningProcess } from '../../model/ports.ts';
import { type AttemptFolders, foldersSeen, SAME_PATH } from '../attempt-folders.ts';
import { childrenOf, commandNameOf, endOf, innerPidOf, sendTo, statOf } from './proc.ts';
import { runTool, which } from './tool.ts';

/** How often a process is looked at whose parent we are not. */
const LOOK_EVERY_MS = 50;

/** A program that was put into its own namespaces, at the path that is the same on every worker. */
export const NAMESPACES = [
  'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private',
] as const; // prettier-ignore

/** Tools by the machine's own path; the job gets the one of its environment back. */
const PLACE = `set -e
job_path=$PATH; PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
root=$1 base=$2 target=$3; shift 3
mount -t tmpfs -o mode=755 cbas "$base"
mkdir -p "$target"
mount --bind "$root" "$target"
cd "$target/work"
`;

/**
 * The first process of the namespace only keeps it alive: it never asks how its children ended, so that they can be looked up
 * in /proc, exit code and signal exact. The job's number is high, for those who bring it back need the low ones.
 */
const KEEP = `exec sleep infinity </dev/null >/dev/null 2>&1
`;

export const START_SCRIPT = `${PLACE}echo 1000 > /proc/sys/kernel/ns_last_pid
(
  exec </dev/null >>"$target/stdout" 2>>"$target/stderr"
  setsid=$(command -v setsid)
  PATH=$job_path
  exec "$setsid" "$@"
) &
${KEEP}`;

export const RESTORE_SCRIPT = `${PLACE}"$@"
${KEEP}`;

/** The same path, without namespaces for processes: the program keeps its number and its parent. */
export const PLACE_ONLY_SCRIPT = `${PLACE}exec </dev/null >>"$target/stdout" 2>>"$target/stderr"
PATH=$job_path
exec "$@"
`;

/** Arguments of `sh` for one of the scripts. */
export function inPlace(script: string, job: { readonly id: string; readonly folders: AttemptFolders }) {
  return ['sh', '-c', script, 'sh', job.folders.root, SAME_PATH, foldersSeen(job.id).root];
}

/** Why a job's folder cannot be given the path that it has on every worker; undefined when it can. */
export async function whyNoPlace(namespaces: readonly string[]): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0)
    return `needs root: a job's folder must lie at ${SAME_PATH} on every worker, and only root may mount it there`;
  const missing = ['unshare', 'nsenter', 'mount', 'setsid', 'tar', 'cp'].filter(
    (tool) => which(tool, { path: process.env['PATH'] }) === undefined,
  );
  if (missing.length > 0) return `${missing.join(', ')} not on the path`;
  try {
    await fs.promises.mkdir(SAME_PATH, { recursive: true });
  } catch (error) {
    return `${SAME_PATH} cannot be made: ${error instanceof Error ? error.message : String(error)}`;
  }
  const tried = await runTool([...namespaces, 'sh', '-c', 'mount -t tmpfs cbas "$1"', 'sh', SAME_PATH]);
  return tried.code === 0 ? undefined : `a mount namespace cannot be made: ${tried.stderr.trim()}`;
}

/** Why this worker's own folder is in the way of the one that a job's program sees. */
export function whyInTheWay(folders: AttemptFolders): string | undefined {
  return `${path.resolve(folders.root)}/`.startsWith(`${SAME_PATH}/`)
    ? `the worker keeps its jobs below ${SAME_PATH}, where their programs see them`
    : undefined;
}

export interface Sandbox extends RunningProcess {
  /** The process that keeps the namespaces. */
  readonly init: number;
  /** The job's, as we see it, and as it sees itself. */
  readonly pid: number;
  readonly innerPid: number;
}

/** Runs one of the scripts in namespaces of its own; a sentence when that failed. */
export async function openSandbox(
  argv: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly log: string; readonly clock: Clock },
): Promise<Sandbox | string> {
  const { env, log, clock } = options;
  const [program = '', ...args] = NAMESPACES;
  const out = await fs.promises.open(log, 'w');
  const child = spawn(program, [...args, ...argv], { env, detached: true, stdio: ['ignore', out.fd, out.fd] });
  const over = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  let isOver = false;
  void over.then(() => (isOver = true));
  await out.close();
  while (!isOver && child.pid !== undefined) {
    const [init] = childrenOf(child.pid);
    const [pid] = init === undefined || commandNameOf(init) !== 'sleep' ? [] : childrenOf(init);
    const innerPid = pid === undefined ? undefined : innerPidOf(pid);
    if (init !== undefined && pid !== undefined && innerPid !== undefined)
      return { init, pid, innerPid, ...handle({ child, pid, clock, over }) };
    await clock.sleep(LOOK_EVERY_MS);
  }
  return (await fs.promises.readFile(log, 'utf8')).trim() || 'it could not be started';
}

function handle(of: {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly clock: Clock;
  readonly over: Promise<void>;
}): RunningProcess {
  const { child, pid, clock, over } = of;
  const kill = (): void => void child.kill('SIGKILL');
  let isOver = false;
  void over.then(() => (isOver = true));
  const ended = (async (): Promise<ProcessEnd> => {
    for (;;) {
      const stat = statOf(pid);
      if (stat?.state === 'Z') return endOf(stat.waitStatus);
      if (isOver || stat === undefined) return { exitCode: undefined, signal: 'SIGKILL', launchFailed: undefined };
      await Promise.race([over, clock.sleep(LOOK_EVERY_MS)]);
    }
  })();
  return {
    ended,
    // Nobody asks a program that knows nothing of it.
    signal: () => false,
    kill,
    async stop(graceMs) {
      sendTo(-pid, 'SIGTERM');
      await Promise.race([ended, clock.sleep(graceMs)]);
      kill();
      await over;
    },
  };
}
