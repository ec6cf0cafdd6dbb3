import { ownerSetting, type Settings } from '../model/deployment.ts';
import { JOB } from '../model/job-columns.ts';
import { isLeased, type JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';
import { parkJob, readyAgain } from '../protocol/leader-job-writes.ts';
import { readyKey } from '../protocol/job-item.ts';
import { newTurns } from './new-turns.ts';
import type { LeaderView, Repair } from './repair.ts';

/** How many jobs an owner may have running; undefined = any number. */
export function maxRunningOf(settings: Pick<Settings, 'owners'>, owner: string): number | undefined {
  return settings.owners === undefined ? undefined : ownerSetting(settings, owner).maxRunning;
}

/** For writes that let a job wait again: when it is parked, where its owner has a quota; else it goes into the index. */
export function parksAt(
  { owner }: Pick<JobRow, 'owner'>,
  settings: Pick<Settings, 'owners'>,
  at: EpochMs,
): EpochMs | undefined {
  return maxRunningOf(settings, owner) === undefined ? undefined : at;
}

/** Positions of an owner's jobs. */
interface Stand {
  /** Under lease, and what counts like it: what lies in the ready index may be claimed at any moment. */
  admitted: number;
  readonly ready: number[];
  readonly parked: number[];
}

function standsOf({ jobs, settings }: Snapshot, now: EpochMs): ReadonlyMap<string, Stand> {
  const stands = new Map<string, Stand>();
  const [stateOf, ownerOf, notBeforeOf, rescueOf] = [jobs.column(JOB.state), jobs.column(JOB.owner), jobs.column(JOB.notBefore), jobs.column(JOB.rescue)]; // prettier-ignore
  for (let at = 0; at < jobs.length; at++) {
    const state = stateOf(at);
    const isRunnable = state === 'RUNNABLE';
    if (!isRunnable && !isLeased(state)) continue;
    const owner = ownerOf(at);
    if (maxRunningOf(settings, owner) === undefined) continue;
    let stand = stands.get(owner);
    if (stand === undefined) stands.set(owner, (stand = { admitted: 0, ready: [], parked: [] }));
    const notBefore = notBeforeOf(at);
    if (isRunnable && notBefore > 0) {
      if (notBefore <= now) stand.parked.push(at);
      continue;
    }
    stand.admitted += 1;
    if (isRunnable && rescueOf(at) === undefined) stand.ready.push(at);
  }
  return stands;
}

/**
 * Who may have only so many jobs running has no more than that in the ready index and under lease together: others wait parked, and are
 * let in as those end, the first in line first. Only a leader lets in, and it counts what it has let in: no claim can pass the limit, and
 * workers know nothing of it. Where a limit was lowered, what lies in the index beyond it is parked, the last in line first; what runs goes on.
 */
export function decideQuota(view: LeaderView): readonly Repair[] {
  const { snapshot, now, leaderEpoch } = view;
  const { jobs, settings } = snapshot;
  if (settings.owners === undefined) return [];
  const readyShards = snapshot.deployment?.readyShards ?? 1;
  const turnFor = newTurns(snapshot);
  const repairs: Repair[] = [];
  for (const [owner, { admitted, ready, parked }] of standsOf(snapshot, now)) {
    const free = (maxRunningOf(settings, owner) ?? Infinity) - admitted;
    if (free > 0 && parked.length > 0)
      for (const job of inLine(parked.map((at) => jobs.at(at))).slice(0, free))
        repairs.push({
          kind: 'job.write',
          jobId: job.id,
          write: readyAgain(job, { at: now, leaderEpoch, readyShards, turn: turnFor(job) }),
        });
    if (free < 0 && ready.length > 0)
      for (const job of inLine(ready.map((at) => jobs.at(at))).slice(free))
        repairs.push({ kind: 'job.write', jobId: job.id, write: parkJob(job, { at: now, leaderEpoch }) });
  }
  return repairs;
}

/** As the ready index has them. */
function inLine(jobs: readonly JobRow[]): readonly JobRow[] {
  return jobs
    .filter(({ desired }) => desired.hold === undefined)
    .map((job) => ({ job, key: readyKey(job) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ job }) => job);
}

/** Jobs that no worker may claim, for their owners' quotas are used up: nobody launches workers for them. */
export function parkedJobs(snapshot: Snapshot, now: EpochMs): number {
  if (snapshot.settings.owners === undefined) return 0;
  let count = 0;
  for (const [owner, { admitted, parked }] of standsOf(snapshot, now)) {
    const free = Math.max(0, (maxRunningOf(snapshot.settings, owner) ?? Infinity) - admitted);
    count += Math.max(0, parked.length - free);
  }
  return count;
}
