import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { lockHolder } from '../local-lock.ts';
import { answers, localFolder, readEndpoint, stateHome } from '../places.ts';
import { print, printJson } from '../output.ts';

/** Ending many instances takes a moment each; more than this means that something is stuck. */
const STOP_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;

function existing(name: string): string {
  const folder = localFolder(name);
  if (!fs.existsSync(folder))
    throw new CliError(`there is no embedded AWS named ${name}; see: cbas local ls`, EXIT.notFound);
  return folder;
}

/** Ends the process and all its instances. SIGUSR2 says that instances shall not wait for a successor. */
export async function stopLocal(name: string): Promise<void> {
  const folder = existing(name);
  const pid = lockHolder(folder);
  if (pid === undefined) {
    print(`${name} does not run`);
    return;
  }
  process.kill(pid, 'SIGUSR2');
  const deadline = systemClock.monotonicMs() + STOP_WITHIN_MS;
  while (lockHolder(folder) !== undefined) {
    if (systemClock.monotonicMs() > deadline)
      throw new CliError(`${name} (process ${pid}) has not ended after ${STOP_WITHIN_MS / 1_000} s`, EXIT.failed);
    await systemClock.sleep(LOOK_EVERY_MS);
  }
  print(`${name} stopped, its instances ended`);
}

export async function removeLocal(name: string): Promise<void> {
  const folder = existing(name);
  if (lockHolder(folder) !== undefined) await stopLocal(name);
  fs.rmSync(folder, { recursive: true, force: true });
  print(`removed ${folder}`);
}

export async function listLocals(options: { readonly json?: boolean }): Promise<void> {
  const root = path.join(stateHome(), 'local');
  const names = fs.existsSync(root) ? fs.readdirSync(root).sort() : [];
  const rows = await Promise.all(
    names.map(async (name) => {
      const endpoint = readEndpoint(name);
      const running = endpoint !== undefined && (await answers(endpoint));
      return { name, running, endpoint: running ? endpoint.endpoint : '', folder: localFolder(name) };
    }),
  );
  if (options.json === true) printJson(rows);
  else if (rows.length === 0) print('no embedded AWS on this machine; start one: cbas local');
  else
    for (const { name, running, endpoint, folder } of rows)
      print(`${name.padEnd(20)} ${running ? `runs at ${endpoint}` : 'stopped'.padEnd(30)}  ${folder}`);
}
