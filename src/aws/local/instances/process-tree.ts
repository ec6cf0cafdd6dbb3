import { type ChildProcess, execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { INSTANCE_INIT, REAPER } from './instance-init.ts';
import { HAS_PROC, identify, MARKER, type ProcessId } from './process-table.ts';

/**
 * A process tree that can be taken back whole.
 *
 *   namespace  the tree has a pid namespace of its own; when its first process is killed the kernel kills the rest
 *   marker     no namespace to be had: all that bear the instance's mark, descend from those that do, or share their
 *              sessions, are stopped and killed until none is found. A program that empties its environment AND
 *              detaches itself twice over escapes.
 *   group      no /proc either (macOS): the process group alone. A program with a session of its own escapes.
 */
export type Confinement =
  | { readonly kind: 'namespace'; readonly command: readonly string[] }
  | { readonly kind: 'marker' }
  | { readonly kind: 'group' };

export interface TreeSpec {
  readonly instanceId: string;
  readonly folder: string;
  /** Program and arguments; when it ends, the instance ends. */
  readonly command: readonly string[];
  /** The whole environment, except for the mark. */
  readonly env: Readonly<Record<string, string>>;
  readonly confinement: Confinement;
  readonly pulse: Pulse;
}

/** A file whose content changes while the embedded AWS lives. */
export interface Pulse {
  readonly file: string;
  /** How often an instance looks, and after how many looks without change it ends itself. */
  readonly everyMs: number;
  readonly missedMax: number;
}

export interface Tree {
  readonly child: ChildProcess;
  readonly id: ProcessId;
}

/** Jobs give way to the console and the embedded AWS: two busy cores must cause no expired lease. */
const NICENESS = '10';
const PROBE_TIMEOUT_MS = 5_000;

const NAMESPACES: readonly (readonly string[])[] = [
  ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ['unshare', '--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--mount-proc'],
];

/** Tries once what this machine allows. Many containers allow no namespace. */
export async function probeConfinement(): Promise<Confinement> {
  if (!HAS_PROC) return { kind: 'group' };
  for (const command of NAMESPACES) {
    const [program = '', ...flags] = command;
    try {
      await promisify(execFile)(program, [...flags, '/bin/sh', '-c', 'test $$ -eq 1'], { timeout: PROBE_TIMEOUT_MS });
      return { kind: 'namespace', command };
    } catch {
      continue;
    }
  }
  return { kind: 'marker' };
}

/** Starts a tree, detached: it outlives this process. Its output goes to console.log in its folder, never to a pipe. */
export function startTree({ instanceId, folder, command, env, confinement, pulse }: TreeSpec): Tree {
  const output = fs.openSync(`${folder}/console.log`, 'a', 0o600);
  const confined = confinement.kind === 'namespace' ? [...confinement.command, '/bin/sh', '-c', REAPER, 'init'] : [];
  const everyS = String(pulse.everyMs / 1000);
  const watchdog = [pulse.file, everyS, String(pulse.missedMax), confinement.kind];
  try {
    const child = spawn(
      'nice',
      ['-n', NICENESS, '/bin/sh', '-c', INSTANCE_INIT, 'instance', ...watchdog, ...confined, ...command],
      {
        cwd: folder,
        detached: true,
        env: { ...env, [MARKER]: instanceId },
        stdio: ['ignore', output, output],
      },
    );
    // An `error` event that comes later still is an exit for whoever watches the child.
    child.once('error', () => child.emit('exit', null, null));
    const id = child.pid === undefined ? undefined : (identify(child.pid) ?? { pid: child.pid, startedAt: 'gone' });
    if (id === undefined) throw new Error(`cannot start instance ${instanceId}: no "nice" or "/bin/sh" on the path`);
    child.unref();
    return { child, id };
  } finally {
    fs.closeSync(output);
  }
}
