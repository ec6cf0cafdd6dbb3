import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import type { AwsTarget } from '../../aws/client-options.ts';
import { initDeployment } from '../../aws/setup/init.ts';
import { badDeploymentName } from '../../aws/setup/names.ts';
import { startLocalCloud } from '../../aws/local/cloud.ts';
import { CliError, EXIT } from '../exit.ts';
import { foreignVersion, lockFolder } from '../local-lock.ts';
import { forgetRealAws } from '../local-safety.ts';
import { localFolder, removeEndpoint, writeEndpoint } from '../places.ts';
import { untilOrphaned, untilTold } from '../signals.ts';
import { manifestOfDeployment, workerScript } from '../setup-place.ts';
import { VERSION } from '../version.ts';
import { note } from '../output.ts';

export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';
const LOCAL_IMAGE = 'ami-0cba5000000000001';

/** Pools of a new local deployment. Bids lie above the usual price and below the spikes: the market takes instances back. */
const LOCAL_POOLS = [
  { id: 'c5.large/us-east-1a', bidUsdPerHour: 0.05 },
  { id: 'c5.large/us-east-1b', bidUsdPerHour: 0.05 },
  { id: 'm5.large/us-east-1a', bidUsdPerHour: 0.056 },
] as const;
/** So that one pool's reclaim never takes all workers. */
const LOCAL_POOL_SHARE_PCT = 50;

export interface LocalOptions {
  readonly name: string;
  readonly port: string;
  readonly speed: string;
  readonly seed: string;
  readonly prices?: string;
  readonly workers: string;
  /** Ends when stdin closes: the process that started it is gone. */
  readonly withParent?: true;
  /** Ends its instances when it ends; otherwise they wait a minute for a successor. */
  readonly endInstances?: true;
}

/** `cbas local`: one HTTP server on 127.0.0.1 that speaks AWS, with a deployment ready in it. Runs until it is told to stop. */
export async function runLocal(options: LocalOptions): Promise<void> {
  const bad = badDeploymentName(options.name);
  if (bad !== undefined) throw new CliError(bad, EXIT.usage);
  forgetRealAws(process.env);
  const folder = localFolder(options.name);
  const locked = lockFolder(folder);
  if (!locked.ok)
    throw new CliError(
      `${options.name} runs already as process ${locked.pid}; use it, or give another --name`,
      EXIT.conflict,
    );
  const foreign = foreignVersion(folder);
  if (foreign !== undefined) {
    locked.release();
    throw new CliError(
      `${foreign}; use the CBAS that wrote it, or remove it: cbas local rm ${options.name}`,
      EXIT.refused,
    );
  }
  /** `cbas local stop` asks with SIGUSR2: instances end as well. */
  const ended = new AbortController();
  process.on('SIGUSR2', () => ended.abort());
  // From here on, and not only once it is there: told to stop while it starts, it starts and stops in order.
  const signals = [untilTold(), ...(options.withParent === true ? [untilOrphaned()] : []), ended.signal];
  const fatal = (error: Error): void => {
    note(`cbas local: ${error.message}; nothing more is acknowledged; state is in ${folder}`);
    removeEndpoint(options.name);
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', fatal);
  try {
    const cloud = await startLocalCloud({
      folder,
      region: LOCAL_REGION,
      accountId: LOCAL_ACCOUNT,
      port: wholeNumber('--port', options.port, 65_535),
      speed: wholeNumber('--speed', options.speed, 100_000),
      seed: wholeNumber('--seed', options.seed, 2 ** 32 - 1),
      ...(options.prices !== undefined && { pricesText: readPrices(options.prices) }),
      binDirs: [path.dirname(process.execPath), programFolder()],
      onFatal: fatal,
      onFault: (trouble) => note(`cbas local: ${trouble}`),
    });
    await prepare(cloud.endpoint, options);
    writeEndpoint({
      name: options.name,
      endpoint: cloud.endpoint,
      pid: process.pid,
      region: LOCAL_REGION,
      accountId: LOCAL_ACCOUNT,
    });
    note(`embedded AWS "${options.name}" at ${cloud.endpoint}, state in ${folder}`);
    const told = AbortSignal.any(signals);
    await new Promise<void>((resolve) =>
      told.aborted ? resolve() : told.addEventListener('abort', () => resolve(), { once: true }),
    );
    removeEndpoint(options.name);
    await cloud.stop({ endInstances: options.endInstances === true || ended.signal.aborted });
  } finally {
    removeEndpoint(options.name);
    locked.release();
  }
  process.exit(EXIT.done);
}

/** The deployment of the same name: made at the first start, found at the next. */
async function prepare(endpoint: string, options: LocalOptions): Promise<void> {
  const target: AwsTarget = { region: LOCAL_REGION, endpoint, mode: 'local', credentials: 'dummy' };
  const before = await manifestOfDeployment(target, options.name);
  // Whoever has chosen, by cbas init, that instances fetch their program, means it for the next start as well.
  const pins = before?.program;
  await initDeployment(target, {
    spec: {
      name: options.name,
      partition: 'aws',
      accountId: LOCAL_ACCOUNT,
      region: LOCAL_REGION,
      owner: 'cbas local',
      imageId: LOCAL_IMAGE,
      userData: before === undefined || pins === undefined ? workerScript(options.name) : before.userData,
      ...(before?.network !== undefined && { network: before.network }),
    },
    version: VERSION,
    ...(pins !== undefined && { program: { pins } }),
    settings: {
      accepting: true,
      targetWorkers: wholeNumber('--workers', options.workers, 500),
      slotsPerWorker: 1,
      pools: LOCAL_POOLS,
      maxPoolSharePct: LOCAL_POOL_SHARE_PCT,
      changedBy: 'cbas local',
      changedAt: Date.now(),
    },
  });
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new CliError(`${flag} ${text}: expected a whole number from 0 to ${max}`, EXIT.usage);
  return value;
}

function readPrices(file: string): string {
  try {
    const bytes = fs.readFileSync(file);
    return (file.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new CliError(`--prices ${file}: ${error instanceof Error ? error.message : String(error)}`, EXIT.usage);
  }
}

/** Where the `cbas` command lies: first on the path of instances, as an image would have it. */
export function programFolder(): string {
  return path.resolve(import.meta.dirname, '..', 'bin');
}
