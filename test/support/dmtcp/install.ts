import fs from 'node:fs';
import path from 'node:path';

/** Which trap the stand-in lays, and how it answers. */
export interface StandInSettings {
  readonly blocks?: boolean;
  readonly peers?: number;
  readonly version?: string;
  readonly trap?: 'static' | 'no-space' | 'missing-image' | 'restart-fails';
}

/** Lays the four programs of the stand-in into a folder, for `CBAS_DMTCP_BIN`. */
export function installStandIn(folder: string, settings: StandInSettings = {}): string {
  fs.mkdirSync(folder, { recursive: true });
  const program = path.join(folder, 'stand-in.mjs');
  fs.copyFileSync(path.resolve(import.meta.dirname, 'stand-in.mjs'), program);
  fs.writeFileSync(path.join(folder, 'settings.json'), JSON.stringify(settings));
  for (const tool of ['coordinator', 'launch', 'command', 'restart'])
    fs.writeFileSync(
      path.join(folder, `dmtcp_${tool}`),
      `#!/bin/sh\nexec '${process.execPath}' '${program}' ${tool} "$@"\n`,
      { mode: 0o755 },
    );
  return folder;
}
