import type { Intent } from '../model/command.ts';
import type { Leader, UnknownMessages } from '../model/deployment.ts';
import type { EngineEvent, EventOf, Source } from '../model/event.ts';
import type { SourceHealth } from '../model/fault.ts';
import { rowsFrom, upsertRows } from '../model/rows.ts';
import { INTENTS_MAX, type Snapshot } from '../model/snapshot.ts';
import type { SeenInstance } from '../model/worker.ts';
import { noteRights } from './read-only.ts';
import { noteAct, noteFault, noteLeader, noteLines, noteRebalances, noteServices } from './notables.ts';
import { reduceJobs } from './reduce-jobs.ts';
import { reduceLaunch, reducePrices } from './reduce-market.ts';
import { reduceWorkers } from './reduce-workers.ts';

/**
 * The fold. Pure, total, and the only way a snapshot comes to be: what a process shows, replays or decides on is this
 * function over its journal. Duplicates and late rows change nothing: the larger `rev` wins, whatever the order.
 */
export function reduce(snapshot: Snapshot, event: EngineEvent): Snapshot {
  const next = apply(snapshot, event);
  return { ...next, at: Math.max(snapshot.at, event.at), seq: snapshot.seq + 1 };
}

function apply(snapshot: Snapshot, event: EngineEvent): Snapshot {
  switch (event.kind) {
    case 'deployment.observed':
      return {
        ...snapshot,
        deployment: event.deployment,
        types: { ...snapshot.types, ...Object.fromEntries(event.types.map((type) => [type.type, type])) },
      };
    case 'settings.observed':
      return event.settings.rev > snapshot.settings.rev
        ? noteAct({ ...snapshot, settings: event.settings }, snapshot.settings, event.at)
        : snapshot;
    case 'jobs.observed':
      return reduceJobs(snapshot, event.rows, event.at);
    case 'live.observed':
      return { ...snapshot, live: Object.fromEntries(event.rows.map((row) => [row.id, row])) };
    case 'workers.observed':
      return reduceWorkers(snapshot, event.rows, event.at);
    case 'instances.observed':
      // The list is whole: what EC2 no longer tells of is no longer there.
      return { ...snapshot, instances: rowsFrom(seen(snapshot, event)) };
    case 'intents.observed':
      return reduceIntents(snapshot, event.rows);
    case 'prices.observed':
      return reducePrices(snapshot, event.points);
    case 'launch.answered':
      return reduceLaunch(snapshot, event);
    case 'leader.observed':
      return noteLeader({ ...snapshot, ...withLeader(snapshot, event.leader) }, snapshot.leader, event.at);
    case 'pulse.observed':
      return event.pulse.at >= (snapshot.pulse?.at ?? 0)
        ? noteRebalances({ ...snapshot, pulse: event.pulse }, snapshot.pulse)
        : snapshot;
    case 'pings.received':
      return { ...snapshot, pingAt: newestOf(snapshot.pingAt, event.pings) };
    case 'rebalances.received':
      return { ...snapshot, rebalanceAt: newestOf(snapshot.rebalanceAt, event.recommendations) };
    case 'notices.received':
      return {
        ...snapshot,
        notices: {
          ...snapshot.notices,
          ...Object.fromEntries(event.notices.map(({ workerId, notice }) => [workerId, notice])),
        },
      };
    case 'messages.unknown':
      return { ...snapshot, unknownMessages: withUnknown(snapshot.unknownMessages, event) };
    case 'deadletters.observed':
      return { ...snapshot, deadLetters: { ...snapshot.deadLetters, [event.queue]: event.depth } };
    case 'rights.observed':
      return noteRights({ ...snapshot, missingRight: event.missing }, event);
    case 'push.observed':
      return { ...snapshot, push: event.push };
    case 'calls.observed':
      return noteServices({ ...snapshot, calls: event.calls }, snapshot.calls, event.at);
    case 'poll.failed':
      return noteFault(withSource(snapshot, event.source, { fault: event.fault, retryAt: event.retryAt }), event);
    case 'poll.answered':
      return withSource(snapshot, event.source, { observedAt: event.at });
    case 'decision.made':
      return {
        ...snapshot,
        decisions: {
          ...snapshot.decisions,
          [`${event.decision.topic}:${event.decision.about}`]: { ...event.decision, at: event.at },
        },
      };
    default:
      return noteLines(snapshot, event);
  }
}

/** Settled intents beyond the limit fall off the screen's memory; the table keeps all of them. */
function reduceIntents(snapshot: Snapshot, rows: readonly Intent[]): Snapshot {
  const intents = upsertRows(snapshot.intents, rows);
  if (intents.length <= INTENTS_MAX * 2) return { ...snapshot, intents };
  const oldestKept = intents.length - INTENTS_MAX;
  return {
    ...snapshot,
    intents: rowsFrom(
      [...intents].filter(({ state }, position) => state === 'OPEN' || state === 'STARTED' || position >= oldestKept),
    ),
  };
}

/** A leader that goes is remembered: who works on its machine is to hear where the next one is. */
function withLeader({ leaving }: Snapshot, leader: Leader | undefined): Pick<Snapshot, 'leader' | 'leaving'> {
  return { leader, leaving: leader?.takeAt === undefined ? leaving : leader };
}

function withUnknown(known: UnknownMessages, { at, source, what }: EventOf<'messages.unknown'>): UnknownMessages {
  const newest = what.at(-1);
  return newest === undefined ? known : { count: known.count + what.length, at, source, what: newest };
}

function newestOf(
  known: Readonly<Record<string, number>>,
  news: readonly { readonly workerId: string; readonly at: number }[],
): Readonly<Record<string, number>> {
  const newest: Record<string, number> = { ...known };
  for (const { workerId, at } of news) newest[workerId] = Math.max(newest[workerId] ?? 0, at);
  return newest;
}

function withSource(
  snapshot: Snapshot,
  source: Source,
  news: Partial<Pick<SourceHealth, 'observedAt' | 'fault' | 'retryAt'>>,
): Snapshot {
  const before = snapshot.sources[source] ?? { observedAt: 0, fault: undefined, retryAt: 0, failures: 0 };
  const health: SourceHealth =
    news.fault === undefined
      ? { observedAt: news.observedAt ?? before.observedAt, fault: undefined, retryAt: 0, failures: 0 }
      : { ...before, fault: news.fault, retryAt: news.retryAt ?? 0, failures: before.failures + 1 };
  return { ...snapshot, sources: { ...snapshot.sources, [source]: health } };
}

function seen({ instances }: Snapshot, { at, rows }: EventOf<'instances.observed'>): readonly SeenInstance[] {
  return rows.map((row) => {
    const before = instances.get(row.id);
    return { ...row, since: before?.state === row.state ? before.since : at };
  });
}
