import { seededRng } from '../../src/engine/model/rng.ts';
import { Cloud } from '../../test/support/cloud.ts';
import { World } from '../../test/support/processes.ts';
import { makeCounters } from './counters.ts';
import {
  apart,
  committedTwice,
  disturbedBy,
  type History,
  jobRepairs,
  leaderRepairs,
  readHistory,
  requeues,
  spreadOf,
} from './history.ts';
import { type Kill, killAll } from './kills.ts';
import { leftovers } from './leftovers.ts';
import { Masters } from './masters.ts';
import { Operators } from './operators.ts';
import { Outages } from './outages.ts';
import type { Stage } from './stage.ts';
import { judge, untilEnded, type Verdict } from './verdict.ts';
import { Watch } from './watch.ts';

export interface ChaosOptions {
  readonly kills: number;
  readonly jobs: number;
  readonly seed: number;
  /** Steps of a counter, a fifth of a second each. */
  readonly steps: number;
  readonly workers: number;
  /** Mean time between two kills. */
  readonly everyMs: number;
  readonly say: (line: string) => void;
}

export interface Chaos {
  readonly figures: object;
  /** What must not be, in words; empty when the proof holds. */
  readonly violations: readonly string[];
}

const MASTERS = 2;
/** One submission in so many kills: about as many as die in the middle of one. */
const KILLS_PER_BATCH = 8;
/** Time to end for what is left after the last kill; it only fails. */
const ENDS_WITHIN_MS = 120_000;
const ENDS_PER_JOB_MS = 1_500;

/**
 * Real processes on the embedded AWS: counters are submitted, run and save, while workers, instances, masters, AWS itself
 * and consoles are killed at moments of chance. Afterwards every counter must be exact and nothing left.
 */
export async function runChaos(options: ChaosOptions): Promise<Chaos> {
  const { jobs, seed, steps, workers, say } = options;
  const rng = seededRng(seed);
  const counters = makeCounters(jobs, { seed, steps });
  const world = new World();
  let stage: Stage | undefined;
  let kept = true;
  try {
    const cloud = await Cloud.start(world, { name: 'chaos', workers });
    const outages = new Outages(cloud);
    const watch = new Watch(cloud, outages);
    const operators = new Operators(cloud, rng.fork('operators'));
    const masters = new Masters(cloud, MASTERS);
    stage = { world, cloud, outages, watch, operators, masters, rng: rng.fork('kills'), say };
    const batches = Math.max(1, Math.round(options.kills / KILLS_PER_BATCH));
    const perBatch = Math.floor(jobs / 2 / batches);
    const first = counters.slice(batches * perBatch);
    await operators.submit(first);
    await cloud.workersServe(1, ENDS_WITHIN_MS);
    const kills = await killAll(stage, {
      kills: options.kills,
      everyMs: options.everyMs,
      batches: Array.from({ length: batches }, (_, at) => counters.slice(at * perBatch, (at + 1) * perBatch)),
    });
    await outages.isBack();
    await operators.haveSubmitted();
    say('killed enough; waiting for every job to end');
    await untilEnded(stage, ENDS_WITHIN_MS + jobs * ENDS_PER_JOB_MS);
    const verdict = await judge(stage, counters);
    watch.stop();
    await masters.stop();
    await cloud.stop();
    const left = await leftovers(stage);
    const chaos = report(stage, { kills, verdict, left, jobs });
    kept = chaos.violations.length > 0;
    return chaos;
  } finally {
    if (stage !== undefined) await abandon(stage);
    if (kept) {
      await world.killEverything();
      say(`state and journals are kept in ${world.state}`);
    } else await world[Symbol.asyncDispose]();
  }
}

/** Nothing of it starts anything any more, however it ended. */
async function abandon({ watch, masters, operators, outages }: Stage): Promise<void> {
  watch.stop();
  masters.abandon();
  operators.abandon();
  await outages.isBack().catch(() => undefined);
}

interface Outcome {
  readonly kills: readonly Kill[];
  readonly verdict: Verdict;
  readonly left: readonly string[];
  readonly jobs: number;
}

function report(stage: Stage, { kills, verdict, left, jobs }: Outcome): Chaos {
  const { world, outages, operators, masters, watch, say } = stage;
  const history = readHistory(world.state);
  const ofJobs = jobRepairs(history, kills);
  const ofLeaders = leaderRepairs(history, kills);
  const requeued = apart(requeues(history, kills), disturbedBy(outages, ofLeaders));
  const recovery = apart(ofJobs, disturbedBy(outages, ofLeaders));
  const failover = apart(ofLeaders, disturbedBy(outages, []));
  const doubled = [...verdict.doubled, ...committedTwice(history)];
  const { falseExpiries, forgotten } = expiries(stage, history);
  for (const line of falseExpiries) say(`a lease was reaped whose worker was alive: ${line}`);
  const killed = Object.fromEntries([...Map.groupBy(kills, ({ kind }) => kind)].map(([kind, of]) => [kind, of.length]));
  return {
    figures: {
      kills: kills.length,
      killed,
      jobs,
      rows: verdict.rows,
      exact: verdict.exact,
      lost: verdict.lost.length,
      doubled: doubled.length,
      zombies: watch.zombies.length,
      falseExpiries: falseExpiries.length,
      forgottenClaims: forgotten,
      requeuedMs: requeued.inPeace,
      requeuedAmidOutageMs: requeued.amidOther,
      recoveryMs: recovery.inPeace,
      recoveryAmidOutageMs: recovery.amidOther,
      failoverMs: failover.inPeace,
      failoverAmidOutageMs: failover.amidOther,
      awsAwayMs: spreadOf(outages.lengthsMs()),
      submissionsCut: operators.cut,
      left: left.length,
    },
    violations: [
      ...(verdict.exact === jobs ? [] : verdict.problems),
      ...verdict.lost.map((what) => `lost: ${what}`),
      ...doubled.map((what) => `doubled: ${what}`),
      ...watch.zombies.map((id) => `instance ${id} went on without a worker`),
      ...left.map((what) => `left: ${what}`),
      ...masters.crashes,
      ...history.damaged.map((what) => `a journal is damaged: ${what}`),
    ],
  };
}

/**
 * Leases that the leader took from workers that lived. A claim whose answer was lost is no such: there the worker lives,
 * and does not know that it holds the job.
 */
function expiries(
  { watch, outages }: Stage,
  { recoveries }: History,
): { readonly falseExpiries: readonly string[]; readonly forgotten: number } {
  const alive = recoveries.filter(({ outcome, from, at }) => outcome === 'requeued' && watch.livedAfter(from, at));
  const falsely = alive.filter(({ cause }) => cause !== 'controller');
  return {
    falseExpiries: falsely.map(({ at, jobId, from, cause }) => {
      const amid = outages.touch(at - 20_000, at) ? ', AWS was away shortly before' : '';
      return `job ${jobId} of ${from}, cause ${cause}, at ${new Date(at).toISOString()}${amid}`;
    }),
    forgotten: alive.length - falsely.length,
  };
}
