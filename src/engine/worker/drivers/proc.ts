import fs from 'node:fs';
import os from 'node:os';
import type { ProcessEnd } from '../../model/ports.ts';

/** What Linux tells of processes in /proc. Each answers with nothing once the process is gone. */

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

export function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).trim().split(/\s+/).filter(Boolean).map(Number);
}

export function commandNameOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

/** In the innermost of its namespaces. */
export function innerPidOf(pid: number): number | undefined {
  const pids = /^NSpid:(.*)$/m
    .exec(read(`/proc/${pid}/status`))?.[1]
    ?.trim()
    .split(/\s+/);
  return pids === undefined ? undefined : Number(pids.at(-1));
}

export interface ProcessStat {
  /** One letter: R, S, D, T, Z. */
  readonly state: string;
  readonly group: number;
  readonly session: number;
  readonly rssBytes: number;
  /** Clock ticks from the machine's start to its own. */
  readonly startedTicks: number;
  /** As `wait` would tell it; meaningful of a zombie only. */
  readonly waitStatus: number;
}

const PAGE_BYTES = 4_096;

/** Field numbers of proc(5), after the command in brackets, which may hold anything. */
export function statOf(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = ''] = fields;
  if (text === '' || state === '') return undefined;
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  return { state, group: field(5), session: field(6), rssBytes: field(24) * PAGE_BYTES, startedTicks: field(22), waitStatus: field(52) }; // prettier-ignore
}

/** Exit code in the high byte, signal in the low seven bits: 36608 is exit 143, 15 is SIGTERM. */
export function endOf(waitStatus: number): ProcessEnd {
  const number = waitStatus & 0x7f;
  const signal = Object.entries(os.constants.signals).find(([, value]) => value === number)?.[0];
  return number === 0
    ? { exitCode: (waitStatus >> 8) & 0xff, signal: undefined, launchFailed: undefined }
    : { exitCode: undefined, signal: signal ?? `signal ${number}`, launchFailed: undefined };
}

export function everyPid(): readonly number[] {
  return fs.readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** All processes of the pid namespace that this one is in. */
export function inNamespaceOf(pid: number): readonly number[] {
  const spaceOf = (one: number): string | undefined => {
    try {
      return fs.readlinkSync(`/proc/${one}/ns/pid`);
    } catch {
      return undefined;
    }
  };
  const space = spaceOf(pid);
  return space === undefined ? [] : everyPid().filter((one) => spaceOf(one) === space);
}

/** All processes of a session: what a detached child started and did not set free. */
export function inSession(leader: number): readonly number[] {
  return everyPid().filter((pid) => statOf(pid)?.session === leader);
}

/** Features of the processor, sorted; none where the machine does not tell. */
export function cpuFlags(): readonly string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(read('/proc/cpuinfo'))?.[1] ?? '';
  return line.trim().split(/\s+/).filter(Boolean).sort();
}

/** Sends it where there is somebody to receive it. */
export function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
