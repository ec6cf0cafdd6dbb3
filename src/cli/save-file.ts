import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { SaveFile } from '../ui/cockpit.ts';

/** Names what was on the screen, which is not for everybody's eyes. */
const MODE = 0o600;

/** Writes a new file, piece by piece, so that keys are answered meanwhile. One that is there is left as it is; what was begun and failed is removed. */
export const saveFile: SaveFile = async (name, pieces) => {
  const file = path.resolve(name.replace(/^~(?=\/)/, os.homedir()));
  let isOurs = false;
  try {
    const handle = await fs.open(file, 'wx', MODE);
    isOurs = true;
    try {
      for (const piece of pieces) {
        await handle.write(piece);
        await turn();
      }
    } finally {
      await handle.close();
    }
    return { ok: true, file };
  } catch (error) {
    if (isOurs) await fs.rm(file, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    return { ok: false, why: code === 'EEXIST' ? 'it is there already' : message };
  }
};
