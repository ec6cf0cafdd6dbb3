import fs from 'node:fs';
import path from 'node:path';
import type { Failpoint } from '../engine/worker/failpoints.ts';

/**
 * Dies by SIGKILL at a point that is armed: a file `<point>.<anything>` in the folder that CBAS_FAILPOINTS names. Whoever gets there first
 * takes the file with it, as `died/<point>.<anything>` with what it died over, so that each is good for one death. This is the one place
 * that reads the variable. undefined, and so nothing in all of the worker, unless it is set and this is an instance of the embedded AWS.
 */
export function failpointsOf(env: Readonly<Record<string, string | undefined>>): Failpoint | undefined {
  const folder = env['CBAS_FAILPOINTS'];
  if (folder === undefined || env['CBAS_LOCAL_INSTANCE'] === undefined) return undefined;
  return (point, about) => {
    const armed = fs.readdirSync(folder).find((name) => name.startsWith(`${point}.`));
    const died = fs.readdirSync(path.join(folder, 'died')).filter((name) => name.endsWith(`.${about.jobId}.json`));
    if (armed === undefined || died.length >= DEATHS_MAX || !taken(folder, armed)) return;
    const file = path.join(folder, 'died', `${armed}.${about.jobId}.json`);
    fs.writeFileSync(file, JSON.stringify({ point, ...about }));
    process.kill(process.pid, 'SIGKILL');
  };
}

/** Of one job: four in a row without a checkpoint in between would end it as poison, as they should. */
const DEATHS_MAX = 2;

/** Of two that come at once, one. */
function taken(folder: string, name: string): boolean {
  try {
    fs.renameSync(path.join(folder, name), path.join(folder, 'died', name));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}
