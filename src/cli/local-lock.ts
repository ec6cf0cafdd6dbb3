import fs from 'node:fs';
import path from 'node:path';
import { identify, isAlive, type ProcessId } from '../aws/local/instances/process-table.ts';

/** Version of the state folder's layout. A folder of another version is told of, never touched. */
const STATE_VERSION = 1;

export type Locked = { readonly ok: true; readonly release: () => void } | { readonly ok: false; readonly pid: number };

/** One process per state folder. A lock whose process is gone (by pid and start time) is taken over. */
export function lockFolder(folder: string): Locked {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'lock');
  for (;;) {
    try {
      fs.writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx', mode: 0o600 });
      return { ok: true, release: () => fs.rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = lockHolder(folder);
    if (pid !== undefined) return { ok: false, pid };
    fs.rmSync(file, { force: true });
  }
}

/** The process that holds a folder; undefined when nobody does. */
export function lockHolder(folder: string): number | undefined {
  try {
    const holder = JSON.parse(fs.readFileSync(path.join(folder, 'lock'), 'utf8')) as ProcessId;
    return isAlive(holder) ? holder.pid : undefined;
  } catch {
    // Not there, gone meanwhile, or half written by a process that died: nobody holds it.
    return undefined;
  }
}

/** A sentence when the folder was written by another version; undefined when it can be used. */
export function foreignVersion(folder: string): string | undefined {
  const file = path.join(folder, 'version');
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, `${STATE_VERSION}\n`, { mode: 0o600 });
    return undefined;
  }
  const version = fs.readFileSync(file, 'utf8').trim();
  return version === String(STATE_VERSION)
    ? undefined
    : `${folder} holds state of version ${version}, and this CBAS writes version ${STATE_VERSION}`;
}
