import { type Calls, isOfServiceAway, isServiceAway } from '../model/calls.ts';
import type { Leader, Pulse, Settings } from '../model/deployment.ts';
import type { EngineEvent, EventOf } from '../model/event.ts';
import { describeFault } from '../model/fault.ts';
import { type Notable, NOTABLE_ABOUT_MAX, NOTABLES_MAX, type Snapshot } from '../model/snapshot.ts';
import { type DurationMs, MINUTE_MS } from '../model/units.ts';

/** What happens again within this time is told as one line with a count. */
const GROUP_WITHIN_MS = MINUTE_MS;

export interface News {
  readonly at: number;
  readonly group: string;
  readonly level: Notable['level'];
  /** The sentence for so many of them. */
  readonly say: (count: number) => string;
  readonly count?: number;
  /** Worker or job that it is about. */
  readonly about?: string;
  readonly lostMs?: DurationMs;
}

/** Adds a line to the Overview, or counts it into the line that tells the same. */
export function note(snapshot: Snapshot, news: News): Snapshot {
  const { at, group, level, say, count = 1 } = news;
  const position = snapshot.notables.findLastIndex((line) => line.group === group && at - line.at <= GROUP_WITHIN_MS);
  const before = snapshot.notables[position];
  const total = (before?.count ?? 0) + count;
  const about = [...(before?.about ?? []), ...(news.about === undefined ? [] : [news.about])];
  const lostMs = (before?.lostMs ?? 0) + Math.max(0, news.lostMs ?? 0);
  const line: Notable = {
    at,
    group,
    level,
    count: total,
    sentence: say(total),
    since: before?.since ?? before?.at ?? at,
    ...(about.length > 0 && { about: [...new Set(about)].slice(0, NOTABLE_ABOUT_MAX) }),
    ...(lostMs > 0 && { lostMs }),
  };
  const others = before === undefined ? snapshot.notables : snapshot.notables.toSpliced(position, 1);
  return { ...snapshot, notables: [...others, line].slice(-NOTABLES_MAX) };
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What an operator set, told with what it was before. */
export function noteAct(snapshot: Snapshot, before: Settings, at: number): Snapshot {
  const { settings } = snapshot;
  if (before.rev === 0) return snapshot;
  const bids = settings.pools.flatMap((pool) => {
    const old = before.pools.find(({ id }) => id === pool.id);
    return old !== undefined && old.bidUsdPerHour !== pool.bidUsdPerHour
      ? [`bid of ${pool.id} ${old.bidUsdPerHour} -> ${pool.bidUsdPerHour}`]
      : [];
  });
  const target =
    settings.targetWorkers === before.targetWorkers
      ? []
      : [`workers asked for ${before.targetWorkers} -> ${settings.targetWorkers}`];
  const submission =
    settings.accepting === before.accepting ? [] : [settings.accepting ? 'jobs are accepted again' : 'no more jobs are accepted']; // prettier-ignore
  const changes = [...bids, ...target, ...submission];
  if (changes.length === 0) return snapshot;
  return note(snapshot, {
    at,
    group: `settings:${settings.rev}`,
    level: 'act',
    say: () => `${settings.changedBy}: ${changes.join(', ')}`,
  });
}

export function noteLeader(snapshot: Snapshot, before: Leader | undefined, at: number): Snapshot {
  const { leader } = snapshot;
  if (leader === undefined || leader.epoch === (before?.epoch ?? leader.epoch)) return snapshot;
  return note(snapshot, { at, group: `leader:${leader.epoch}`, level: 'handled', say: () => `${leader.id} leads now` });
}

export function noteFault(snapshot: Snapshot, event: EventOf<'poll.failed'>): Snapshot {
  // Told once for the service, when its circuit opened.
  if (isOfServiceAway(snapshot.calls, event.fault)) return snapshot;
  if (event.fault.kind === 'throttled' || (snapshot.sources[event.source]?.failures ?? 0) < 3) return snapshot;
  return note(snapshot, {
    at: event.at,
    group: `fault:${event.source}`,
    level: 'attention',
    say: () => `no news of ${event.source}: ${describeFault(event.fault)}`,
  });
}

/** A service that has gone away, or is back. */
export function noteServices(snapshot: Snapshot, before: Calls, at: number): Snapshot {
  return Object.entries(snapshot.calls).reduce((next, [service, figures]) => {
    const isAway = isServiceAway(figures);
    if (isAway === isServiceAway(before[service])) return next;
    const sentence = isAway ? `${service} does not answer` : `${service} answers again`;
    return note(next, { at, group: `service:${service}:${isAway}`, level: 'handled', say: () => sentence });
  }, snapshot);
}

/** What EC2 recommended since the pulse before, by pool. Before the first pulse nothing is new. */
export function noteRebalances(snapshot: Snapshot, before: Pulse | undefined): Snapshot {
  const { pulse, workers } = snapshot;
  if (before === undefined || pulse === undefined) return snapshot;
  const news = Object.keys(pulse.rebalanceAt).filter((id) => before.rebalanceAt[id] === undefined);
  return news.reduce((next, id) => {
    const pool = workers.get(id)?.pool ?? 'a pool';
    return note(next, {
      at: pulse.at,
      group: `rebalance:${pool}`,
      about: id,
      level: 'handled',
      say: (count) => `EC2 recommends to leave ${pool}: ${plural(count, 'worker')} at higher risk`,
    });
  }, snapshot);
}

/** Events that change nothing but what is told. */
export function noteLines(snapshot: Snapshot, event: EngineEvent): Snapshot {
  switch (event.kind) {
    case 'intent.settled':
      if (event.state === 'DONE') return snapshot;
      return note(snapshot, {
        at: event.at,
        group: `intent:${event.id}`,
        level: 'attention',
        say: () => event.outcome,
      });
    case 'plan.settled': {
      const bad = event.outcomes.filter(({ state }) => state === 'failed' || state === 'conflict');
      const told = bad.length === 0 ? event.title : `${event.title}: ${bad.map(({ detail }) => detail).join(', ')}`;
      return note(snapshot, {
        at: event.at,
        group: `plan:${event.planId}`,
        level: bad.length === 0 ? 'act' : 'attention',
        say: () => told,
      });
    }
    case 'effect.failed':
      if (event.what !== 'audit') return snapshot;
      return note(snapshot, {
        at: event.at,
        group: 'audit',
        level: 'attention',
        say: (count) => `${plural(count, 'line')} missing in the audit: ${describeFault(event.fault)}`,
      });
    default:
      return snapshot;
  }
}
