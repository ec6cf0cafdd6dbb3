import os from 'node:os';
import { lastWords, runTool, which } from './tool.ts';

/** Closes a port of this machine to the network: only the machine itself may connect. */
export interface PortGuard {
  /** Why the port stays open; undefined when it is closed. */
  close(port: number): Promise<string | undefined>;
  /** Takes the rule away. */
  open(port: number): Promise<void>;
}

const TABLE = ['inet', 'cbas'] as const;

/** With nftables or iptables, whichever is here; nothing is to be done on a machine without a network. A sentence when there is no way. */
export async function portGuard(where: { readonly path: string | undefined }): Promise<PortGuard | string> {
  if (Object.values(os.networkInterfaces()).every((ones) => ones?.every(({ internal }) => internal) ?? true))
    return { close: async () => undefined, open: async () => undefined };
  const nft = which('nft', where);
  if (nft !== undefined) return withNft(nft);
  const tables = ['iptables', 'ip6tables'].flatMap((name) => which(name, where) ?? []);
  if (tables.length > 0) return withTables(tables);
  return 'its coordinator listens on all addresses and asks for no password, and neither nft nor iptables is here to close its port';
}

async function withNft(nft: string): Promise<PortGuard | string> {
  const rules = [
    `add table ${TABLE.join(' ')}`,
    `add set ${TABLE.join(' ')} ports { type inet_service ; }`,
    `add chain ${TABLE.join(' ')} input { type filter hook input priority -10 ; }`,
    `flush chain ${TABLE.join(' ')} input`,
    `add rule ${TABLE.join(' ')} input iifname != "lo" tcp dport @ports drop`,
  ];
  for (const rule of rules) {
    const made = await runTool([nft, rule]);
    if (made.code !== 0) return `nft ${rule}: ${lastWords(made, 1)}`;
  }
  const element = async (verb: 'add' | 'delete', port: number): Promise<string | undefined> => {
    const done = await runTool([nft, `${verb} element ${TABLE.join(' ')} ports { ${port} }`]);
    return done.code === 0 ? undefined : `nft: ${lastWords(done, 1)}`;
  };
  return { close: (port) => element('add', port), open: async (port) => void (await element('delete', port)) };
}

function withTables(programs: readonly string[]): PortGuard {
  const rule = (port: number): readonly string[] => [
    'INPUT', '!', '-i', 'lo', '-p', 'tcp', '--dport', String(port), '-j', 'DROP',
  ]; // prettier-ignore
  return {
    async close(port) {
      for (const program of programs) {
        const made = await runTool([program, '-I', ...rule(port)]);
        if (made.code !== 0) return `${program}: ${lastWords(made, 1)}`;
      }
      return undefined;
    },
    async open(port) {
      for (const program of programs) await runTool([program, '-D', ...rule(port)]);
    },
  };
}
