import fs from 'node:fs';
import path from 'node:path';
import { FaultError } from '../../src/engine/model/fault.ts';
import { isTerminal, type JobRow } from '../../src/engine/model/job.ts';
import { blobKeys } from '../../src/engine/protocol/blobs.ts';
import { FAILPOINTS, type FailpointName } from '../../src/engine/worker/failpoints.ts';
import { Cloud } from '../../test/support/cloud.ts';
import { eventually, holds } from '../../test/support/eventually.ts';
import { World } from '../../test/support/processes.ts';
import { begunFrom, countingJob, STEPS, SUM } from './counting-job.ts';

export interface FailpointsOptions {
  /** Deaths at each point. */
  readonly times: number;
  readonly workers: number;
  readonly say: (line: string) => void;
}

export interface FailpointsRun {
  readonly figures: object;
  /** What must not be, in words; empty when the proof holds. */
  readonly violations: readonly string[];
}

const POINTS = Object.keys(FAILPOINTS) as FailpointName[];
/** What died here had not committed what it was about. */
const BEFORE_COMMIT: ReadonlySet<FailpointName> = new Set([
  'begin',
  'begun',
  'taken',
  'packed',
  'part',
  'parts',
  'manifest',
]);
/** Reached only by who must leave. */
const AT_A_NOTICE: ReadonlySet<FailpointName> = new Set(['saved', 'released']);
const LOOK_EVERY_MS = 1_000;
/** Deadlines; they only fail. */
const ROUND_WITHIN_MS = 600_000;
const ENDS_WITHIN_MS = 300_000;

interface Death {
  readonly point: FailpointName;
  readonly jobId: string;
  readonly generation: number;
}

/**
 * Workers on the embedded AWS that count and save every second, and that die by SIGKILL at each named point of the checkpoint
 * protocol, so many times each. Afterwards every count must be exact, no part of a checkpoint left, and no run begun from one that was not committed.
 */
export async function runFailpoints({ times, workers, say }: FailpointsOptions): Promise<FailpointsRun> {
  const world = new World();
  const folder = path.join(world.folder, 'failpoints');
  fs.mkdirSync(path.join(folder, 'died'), { recursive: true });
  let isKept = true;
  try {
    const cloud = await Cloud.start(world, { name: 'failpoints', workers, env: { CBAS_FAILPOINTS: folder } });
    const master = cloud.master();
    const jobs = new Jobs(cloud);
    const beganMs = Date.now();
    for (let round = 1; round <= times; round++) {
      for (const point of POINTS) fs.writeFileSync(path.join(folder, `${point}.${round}`), '');
      await untilAllDied({ cloud, folder, jobs, workers, say: (line) => say(`${round} of ${times}: ${line}`) });
    }
    const rows = await jobs.untilEnded();
    const run = await judge(cloud, { rows, deaths: deathsIn(folder), times });
    master.signal('SIGTERM');
    await master.exitCode(15_000);
    await cloud.stop();
    isKept = run.violations.length > 0;
    return { ...run, figures: { ...run.figures, tookS: Math.round((Date.now() - beganMs) / 1_000) } };
  } finally {
    if (isKept) {
      await world.killEverything();
      say(`state and journals are kept in ${world.state}`);
    } else await world[Symbol.asyncDispose]();
  }
}

interface Round {
  readonly cloud: Cloud;
  readonly folder: string;
  readonly jobs: Jobs;
  readonly workers: number;
  readonly say: (line: string) => void;
}

/** There is always work, and now and then a notice, until somebody died at every point. */
async function untilAllDied({ cloud, folder, jobs, workers, say }: Round): Promise<void> {
  let left: readonly string[] = [];
  let told = Infinity;
  const look = async (): Promise<true | undefined> => {
    left = fs.readdirSync(folder).filter((name) => name !== 'died');
    if (left.length < told) say(`${left.length} points to die at`);
    told = left.length;
    if (left.length === 0) return true;
    await jobs.keepOpen(workers + 1);
    if (left.some((name) => AT_A_NOTICE.has(name.split('.')[0] as FailpointName))) await noticeOne(cloud);
    return undefined;
  };
  await eventually('a worker died at every point', patient(look), {
    withinMs: ROUND_WITHIN_MS,
    everyMs: LOOK_EVERY_MS,
    instead: () => `nobody reached ${left.join(', ')}\n${cloud.process.output}`,
  });
}

