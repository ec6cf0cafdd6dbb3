import fs from 'node:fs';
import path from 'node:path';
import { runTool } from './tool.ts';

const versions = new Map<string, string>();

/** As the tool says it, e.g. 4.1.1; asked once. */
export async function criuVersion(criu: string): Promise<string> {
  const known = versions.get(criu);
  if (known !== undefined) return known;
  const version = /Version:\s*(\S+)/.exec((await runTool([criu, '--version'])).stdout)?.[1] ?? 'unknown';
  versions.set(criu, version);
  return version;
}

/** A kernel that gives programs no ring makes those on libuv do without, Node among them: nothing else can tell them to. */
export const NO_RINGS =
  'it cannot save a program that has an io_uring, as Node 22 and later have, unless the machine has kernel.io_uring_disabled = 2';

export function allowsRings(): boolean {
  try {
    return fs.readFileSync('/proc/sys/kernel/io_uring_disabled', 'utf8').trim() !== '2';
  } catch {
    return true;
  }
}

/** Its log names the reason; what it says without privilege for limits is harmless and always there. */
export async function whatWentWrong(folder: string, log: string, said: string): Promise<string> {
  const text = await fs.promises.readFile(path.join(folder, log), 'utf8').catch(() => said);
  if (text.includes('anon_inode:[io_uring]')) return NO_RINGS;
  const errors = text.split('\n').filter((line) => /^(?:\(\S+\)\s*)?Error/.test(line) && !line.includes('RLIMIT_NOFILE'));
  return errors.slice(0, 2).join('; ') || said;
} // prettier-ignore
