import fs from 'node:fs';
import path from 'node:path';
import type { EngineEvent, EventOf } from '../../src/engine/model/event.ts';
import { isLeased, type JobRow } from '../../src/engine/model/job.ts';
import { readJournal } from '../../src/engine/run/journal.ts';
import type { Kill } from './kills.ts';
import type { Outages } from './outages.ts';

/** What all masters together saw and did. */
export interface History {
  /** Every state of a job that a master saw, by job, oldest first. */
  readonly rows: ReadonlyMap<string, readonly JobRow[]>;
  readonly elections: readonly EventOf<'leader.elected'>[];
  readonly recoveries: readonly EventOf<'job.recovered'>[];
  /** Journals with lines that cannot be read, other than a torn last one. */
  readonly damaged: readonly string[];
}

export function readHistory(stateFolder: string): History {
  const folder = path.join(stateFolder, 'cbas', 'journal');
  const events: EngineEvent[] = [];
  const damaged: string[] = [];
  for (const name of fs.readdirSync(folder).filter((file) => file.startsWith('m-'))) {
    const journal = readJournal(fs.readFileSync(path.join(folder, name), 'utf8'));
    for (const event of journal.events) events.push(event);
    if (journal.damaged.length > 0) damaged.push(`${name}: lines ${journal.damaged.join(', ')}`);
  }
  const byJob = new Map<string, Map<number, JobRow>>();
  for (const event of events)
    if (event.kind === 'jobs.observed')
      for (const row of event.rows)
        byJob.set(row.id, (byJob.get(row.id) ?? new Map<number, JobRow>()).set(row.rev, row));
  return {
    rows: new Map([...byJob].map(([id, rows]) => [id, [...rows.values()].sort((a, b) => a.rev - b.rev)])),
    elections: events.filter((event) => event.kind === 'leader.elected').sort((a, b) => a.at - b.at),
    recoveries: events.filter((event) => event.kind === 'job.recovered'),
    damaged,
  };
}

/** From a kill to what made up for it. */
export interface Repair {
  readonly from: number;
  readonly until: number;
}

/** From a worker's death to the claim of each of its jobs elsewhere. A claim that no master saw counts from its start. */
export function jobRepairs({ rows }: History, kills: readonly Kill[]): readonly Repair[] {
  return kills.flatMap(({ at, instanceId }) =>
    [...rows.values()].flatMap((states): readonly Repair[] => {
      const before = heldBy(states, { instanceId, at });
      const next = states.find((row) => before !== undefined && row.epoch > before.epoch && isLeased(row.state));
      return next === undefined ? [] : [{ from: at, until: next.changedAt }];
    }),
  );
}

/** From a worker's death to the moment from which its jobs may be claimed again. */
export function requeues({ rows }: History, kills: readonly Kill[]): readonly Repair[] {
  return kills.flatMap(({ at, instanceId }) =>
    [...rows.values()].flatMap((states): readonly Repair[] => {
      const before = heldBy(states, { instanceId, at });
      const next = states.find(
        ({ rev, epoch, state }) =>
          before !== undefined && rev > before.rev && epoch === before.epoch && state === 'RUNNABLE',
      );
      return next === undefined ? [] : [{ from: at, until: next.changedAt }];
    }),
  );
}

/** A job's state at a moment, if that worker held it. */
function heldBy(states: readonly JobRow[], { instanceId, at }: Pick<Kill, 'instanceId' | 'at'>): JobRow | undefined {
  const row = states.findLast(({ changedAt }) => changedAt <= at);
  return row !== undefined && isLeased(row.state) && row.leaseOwner === instanceId ? row : undefined;
}

/** From a leader's death to the next one's election. */
export function leaderRepairs({ elections }: History, kills: readonly Kill[]): readonly Repair[] {
  return kills.flatMap(({ at, epoch }) => {
    if (epoch === undefined) return [];
    const next = elections.find((election) => election.epoch > epoch);
    return next === undefined ? [] : [{ from: at, until: next.at }];
  });
}

/** Jobs that were committed more than once: the book would have to choose. */
export function committedTwice({ rows }: History): readonly string[] {
  return [...rows].flatMap(([id, states]) =>
    new Set(states.filter(({ state }) => state === 'SUCCEEDED').map(({ rev }) => rev)).size > 1 ? [id] : [],
  );
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Nearest rank; undefined of nothing. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.map(Math.round).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const rank = (pct: number): number => sorted[Math.max(0, Math.ceil((pct / 100) * sorted.length) - 1)] ?? 0;
  return { count: sorted.length, p50: rank(50), p95: rank(95), max: rank(100) };
}

/** Repairs in peace, and those while which something else was away. */
export function apart(
  repairs: readonly Repair[],
  isDisturbed: (repair: Repair) => boolean,
): { readonly inPeace: Spread | undefined; readonly amidOther: Spread | undefined } {
  const lengths = (of: readonly Repair[]): readonly number[] => of.map(({ from, until }) => until - from);
  return {
    inPeace: spreadOf(lengths(repairs.filter((repair) => !isDisturbed(repair)))),
    amidOther: spreadOf(lengths(repairs.filter(isDisturbed))),
  };
}

/** Whether AWS, or for a job the leader, was away meanwhile. */
export function disturbedBy(outages: Outages, others: readonly Repair[]): (repair: Repair) => boolean {
  return ({ from, until }) =>
    outages.touch(from, until) || others.some((other) => other.from < until && other.until > from);
}
