import { hasLeader } from '../decide/has-leader.ts';
import { isOfServiceAway } from '../model/calls.ts';
import type { Source } from '../model/event.ts';
import { describeFault } from '../model/fault.ts';
import { isLeased } from '../model/job.ts';
import type { Notable, Snapshot } from '../model/snapshot.ts';
import { MINUTE_MS, type EpochMs } from '../model/units.ts';
import { type ServiceTrouble, serviceTroubles } from './calls.ts';
import { deniedOf, deniedSentence } from './denied.ts';
import { fleetOf } from './fleet.ts';
import { unfitJob, unfitJobs } from './notice-fit.ts';
import { waysToReach } from './reach.ts';

/** Something that will not get better by itself. */
export interface Need {
  /** The same while nothing has changed about it: what an operator acknowledges. One more of its kind is another. */
  readonly id: string;
  readonly level: 'broken' | 'attention';
  readonly sentence: string;
  /** Since when; 0 when that is not known. */
  readonly since: EpochMs;
  /** The key that looks at it or acts on it, and its word; empty when there is none. */
  readonly key: string;
  /** Workers or jobs that it is about. */
  readonly about?: readonly string[];
}

/** A loud line stays in the verdict for this long; after that it is history, on the Overview's list. */
const LOUD_MS = 10 * MINUTE_MS;
/** One slow poll is no news: a source counts as failing from here. */
const FAILURES_SHOWN = 2;
/** A master that should be gone by now is told of for so long: a console there has seldom more. */
const LEFT_SHOWN_MS = 10_000;

/** Where a need is looked into that no other screen shows. */
const DOCTOR = '0 doctor';
/** Lines about jobs that failed: told with their number, and not once more by themselves. */
export const FAILED_GROUP = 'jobs.failed';

/** Who needs somebody, and for what: the worst first. Empty is the best line of the console. */
export function needsOf(snapshot: Snapshot, now: EpochMs): readonly Need[] {
  const needs = [
    ...serviceTroubles(snapshot, now).map(serviceNeed),
    ...faultNeeds(snapshot),
    ...masterNeed(snapshot, now),
    ...leavingNeed(snapshot, now),
    ...failedNeed(snapshot),
    ...deadlineNeed(snapshot),
    ...unfitNeed(snapshot),
    ...closedNeed(snapshot),
    ...idleNeed(snapshot),
    ...deadLetterNeed(snapshot),
    ...loudNotables(snapshot, now),
  ];
  return needs.sort((a, b) => rank(a) - rank(b));
}

function rank(need: Need): number {
  return need.level === 'broken' ? 0 : 1;
}

function faultNeeds(snapshot: Snapshot): readonly Need[] {
  return Object.entries(snapshot.sources).flatMap(([source, health]): readonly Need[] => {
    if (health?.fault === undefined || health.failures < FAILURES_SHOWN) return [];
    // Told once for the service, and not for each of the sources that are read from it.
    if (isOfServiceAway(snapshot.calls, health.fault)) return [];
    const denied = deniedOf(snapshot, source as Source);
    const sentence =
      denied === undefined ? `${source as Source} not read: ${describeFault(health.fault)}` : deniedSentence(denied);
    return [{ id: `source:${source}`, level: 'broken', sentence, since: health.observedAt, key: DOCTOR }];
  });
}

function masterNeed(snapshot: Snapshot, now: EpochMs): readonly Need[] {
  // Before the first answer nothing is known, and nothing is claimed.
  if (snapshot.deployment === undefined || hasLeader(snapshot, now) || !isLeaseRead(snapshot)) return [];
  const sentence = 'no master: nothing is launched or recovered';
  return [{ id: 'master', level: 'broken', sentence, since: snapshot.leader?.until ?? 0, key: 'M start' }];
}

/** The machine of a master goes, and with it whoever looks at this there: where to go on. */
function leavingNeed(snapshot: Snapshot, now: EpochMs): readonly Need[] {
  const { leaving, leader, deployment } = snapshot;
  const takeAt = leaving?.takeAt ?? 0;
  if (leaving === undefined || deployment === undefined || takeAt + LEFT_SHOWN_MS < now) return [];
  const where = leaving.about?.instanceId ?? leaving.about?.host ?? leaving.id;
  const inS = Math.max(0, Math.ceil((takeAt - now) / 1_000));
  const next =
    leader === undefined || leader.id === leaving.id
      ? 'no other leads yet: cbas where'
      : `${leader.id} leads: ${waysToReach(leader, deployment)[0]?.command ?? 'cbas where'}`;
  const sentence = `EC2 takes the master ${where} back in ${inS} s; ${next}`;
  return [{ id: `leaving:${leaving.id}`, level: 'attention', sentence, since: takeAt, key: '6 masters' }];
}

/** false: the lease was not over yet when it was last read; it may have been renewed since, and nobody could tell us. */
export function isLeaseRead({ sources, leader }: Snapshot): boolean {
  return leader === undefined || (sources.misc?.observedAt ?? 0) >= leader.until;
}

