import type { EngineEvent, Source } from '../model/event.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Item, Prices, TableStore } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import { intentOf } from '../protocol/intent-item.ts';
import { jobLiveOf, jobRowOf } from '../protocol/job-item.ts';
import { leaderOf, MISC, pulseOf, settingsOf } from '../protocol/misc-item.ts';
import { workerRowOf } from '../protocol/worker-item.ts';
import { ChangesReader } from './changes-reader.ts';

/** Prices this far back are read at the start: a chart of a day. The embedded market lives faster: ten minutes of it are a day. */
const PRICE_LOOKBACK_MS = { aws: 24 * 3_600_000, local: 10 * 60_000 } as const;
/** Heartbeat facts are read for at most this many rows: one BatchGetItem. */
export const WATCHED_MAX = 100;

/** One source that is asked again and again: what the pollers of a console and of a leader have in common. */
export interface Observer {
  readonly source: Source;
  readonly everyMs: number;
  readonly poll: () => Promise<readonly EngineEvent[]>;
}

export interface ObserverContext {
  readonly store: TableStore;
  readonly prices: Prices;
  readonly deployment: Deployment;
  readonly snapshot: () => Snapshot;
  readonly now: () => EpochMs;
  /** For pages that should be shown before the poll is over. */
  readonly dispatch: (events: readonly EngineEvent[]) => void;
}

/** A writer takes its time before it writes, and its call may last as long as AWS's patience: clocks are not all that differs. */
const LATE_WRITE_MS = 5_000;

function changesMarginMs({ timings }: Deployment): DurationMs {
  return timings.skewMarginMs + LATE_WRITE_MS;
}

/** Rows that the snapshot does not hold already: a sweep reads everything again, and the journal need not. */
function news<Row extends { readonly id: string; readonly rev: number; readonly changedAt: EpochMs }>(
  rows: readonly Row[],
  held: { get(id: string): Row | undefined },
): readonly Row[] {
  return rows.filter(({ id, rev, changedAt }) => {
    const before = held.get(id);
    return before === undefined || before.rev !== rev || before.changedAt !== changedAt;
  });
}

function known<T>(values: readonly (T | undefined)[]): readonly T[] {
  return values.filter((value): value is T => value !== undefined);
}

export function observeJobs(context: ObserverContext): Observer {
  const { store, deployment, snapshot, now, dispatch } = context;
  const reader = new ChangesReader(
    {
      store,
      table: 'jobs',
      shards: deployment.shards,
      marginMs: changesMarginMs(deployment),
      sweepMs: deployment.timings.sweepMs,
    },
    now(),
  );
  return {
    source: 'jobs',
    everyMs: deployment.timings.changesPollMs,
    poll: async () => {
      await reader.read(now(), (items) => {
        const rows = news(known(items.map(jobRowOf)), snapshot().jobs);
        if (rows.length > 0) dispatch([{ kind: 'jobs.observed', at: now(), rows }]);
      });
      return [];
    },
  };
}

export function observeWorkers(context: ObserverContext): Observer {
  const { store, deployment, snapshot, now, dispatch } = context;
  const reader = new ChangesReader(
    {
      store,
      table: 'workers',
      shards: deployment.shards,
      marginMs: changesMarginMs(deployment),
      sweepMs: deployment.timings.sweepMs,
    },
    now(),
  );
  return {
    source: 'workers',
    everyMs: deployment.timings.changesPollMs,
    poll: async () => {
      await reader.read(now(), (items) => {
        const rows = news(known(items.map(workerRowOf)), snapshot().workers);
        if (rows.length > 0) dispatch([{ kind: 'workers.observed', at: now(), rows }]);
      });
      return [];
    },
  };
}

/** Settings, leader and pulse: three items, one read. */
export function observeMisc(context: ObserverContext): Observer {
  const { store, deployment, snapshot, now } = context;
  return {
    source: 'misc',
    everyMs: Math.min(deployment.timings.pulseMs, deployment.timings.changesPollMs * 2),
    poll: async () => {
      const items = await store.batchGet('misc', [MISC.settings, MISC.leader, MISC.pulse]);
      const named = (name: string): Item | undefined => items.find((item) => item['name'] === name);
      const pulse = pulseOf(named(MISC.pulse));
      const settings = settingsOf(named(MISC.settings));
      const before = snapshot();
      return [
        ...(settings.rev === before.settings.rev ? [] : [{ kind: 'settings.observed' as const, at: now(), settings }]),
        { kind: 'leader.observed', at: now(), leader: leaderOf(named(MISC.leader)) },
        ...(pulse === undefined || pulse.at === before.pulse?.at
          ? []
          : [{ kind: 'pulse.observed' as const, at: now(), pulse }]),
      ];
    },
  };
}

/** Open intents through the sparse index, and those that we knew as open, to learn what became of them. */
export function observeIntents(context: ObserverContext): Observer {
  const { store, deployment, snapshot, now } = context;
  return {
    source: 'intents',
    everyMs: deployment.timings.changesPollMs,
    poll: async () => {
      const { items } = await store.query({
        table: 'intents',
        index: 'open',
        hash: { attribute: 'open', value: 'yes' },
        limit: 100,
      });
      const open = known(items.map(intentOf));
      const ids = new Set(open.map(({ id }) => id));
      const closing = [...snapshot().intents]
        .filter(({ id, state }) => (state === 'OPEN' || state === 'STARTED') && !ids.has(id))
        .map(({ id }) => id);
      const closed = closing.length === 0 ? [] : known((await store.batchGet('intents', closing)).map(intentOf));
      const rows = [...open, ...closed].filter((row) => snapshot().intents.get(row.id)?.state !== row.state);
      return rows.length === 0 ? [] : [{ kind: 'intents.observed', at: now(), rows }];
    },
  };
}

export function observePrices(context: ObserverContext): Observer {
  const { prices, deployment, snapshot, now } = context;
  let since = 0;
  return {
    source: 'prices',
    everyMs: deployment.timings.pricePollMs,
    poll: async () => {
      const pools = snapshot().settings.pools.map(({ id }) => id);
      const missing = pools
        .map((pool) => pool.slice(0, pool.indexOf('/')))
        .filter((type) => snapshot().types[type] === undefined);
      const types = missing.length === 0 ? [] : await prices.types(missing);
      const at = now();
      const points =
        pools.length === 0
          ? []
          : await prices.history(pools, since === 0 ? at - PRICE_LOOKBACK_MS[deployment.mode] : since);
      if (pools.length > 0) since = at - deployment.timings.skewMarginMs;
      return [
        ...(types.length === 0 ? [] : [{ kind: 'deployment.observed' as const, at, deployment, types }]),
        ...(points.length === 0 ? [] : [{ kind: 'prices.observed' as const, at, points }]),
      ];
    },
  };
}

/** Heartbeat facts of the rows that somebody looks at. */
export function observeLive(context: ObserverContext, watched: () => readonly string[]): Observer {
  const { store, deployment, now } = context;
  return {
    source: 'live',
    everyMs: deployment.timings.heartbeatMs / 2,
    poll: async () => {
      const ids = watched().slice(0, WATCHED_MAX);
      if (ids.length === 0) return [];
      const items = await store.batchGet('jobs', ids);
      return [{ kind: 'live.observed', at: now(), rows: known(items.map(jobLiveOf)) }];
    },
  };
}
