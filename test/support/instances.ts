import fs from 'node:fs';
import { MARKER } from '../../src/aws/local/instances/process-table.ts';
import { read, type World } from './processes.ts';

/** The processes of an instance of the embedded AWS, found by the mark in their environment. */
export interface InstanceProcesses {
  readonly id: string;
  readonly pids: readonly number[];
  /** The process that runs `cbas worker`; undefined before it starts, and after it died. */
  readonly agent: number | undefined;
}

const MARK = new RegExp(`(?:^|\\0)${MARKER}=([^\\0]+)`);
/** The shell and what confines the instance have the same words on their command lines. */
const WRAPPER = /^(nice|unshare|\/bin\/sh|sh) /;

/** One look at all processes: those of a world's instances, by instance. */
export function instancesOf(world: World): ReadonlyMap<string, InstanceProcesses> {
  const found = new Map<string, { id: string; pids: number[]; agent: number | undefined }>();
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const environment = read(`/proc/${name}/environ`);
    const id = environment.includes(world.name) ? MARK.exec(environment)?.[1] : undefined;
    if (id === undefined) continue;
    const instance = found.get(id) ?? { id, pids: [], agent: undefined };
    found.set(id, instance);
    instance.pids.push(Number(name));
    const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ');
    if (/ worker --deployment /.test(command) && !WRAPPER.test(command)) instance.agent = Number(name);
  }
  return found;
}
