import fs from 'node:fs';

const ESTABLISHED = '01';

interface Connection {
  /** address:port, hexadecimal, as the kernel writes them. */
  readonly local: string;
  readonly remote: string;
  readonly inode: string;
}

/**
 * Open TCP connections of these processes to anybody but themselves, as address:port; those to `port` on this machine are left
 * out, for that is the coordinator's. Memory can be brought back; what the other side of a connection knows cannot.
 */
export function foreignConnections(pids: readonly number[], port: number): readonly string[] {
  const inodes = new Set(pids.flatMap((pid) => socketsOf(pid)));
  const [first] = pids;
  if (first === undefined) return [];
  const own = connectionsOf(first).filter(({ inode }) => inodes.has(inode));
  const ends = new Set(own.map(({ local }) => local));
  return own
    .filter(({ remote, local }) => !ends.has(remote) && portOf(remote) !== port && portOf(local) !== port)
    .map(({ remote }) => readable(remote));
}

function socketsOf(pid: number): readonly string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Of the network that the process sees. */
function connectionsOf(pid: number): readonly Connection[] {
  return ['tcp', 'tcp6'].flatMap((table) => {
    try {
      const lines = fs.readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1);
      return lines.flatMap((line) => {
        const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
        return state === ESTABLISHED ? [{ local, remote, inode }] : [];
      });
    } catch {
      return [];
    }
  });
}

function portOf(end: string): number {
  return Number.parseInt(end.split(':')[1] ?? '', 16);
}

/** 0100007F:1F90 is 127.0.0.1:8080: the address stands in the machine's byte order. */
function readable(end: string): string {
  const [address = ''] = end.split(':');
  const port = portOf(end);
  if (address.length !== 8) return `an IPv6 address, port ${port}`;
  const bytes = address.match(/../g) ?? [];
  return `${bytes.reverse().map((byte) => Number.parseInt(byte, 16)).join('.')}:${port}`;
} // prettier-ignore
