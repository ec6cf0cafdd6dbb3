import { hasLeader } from '../decide/has-leader.ts';
import type { Source } from '../model/event.ts';
import { describeFault } from '../model/fault.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { MINUTE_MS, type EpochMs } from '../model/units.ts';
import { fleetOf } from './fleet.ts';

/** Something that will not get better by itself. */
export interface Need {
  readonly level: 'broken' | 'attention';
  readonly sentence: string;
  /** Since when; 0 when that is not known. */
  readonly since: EpochMs;
  /** The key that looks at it or acts on it, and its word; empty when there is none. */
  readonly key: string;
}

/** A loud line stays in the verdict for this long; after that it is history, on the Overview's list. */
const LOUD_MS = 10 * MINUTE_MS;
/** One slow poll is no news: a source counts as failing from here. */
const FAILURES_SHOWN = 2;

/** Who needs somebody, and for what: the worst first. Empty is the best line of the console. */
export function needsOf(snapshot: Snapshot, now: EpochMs): readonly Need[] {
  const needs = [
    ...faultNeeds(snapshot),
    ...masterNeed(snapshot, now),
    ...failedNeed(snapshot),
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
    const sentence = `${source as Source} not read: ${describeFault(health.fault)}`;
    return [{ level: 'broken', sentence, since: health.observedAt, key: '' }];
  });
}

function masterNeed(snapshot: Snapshot, now: EpochMs): readonly Need[] {
  // Before the first answer nothing is known, and nothing is claimed.
  if (snapshot.deployment === undefined || hasLeader(snapshot, now)) return [];
  const sentence = 'no master: nothing is launched or recovered';
  return [{ level: 'broken', sentence, since: snapshot.leader?.until ?? 0, key: 'M start' }];
}

function failedNeed(snapshot: Snapshot): readonly Need[] {
  const failed = snapshot.jobCounts.FAILED;
  if (failed === 0) return [];
  return [{ level: 'broken', sentence: `${failed} ${failed === 1 ? 'job' : 'jobs'} failed`, since: 0, key: 'R retry' }];
}

/** Somebody ended everything: who submits meanwhile is refused. */
function closedNeed({ settings }: Snapshot): readonly Need[] {
  if (settings.accepting) return [];
  const sentence = 'no job is accepted: cbas release --all opens submission';
  return [{ level: 'attention', sentence, since: 0, key: '' }];
}

/** Work waits, and nobody was asked to do it. */
function idleNeed(snapshot: Snapshot): readonly Need[] {
  const waiting = snapshot.jobCounts.RUNNABLE;
  if (waiting === 0 || snapshot.settings.targetWorkers > 0 || fleetOf(snapshot).length > 0) return [];
  return [
    { level: 'attention', sentence: `${waiting} jobs wait and no worker is asked for`, since: 0, key: 'L launch' },
  ];
}

function deadLetterNeed(snapshot: Snapshot): readonly Need[] {
  const depths = Object.entries(snapshot.pulse?.queueDepths ?? {});
  const dead = depths.filter(([queue]) => /dead|dlq/.test(queue)).reduce((sum, [, depth]) => sum + depth, 0);
  return dead === 0 ? [] : [{ level: 'attention', sentence: `${dead} dead letters`, since: 0, key: '' }];
}

function loudNotables(snapshot: Snapshot, now: EpochMs): readonly Need[] {
  const newest = new Map<string, Need>();
  for (const notable of snapshot.notables) {
    if (notable.level !== 'attention' || now - notable.at > LOUD_MS) continue;
    newest.set(notable.group || notable.sentence, {
      level: 'attention',
      sentence: notable.sentence,
      since: notable.at,
      key: '',
    });
  }
  return [...newest.values()].reverse();
}
