import fs from 'node:fs';
import { read, type World } from './processes.ts';

/** Several looks a second: a connection that is refused at once may slip through, one that waits or talks does not. */
const LOOK_EVERY_MS = 250;

export interface ConnectionWatch {
  /** TCP connections of the world's processes to other machines: "pid -> address in hex". */
  elsewhere(): readonly string[];
  looks(): number;
  stop(): void;
}

/** Looks again and again at the kernel's table of connections: also instances, which no preload reaches, are seen. */
export function watchConnections(world: World): ConnectionWatch {
  const found = new Set<string>();
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    const remote = connectionsElsewhere();
    if (remote.size === 0) return;
    for (const { pid } of world.processes())
      for (const inode of socketsOf(pid)) {
        const address = remote.get(inode);
        if (address !== undefined) found.add(`${pid} -> ${address}`);
      }
  }, LOOK_EVERY_MS);
  return { elsewhere: () => [...found], looks: () => looks, stop: () => clearInterval(timer) };
}

/** Inode of the socket -> remote address, of those that are neither loopback nor listening. */
function connectionsElsewhere(): Map<string, string> {
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => read(file).trim().split('\n').slice(1));
  return new Map(
    rows.flatMap((row): [string, string][] => {
      const fields = row.trim().split(/\s+/);
      const [remote = '', inode = ''] = [fields[2], fields[9]];
      return LOOPBACK.test(remote) ? [] : [[inode, remote]];
    }),
  );
}

/** 0.0.0.0 (a listener), 127.x.y.z, and the same in IPv6; the kernel writes addresses as little-endian words. */
const LOOPBACK = /^(?:0{8}|[\da-f]{6}7f|0{32}|0{24}01000000|0{16}ffff0000[\da-f]{6}7f):/i;

function socketsOf(pid: number): readonly string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      const inode = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${name}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    // Gone meanwhile.
    return [];
  }
}
