import { JOB_STATES, type JobRow, type JobState } from '../../src/engine/model/job.ts';
import type { Rng } from '../../src/engine/model/rng.ts';
import { upsertRows } from '../../src/engine/model/rows.ts';
import type { Notable, Snapshot } from '../../src/engine/model/snapshot.ts';
import { makeJob, POOLS, workerId } from './snapshots.ts';

const NOTABLES_MAX = 200;
/** Of which as many are alive as a deployment has that runs for days. */
const JOBS_MAX = 4_000;

/**
 * The snapshot a moment later: jobs that move on, new ones, workers that come and go, a price, a line for the Overview. Sources
 * are fresh or late; counts stay the sums of the rows.
 */
export function churned(
  snapshot: Snapshot,
  rng: Rng,
  change: { readonly at: number; readonly rows: number },
): Snapshot {
  const { at } = change;
  const counts: Record<JobState, number> = { ...snapshot.jobCounts };
  const changed = new Map<string, JobRow>();
  for (let row = 0; row < change.rows; row++) {
    const isNew = snapshot.jobs.length + row < JOBS_MAX && rng.below(10) === 0;
    const old = isNew ? undefined : snapshot.jobs.at(rng.below(snapshot.jobs.length));
    const before = old === undefined ? undefined : (changed.get(old.id) ?? old);
    const next = moved(before ?? makeJob(snapshot.jobs.length + row, { submittedAt: at }), rng, at);
    if (before !== undefined) counts[before.state]--;
    counts[next.state]++;
    changed.set(next.id, next);
  }
  const workers = [...snapshot.workers].filter(() => rng.below(20) === 0).map((worker) => ({
    ...worker,
    state: (['IDLE', 'BUSY', 'INTERRUPTED', 'TERMINATED', 'BOOTING'] as const)[rng.below(5)] ?? 'IDLE',
    rev: worker.rev + 1,
    changedAt: at,
  })); // prettier-ignore
  return {
    ...snapshot,
    at,
    seq: snapshot.seq + 1,
    jobs: upsertRows(snapshot.jobs, changed.values()),
    jobCounts: counts,
    workers: upsertRows(snapshot.workers, workers),
    notables: rng.below(8) === 0 ? [...snapshot.notables, notable(rng, at)].slice(-NOTABLES_MAX) : snapshot.notables,
    sources: {
      ...snapshot.sources,
      jobs: { observedAt: at - rng.below(20_000), fault: undefined, retryAt: 0, failures: 0 },
    },
    ...(snapshot.leader && { leader: { ...snapshot.leader, until: at + 9_000 - rng.below(12_000) } }),
    ...(snapshot.pulse && { pulse: { ...snapshot.pulse, at: at - 1_000, spendUsdPerHour: rng.next() } }),
  };
}

function moved(job: JobRow, rng: Rng, at: number): JobRow {
  const state = JOB_STATES[rng.below(JOB_STATES.length)] ?? 'RUNNABLE';
  const isLeased = ['STARTING', 'RUNNING', 'INTERRUPTING'].includes(state);
  const hasEnded = ['SUCCEEDED', 'FAILED', 'KILLED'].includes(state);
  return {
    ...job,
    state,
    rev: job.rev + 1,
    changedAt: at,
    epoch: job.epoch + 1,
    leaseOwner: isLeased ? workerId(rng.below(6)) : '',
    startedAt: job.startedAt || at,
    endedAt: hasEnded ? at : 0,
    reason: { code: 'running', since: at, detail: `moved by ${rng.below(1_000)}`, next: '' },
    tally: { ...job.tally, costUsd: job.tally.costUsd + rng.next() / 100 },
  };
}

function notable(rng: Rng, at: number): Notable {
  const pool = POOLS[rng.below(POOLS.length)] ?? POOLS[0];
  const count = 1 + rng.below(30);
  return { at, sentence: `${pool} took ${count} workers back`, level: 'handled', group: pool, count };
}
