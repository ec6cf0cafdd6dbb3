import fs from 'node:fs';
import path from 'node:path';
import { Child } from './children.ts';
import { CliError, EXIT } from './exit.ts';
import { lockHolder } from './local-lock.ts';
import { answers, localFolder, localStarted, readEndpoint } from './places.ts';

export const DEMO = 'demo';
/** Chosen by trying seeds: a pool that is used from the start is taken back within the first half minute, and others later. */
export const DEMO_SEED = 4396;
/** An hour of prices in half a minute. */
const DEMO_SPEED = 120;
const DEMO_WORKERS = 6;
const START_WITHIN_MS = 30_000;

export interface DemoCloud {
  /** true: it ran already, somebody else started it, and it stays when we leave. */
  readonly attached: boolean;
  readonly folder: string;
  stop(): Promise<void>;
  /** Throws when a part of it has died. */
  check(): void;
}

/** The embedded AWS and a master, in a state folder of their own. One that runs already is used and left alone. */
export async function openDemoCloud(seed = DEMO_SEED): Promise<DemoCloud> {
  const folder = localFolder(DEMO);
  const running = readEndpoint(DEMO);
  if (lockHolder(folder) !== undefined && running !== undefined && (await answers(running))) {
    return { attached: true, folder, stop: async () => undefined, check: () => undefined };
  }
  fs.rmSync(path.join(folder, 'endpoint.json'), { force: true });
  const logs = path.join(folder, 'log');
  const flags = [
    '--name',
    DEMO,
    '--seed',
    String(seed),
    '--speed',
    String(DEMO_SPEED),
    '--workers',
    String(DEMO_WORKERS),
  ];
  const local = new Child('local', ['local', 'run', ...flags, '--end-instances'], logs);
  // It loads while the embedded AWS starts, and leads as soon as that one answers.
  const children = [local, new Child('master', ['master', '--deployment', DEMO, '--await-local'], logs)];
  const stop = async (): Promise<void> => {
    // The master first: it must not launch what the embedded AWS is ending.
    for (const child of [...children].reverse()) await child.stop();
  };
  try {
    await awaitEndpoint(local);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    attached: false,
    folder,
    stop,
    check: () => {
      const dead = children.find(({ isRunning }) => !isRunning);
      if (dead !== undefined) throw dead.failure();
    },
  };
}

async function awaitEndpoint(local: Child): Promise<void> {
  const died = new AbortController();
  void local.ended.then(() => died.abort());
  if (await localStarted(DEMO, AbortSignal.any([died.signal, AbortSignal.timeout(START_WITHIN_MS)]))) return;
  if (!local.isRunning) throw local.failure();
  throw new CliError(`the embedded AWS has not started within ${START_WITHIN_MS / 1_000} s`, EXIT.unavailable);
}
