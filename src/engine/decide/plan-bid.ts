import type { Command, Proposal } from '../model/command.ts';
import type { PoolSetting } from '../model/deployment.ts';
import { isServing } from '../model/worker.ts';
import { writeSettings } from '../protocol/misc-item.ts';
import { spanWords } from './deadline-outlook.ts';
import { plural } from './notables.ts';
import { type PlanContext, planned, refuse } from './plan-parts.ts';

/** The highest bid that is not certainly a typing error: ten times on-demand, Amazon's own cap of 2015 to 2017. */
export const BID_OVER_ON_DEMAND_MAX = 10;

export function proposeBid(command: Extract<Command, { kind: 'bid.set' }>, context: PlanContext): Proposal {
  const { snapshot } = context;
  const { pool, usdPerHour } = command;
  const { settings } = snapshot;
  const touched = settings.pools.filter(({ id }) => pool === '*' || id === pool);
  if (touched.length === 0)
    return refuse(
      'not-found',
      `${pool} is not a pool of this deployment: ${settings.pools.map(({ id }) => id).join(', ')}`,
    );
  if (!Number.isFinite(usdPerHour) || usdPerHour <= 0)
    return refuse('bad-value', `a bid of ${usdPerHour} is not a price in dollars an hour`);
  for (const { id } of touched) {
    const onDemand = snapshot.markets[id]?.onDemandUsdPerHour ?? 0;
    if (onDemand > 0 && usdPerHour > onDemand * BID_OVER_ON_DEMAND_MAX)
      return refuse(
        'limit',
        `${usdPerHour} is more than ${BID_OVER_ON_DEMAND_MAX} times the on-demand price of ${id} (${onDemand})`,
      );
  }
  if (touched.every(({ bidUsdPerHour }) => bidUsdPerHour === usdPerHour))
    return refuse('nothing-to-do', `the bid of ${pool} is ${usdPerHour} already`);
  return bidPlan(command, context, {
    title: `bid ${usdPerHour} $/h for ${pool === '*' ? 'all pools' : pool}`,
    touched,
    usdPerHour,
  });
}

/** Back to what it was before the newest change of it: refused where that is not the change that was meant. */
export function proposeBidUndo(command: Extract<Command, { kind: 'bid.undo' }>, context: PlanContext): Proposal {
  const { snapshot, now } = context;
  const { expected } = command;
  const { pools } = snapshot.settings;
  const wanted = expected?.pool ?? command.pool;
  const setting = wanted === '*' ? newestChange(pools) : pools.find(({ id }) => id === wanted);
  if (setting === undefined)
    return wanted === '*'
      ? refuse('nothing-to-do', 'no bid was changed yet: there is nothing to undo')
      : refuse('not-found', `${wanted} is not a pool of this deployment: ${pools.map(({ id }) => id).join(', ')}`);
  const { id, bidUsdPerHour, before } = setting;
  if (before === undefined)
    return refuse('nothing-to-do', `the bid of ${id} was never changed: there is nothing to undo`);
  const since = `${before.by} set it to ${bidUsdPerHour} ${spanWords(now - before.at)} ago`;
  if (expected !== undefined && expected.usdPerHour !== bidUsdPerHour)
    return refuse('changed', `the bid of ${id} is not ${expected.usdPerHour} any more: ${since}`);
  if (before.bidUsdPerHour === 0)
    return refuse('bad-value', `${id} had no bid before: it was on-demand only, which no bid brings back`);
  return bidPlan(command, context, {
    title: `undo: bid ${before.bidUsdPerHour} $/h for ${id} again`,
    touched: [setting],
    usdPerHour: before.bidUsdPerHour,
    note: since,
  });
}

function newestChange(pools: readonly PoolSetting[]): PoolSetting | undefined {
  return pools
    .filter(({ before }) => before !== undefined)
    .toSorted((a, b) => (b.before?.at ?? 0) - (a.before?.at ?? 0))[0];
}

function bidPlan(
  command: Command,
  context: PlanContext,
  bid: {
    readonly title: string;
    readonly touched: readonly PoolSetting[];
    readonly usdPerHour: number;
    readonly note?: string;
  },
): Proposal {
  const { snapshot, operator, now } = context;
  const { settings } = snapshot;
  const { title, touched, usdPerHour, note } = bid;
  const next = {
    ...settings,
    pools: settings.pools.map((setting) =>
      touched.includes(setting) && setting.bidUsdPerHour !== usdPerHour
        ? {
            ...setting,
            bidUsdPerHour: usdPerHour,
            before: { bidUsdPerHour: setting.bidUsdPerHour, by: operator.name, at: now },
          }
        : setting,
    ),
    changedBy: operator.name,
    changedAt: now,
  };
  const running = [...snapshot.workers].filter(
    ({ pool: at, state }) => isServing(state) && touched.some(({ id }) => id === at),
  );
  const old = [...new Set(touched.map(({ bidUsdPerHour }) => bidUsdPerHour))].join(', ');
  return planned(command, context, {
    title,
    steps: [
      {
        text: `bid of ${touched.map(({ id }) => id).join(', ')}: ${old} -> ${usdPerHour}`,
        note: 'for new launches',
        effect: { kind: 'table.write', write: writeSettings(next) },
        targets: touched.map(({ id, bidUsdPerHour }) => ({ id, rev: settings.rev, state: `bid ${bidUsdPerHour}` })),
      },
    ],
    notes: [
      ...(note === undefined ? [] : [note]),
      running.length === 0
        ? 'applies to new launches'
        : `applies to new launches: ${plural(running.length, 'running worker keeps', 'running workers keep')} the old bid, and rolling them (R on Market) is a plan of its own`,
    ],
  });
}
