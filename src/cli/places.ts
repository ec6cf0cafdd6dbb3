import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { systemClock } from './clock.ts';
import { baseFolder } from './xdg.ts';

/** Where CBAS keeps things, by the XDG base directory rules. Folders are made when they are written to, for the user alone. */
export function stateHome(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(baseFolder('XDG_STATE_HOME', ['.local', 'state'], env), 'cbas');
}

/** State of the embedded AWS of that name. */
export function localFolder(name: string, env: NodeJS.ProcessEnv = process.env): string {
  return path.join(stateHome(env), 'local', name);
}

export function journalFolder(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(stateHome(env), 'journal');
}

/** What a running embedded AWS tells of itself, in its state folder. */
export interface LocalEndpoint {
  readonly name: string;
  readonly endpoint: string;
  readonly pid: number;
  readonly region: string;
  readonly accountId: string;
}

const ENDPOINT_FILE = 'endpoint.json';

export function writeEndpoint(endpoint: LocalEndpoint): void {
  const file = path.join(localFolder(endpoint.name), ENDPOINT_FILE);
  fs.writeFileSync(`${file}.next`, `${JSON.stringify(endpoint, null, 1)}\n`, { mode: 0o600 });
  fs.renameSync(`${file}.next`, file);
}

export function removeEndpoint(name: string): void {
  fs.rmSync(path.join(localFolder(name), ENDPOINT_FILE), { force: true });
}

export function readEndpoint(name: string): LocalEndpoint | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(localFolder(name), ENDPOINT_FILE), 'utf8')) as LocalEndpoint;
  } catch {
    // Not there, or half written by a process that died: then none runs under this name.
    return undefined;
  }
}

const LOOK_EVERY_MS = 25;

/** true as soon as an embedded AWS of this name says where it is; false when the signal comes first. */
export async function localStarted(name: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (readEndpoint(name) !== undefined) return true;
    await systemClock.sleep(LOOK_EVERY_MS, signal);
  }
  return false;
}

/** One that is not there refuses at once; one that is busy must not be taken for it. */
const HEALTH_TIMEOUT_MS = 5_000;

/** Names of the embedded AWS that have said where they are; one that died without a word is among them. */
export function knownLocals(): readonly string[] {
  const folder = path.join(stateHome(), 'local');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names.filter((name) => readEndpoint(name) !== undefined);
}

/** Embedded AWS that answer now. One that left its file behind does not. */
export async function runningLocals(): Promise<readonly LocalEndpoint[]> {
  const known = knownLocals()
    .map(readEndpoint)
    .filter((endpoint) => endpoint !== undefined);
  const alive = await Promise.all(known.map(answers));
  return known.filter((_, at) => alive[at]);
}

/** Asked without an agent, for `fetch` and the common one go through the proxy of the environment, which does not know this machine. */
export function answers(local: Pick<LocalEndpoint, 'endpoint'>): Promise<boolean> {
  return new Promise((resolve) => {
    http
      .get(
        `${local.endpoint}/_cbas/health`,
        { agent: false, signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) },
        (reply) => {
          reply.resume();
          resolve(reply.statusCode === 200);
        },
      )
      .on('error', () => resolve(false));
  });
}