/** A table that does not answer on a busy machine is looked at again. */
function patient<T>(look: () => Promise<T | undefined>): () => Promise<T | undefined> {
  return () =>
    look().catch((error: unknown) => {
      if (error instanceof FaultError) return undefined;
      throw error;
    });
}

/** One at a time, and not the only one that works: the others go on counting. */
async function noticeOne(cloud: Cloud): Promise<void> {
  const workers = await cloud.workers();
  const busy = workers.filter(({ state, notice }) => state === 'BUSY' && notice === undefined);
  const [first] = busy;
  if (first === undefined || busy.length < 2 || workers.some(({ state }) => state === 'INTERRUPTED')) return;
  await cloud.interrupt(first.id, true);
}

function deathsIn(folder: string): readonly Death[] {
  const died = path.join(folder, 'died');
  return fs
    .readdirSync(died)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(fs.readFileSync(path.join(died, name), 'utf8')) as Death);
}

/** The jobs of a run: as many as keep the workers busy. */
class Jobs {
  readonly #cloud: Cloud;
  readonly #ids: string[] = [];

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  async keepOpen(count: number): Promise<void> {
    const open = (await this.#rows()).filter(({ state }) => !isTerminal(state)).length;
    const names = Array.from({ length: Math.max(0, count - open) }, (_, at) => `count-${this.#ids.length + at}`);
    if (names.length > 0) this.#ids.push(...(await this.#cloud.submit(...names.map(countingJob))));
  }

  async untilEnded(): Promise<readonly JobRow[]> {
    let rows: readonly JobRow[] = [];
    const ended = async (): Promise<true | undefined> => {
      rows = await this.#rows();
      return holds(rows.every(({ state }) => isTerminal(state)));
    };
    const instead = (): string =>
      rows.map(({ name, state, reason }) => `${name} ${state}: ${reason.detail}`).join('\n');
    await eventually('every job has ended', patient(ended), {
      withinMs: ENDS_WITHIN_MS,
      everyMs: LOOK_EVERY_MS,
      instead,
    });
    return rows;
  }

  #rows(): Promise<readonly JobRow[]> {
    return Promise.all(this.#ids.map((id) => this.#cloud.job(id)));
  }
}

interface Facts {
  readonly rows: readonly JobRow[];
  readonly deaths: readonly Death[];
  readonly times: number;
}

async function judge(cloud: Cloud, { rows, deaths, times }: Facts): Promise<FailpointsRun> {
  const { blobs } = cloud.wired;
  const inexact = rows.filter(
    ({ state, record }) => state !== 'SUCCEEDED' || record?.value['n'] !== STEPS || record.value['s'] !== SUM,
  );
  // The sweep of the worker that committed is its last act.
  let orphans: readonly string[] = [];
  const swept = async (): Promise<true | undefined> => {
    orphans = (await blobs.list('ckpt/')).map(({ key }) => key);
    return holds(orphans.length === 0);
  };
  await eventually('all checkpoints are swept', swept, { withinMs: 15_000 }).catch(() => undefined);
  const uncommitted = new Set(
    deaths.filter(({ point }) => BEFORE_COMMIT.has(point)).map(({ jobId, generation }) => `${jobId} ${generation}`),
  );
  let [runs, restores] = [0, 0];
  const wrong: string[] = [];
  for (const { id, name, epoch } of rows)
    for (let of = 1; of <= epoch; of++) {
      const from = begunFrom((await blobs.getText(blobKeys.log(id, of, 'stdout'))) ?? '');
      if (from === undefined) continue;
      runs += 1;
      if (from > 0) restores += 1;
      if (uncommitted.has(`${id} ${from}`)) wrong.push(`${name}: run ${of} began from ${from}, which was never committed`);
    }
  const counts = new Map(POINTS.map((point) => [point, deaths.filter((death) => death.point === point).length]));
  const seldom = [...counts].filter(([, count]) => count !== times);
  return {
    figures: {
      points: POINTS.length,
      times,
      kills: deaths.length,
      jobs: rows.length,
      exact: rows.length - inexact.length,
      orphans: orphans.length,
      runs,
      restores,
      uncommittedRestores: wrong.length,
    },
    violations: [
      ...inexact.map(({ name, state, reason, record }) => `${name} is ${state} (${reason.detail}): ${JSON.stringify(record?.value)}`),
      ...orphans.map((key) => `left: ${key}`),
      ...wrong,
      ...seldom.map(([point, count]) => `${count} died at ${point} (${FAILPOINTS[point]}), not ${times}`),
    ],
  };
} // prettier-ignore
