import fs from 'node:fs';
import path from 'node:path';
import { lockHolder } from '../../src/cli/local-lock.ts';
import { instancesOf } from '../../test/support/instances.ts';
import { read } from '../../test/support/processes.ts';
import type { Stage } from './stage.ts';

/** What should not be there after everything was stopped in order: processes, instances, locks. */
export async function leftovers({ world, cloud }: Stage): Promise<readonly string[]> {
  const found: string[] = [];
  await world.assertNothingLeft().catch((error: unknown) => void found.push(String(error)));
  for (const { id, pids } of instancesOf(world).values()) found.push(`instance ${id}: processes ${pids.join(', ')}`);
  const holder = lockHolder(cloud.folder);
  if (holder !== undefined) found.push(`${cloud.folder} is locked by process ${holder}`);
  if (fs.existsSync(path.join(cloud.folder, 'lock'))) found.push(`the lock of ${cloud.folder} lies there still`);
  const locked = lockedInodes();
  for (const file of filesUnder(world.state))
    if (locked.has(String(fs.statSync(file).ino))) found.push(`${file} is locked in the kernel`);
  return found;
}

/** Inodes in /proc/locks: "1: POSIX ADVISORY WRITE <pid> <major>:<minor>:<inode> 0 EOF". None where there is no /proc. */
function lockedInodes(): ReadonlySet<string> {
  const places = read('/proc/locks').split('\n').map((line) => line.split(/\s+/)[5] ?? ''); // prettier-ignore
  return new Set(places.map((place) => place.split(':')[2] ?? ''));
}

function filesUnder(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
