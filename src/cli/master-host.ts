import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { MasterHost, MasterProcess } from '../engine/model/ports.ts';
import type { Choice, CommonOptions } from './choose.ts';
import { localFolder, stateHome } from './places.ts';

/** A log is a line for each change of mode; of old masters so many are kept. */
const LOGS_MAX = 10;
/** Of the end of a log, more than one line is long. */
const LAST_LINE_BYTES = 4_096;

/** Starts masters of a deployment on this machine, in sessions of their own: they outlive the console and its terminal. */
export function masterHost(choice: Choice, options: Pick<CommonOptions, 'profile'>): MasterHost {
  const args = masterArguments(choice, options);
  const folder = logFolder(choice);
  let master: MasterProcess | undefined;
  return {
    machine: os.hostname(),
    commandLine: ['cbas', ...args].join(' '),
    logFile: (id) => path.join(folder, `${id}.log`),
    start(id) {
      makeRoom(folder);
      master = startMaster({ id, args, logFile: path.join(folder, `${id}.log`) });
      return master;
    },
    running: () => (master?.end() === undefined ? master : undefined),
  };
}

/** The same deployment as the console's, said in full: what was chosen by a default may be chosen otherwise tomorrow. */
function masterArguments({ name, target }: Choice, { profile }: Pick<CommonOptions, 'profile'>): readonly string[] {
  const where = target.mode === 'local' ? [] : ['--region', target.region];
  return ['master', '--deployment', name, ...where, ...(profile === undefined ? [] : ['--profile', profile])];
}

function logFolder({ name, target }: Choice): string {
  return target.mode === 'local' ? path.join(localFolder(name), 'log') : path.join(stateHome(), 'master', name);
}

function makeRoom(folder: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logs = fs.readdirSync(folder).filter((name) => /^m-.*\.log$/.test(name));
  const byAge = logs
    .map((name) => ({ file: path.join(folder, name), at: fs.statSync(path.join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { file } of byAge.slice(LOGS_MAX - 1)) fs.rmSync(file, { force: true });
}

interface Started {
  readonly id: string;
  readonly args: readonly string[];
  readonly logFile: string;
}

function startMaster({ id, args, logFile }: Started): MasterProcess {
  const log = fs.openSync(logFile, 'w', 0o600);
  const program = path.join(import.meta.dirname, 'cbas.js');
  // A session of its own and no pipe to us: neither the terminal's SIGHUP nor our end reaches it.
  const child = spawn(process.execPath, [program, ...args, '--id', id, '--detached'], {
    stdio: ['ignore', log, log],
    detached: true,
    cwd: path.dirname(logFile),
  });
  fs.closeSync(log);
  child.unref();
  let end: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      end = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      end ??= signal === null ? `exit ${code}` : `signal ${signal}`;
      resolve();
    });
  });
  return {
    id,
    pid: child.pid ?? 0,
    logFile,
    end: () => end,
    lastLine: () => lastLineOf(logFile),
    stop: async (withinMs) => {
      child.kill('SIGTERM');
      let late: NodeJS.Timeout | undefined;
      await Promise.race([ended, new Promise<void>((resolve) => (late = setTimeout(resolve, withinMs)))]);
      clearTimeout(late);
      return end !== undefined;
    },
  };
}

function lastLineOf(file: string): string {
  try {
    return fs.readFileSync(file).subarray(-LAST_LINE_BYTES).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  } catch {
    // Removed by somebody: then there is nothing to quote.
    return '';
  }
}