function serviceNeed({ service, who, kind, answeredAt, faultSharePct, mostly }: ServiceTrouble): Need {
  const whose = who === 'us' ? service : `the leader's ${service}`;
  const sentence =
    kind === 'away'
      ? `${whose} does not answer${who === 'us' ? ': shown is what was known last' : ''}`
      : `${whose}: ${Math.round(faultSharePct)}% of calls fail${mostly === undefined ? '' : `, mostly ${mostly}`}`;
  const level = kind === 'away' && who === 'us' ? 'broken' : 'attention';
  return {
    id: `service:${who}:${service}:${kind}`,
    level,
    sentence,
    since: kind === 'away' ? answeredAt : 0,
    key: DOCTOR,
  };
}

function failedNeed(snapshot: Snapshot): readonly Need[] {
  const failed = snapshot.jobCounts.FAILED;
  if (failed === 0) return [];
  const newest = snapshot.notables.findLast(({ group }) => group === FAILED_GROUP);
  const why = newest === undefined ? '' : `: ${newest.sentence.replace(/^.*?(failed; last | failed: )/, '')}`;
  const sentence = `${failed} ${failed === 1 ? 'job' : 'jobs'} failed${why}`;
  const about = newest?.about;
  return [{ id: `failed:${failed}`, level: 'broken', sentence, since: newest?.at ?? 0, key: 'R retry', ...(about && { about }) }]; // prettier-ignore
}

/** As the leader tells it: what it could not, or may not, rescue. */
function deadlineNeed({ pulse }: Snapshot): readonly Need[] {
  const atRisk = pulse?.deadlines.atRisk ?? 0;
  if (atRisk === 0) return [];
  const sentence = `${atRisk} ${atRisk === 1 ? 'deadline' : 'deadlines'} at risk`;
  return [{ id: `deadlines:${atRisk}`, level: 'attention', sentence, since: 0, key: 'f which' }];
}

/** Jobs on spot that cannot be saved once their notice has come: they live by their periodic checkpoints. */
function unfitNeed(snapshot: Snapshot): readonly Need[] {
  const unfit = unfitJobs(snapshot)
    .filter(({ state, leaseOwner }) => isLeased(state) && snapshot.workers.get(leaseOwner)?.lifecycle === 'spot')
    .map((job) => ({ id: job.id, name: job.name || job.id, why: unfitJob(snapshot, job) ?? '' }));
  const [first] = unfit;
  if (first === undefined) return [];
  const others = unfit.length === 1 ? '' : `; ${unfit.length - 1} more like it`;
  const sentence = `${first.name}'s checkpoint in a notice ${first.why}${others}`;
  const about = unfit.map(({ id }) => id);
  return [{ id: `unfit:${about.length}:${first.id}`, level: 'attention', sentence, since: 0, key: '', about }];
}

/** Somebody ended everything: who submits meanwhile is refused. */
function closedNeed({ settings }: Snapshot): readonly Need[] {
  if (settings.accepting) return [];
  const sentence = 'no job is accepted: cbas release --all opens submission';
  return [{ id: 'closed', level: 'attention', sentence, since: 0, key: '' }];
}

/** Work waits, and nobody was asked to do it. */
function idleNeed(snapshot: Snapshot): readonly Need[] {
  const waiting = snapshot.jobCounts.RUNNABLE;
  if (waiting === 0 || snapshot.settings.targetWorkers > 0 || fleetOf(snapshot).length > 0) return [];
  return [
    {
      id: 'idle',
      level: 'attention',
      sentence: `${waiting} jobs wait and no worker is asked for`,
      since: 0,
      key: 'L launch',
    },
  ];
}

/** In all dead-letter queues; undefined while no leader has told. */
export function deadLetters({ pulse }: Pick<Snapshot, 'pulse'>): number | undefined {
  if (pulse === undefined) return undefined;
  const depths = Object.entries(pulse.queueDepths).filter(([queue]) => queue.endsWith('-dead'));
  return depths.reduce((sum, [, depth]) => sum + depth, 0);
}

function deadLetterNeed(snapshot: Snapshot): readonly Need[] {
  const dead = deadLetters(snapshot) ?? 0;
  const sentence = `${dead} dead ${dead === 1 ? 'letter' : 'letters'}, see: cbas deadletters`;
  return dead === 0 ? [] : [{ id: `dead:${dead}`, level: 'attention', sentence, since: 0, key: DOCTOR }];
}

function loudNotables(snapshot: Snapshot, now: EpochMs): readonly Need[] {
  const newest = new Map<string, Need>();
  for (const notable of snapshot.notables) {
    if (!isLoud(notable, snapshot, now)) continue;
    newest.set(notable.group || notable.sentence, {
      id: `line:${notable.group || notable.sentence}:${notable.count}`,
      level: 'attention',
      sentence: notable.sentence,
      since: notable.at,
      key: '7 incidents',
      ...(notable.about && { about: notable.about }),
    });
  }
  return [...newest.values()].reverse();
}

/** A line that is told as a need: it asks for somebody, is not old, and no other need tells the same. */
export function isLoud(notable: Notable, { jobCounts }: Pick<Snapshot, 'jobCounts'>, now: EpochMs): boolean {
  if (notable.level !== 'attention' || now - notable.at > LOUD_MS) return false;
  return notable.group !== FAILED_GROUP || jobCounts.FAILED === 0;
}
