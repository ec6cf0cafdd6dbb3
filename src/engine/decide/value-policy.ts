import { type AvailabilityRecord } from '../market/availability-record.ts';
import { type Chain, chainOf, endsPerHour, stateOf, STATES } from './availability-chain.ts';
import type { DeadlinePolicy, Known, Wish } from './deadline-policy.ts';
import { expected, IDLE, ON_DEMAND, solveValue, SPOT, type ValueTable, valuesAt } from './deadline-value.ts';
import type { Mode } from './safety-net.ts';

export interface ValueOptions {
  readonly hazard?: (record: AvailabilityRecord) => Float64Array;
  readonly refreshH?: number;
  readonly stepS?: number;
}

interface Solved {
  readonly record: AvailabilityRecord;
  readonly atH: number;
  readonly table: ValueTable;
  readonly tick: Chain;
}

export function valuePolicy({ hazard = endsPerHour, refreshH = 4, stepS = 600 }: ValueOptions = {}): DeadlinePolicy & { usd(known: Known): Record<Mode, number> } {
  let solved: Solved | undefined;
  const usd = (known: Known) => {
    if (solved === undefined || solved.record !== known.seen || known.seen.seenH - solved.atH >= refreshH)
      solved = solve(known, hazard(known.seen), stepS);
    return costs(known, solved);
  };
  return {
    name: 'cost-to-go',
    usd,
    wish: (known) => best(usd(known), known),
  };
}

function solve(known: Known, hazard: Float64Array, aimS: number): Solved {
  const { tickS, changeoverS } = known;
  const ticks = Math.max(1, Math.round(aimS / tickS), Math.ceil(changeoverS / tickS - 1e-9));
  const stepS = ticks * tickS;
  const slackS = known.timeLeftS - known.workLeftS;
  const table = solveValue({
    stepS,
    changeoverSteps: changeoverS / stepS,
    spotUsd: (known.spotUsdPerHour * stepS) / 3600,
    onDemandUsd: (known.onDemandUsdPerHour * stepS) / 3600,
    chain: chainOf(hazard, tickS, ticks),
    workSteps: Math.ceil((known.workLeftS + changeoverS) / stepS) + 1,
    slackSteps: Math.max(1, Math.ceil(slackS / stepS) + 1),
  });
  return { record: known.seen, atH: known.seen.seenH, table, tick: chainOf(hazard, tickS, 1) };
}

const values = new Float64Array(STATES);
const later = new Float64Array(STATES);

/** Expected cost to the end of each mode for the next tick. */
function costs(known: Known, { table, tick }: Solved): Record<Mode, number> {
  const x = stateOf(known.seen, known.tickS);
  const { tickS, changeoverS } = known;
  const hours = tickS / 3600;
  const at = (mode: number, workS: number, out: Float64Array): Float64Array => {
    pointAt(table, mode, { workS, timeS: known.timeLeftS - tickS, out });
    return out;
  };
  const after = (mode: Mode): { progressS: number; leftS: number } => {
    const startS = known.mode === mode ? known.changeoverLeftS : changeoverS;
    return { progressS: Math.max(0, tickS - startS), leftS: Math.max(0, startS - tickS) };
  };
  const spot = after('spot');
  const od = after('on-demand');
  const idleUsd = expected(tick.next, x, at(IDLE, known.workLeftS, values));
  const odUsd = hours * known.onDemandUsdPerHour + expected(tick.next, x, at(ON_DEMAND, known.workLeftS - od.progressS + od.leftS, values));
  let spotUsd = Infinity;
  if (known.available) {
    at(SPOT, known.workLeftS - spot.progressS + spot.leftS, values);
    at(IDLE, known.workLeftS - spot.progressS, later);
    const kept = expected(tick.kept, x, values);
    const lostAll = expected(tick.next, x, later) - expected(tick.kept, x, later);
    spotUsd = hours * known.spotUsdPerHour + kept + lostAll;
  }
  return { idle: idleUsd, spot: spotUsd, 'on-demand': odUsd };
}

const upper = new Float64Array(STATES);

/** Interpolated in time and work. */
function pointAt(table: ValueTable, mode: number, { workS, timeS, out }: { workS: number; timeS: number; out: Float64Array }): void {
  const { stepS } = table.problem;
  const work = workS / stepS;
  const slack = Math.max(0, timeS / stepS - work);
  // Along lines of equal work, for the cost jumps where slack ends.
  const low = Math.floor(work + 1e-9);
  const f = Math.max(0, work - low);
  slackRow(table, { work: low, slack, mode }, out);
  if (f < 1e-9) return;
  slackRow(table, { work: low + 1, slack, mode }, upper);
  for (let x = 0; x < STATES; x++) out[x] = (1 - f) * (out[x] ?? 0) + f * (upper[x] ?? 0);
}

const beside = new Float64Array(STATES);

function slackRow(table: ValueTable, { work, slack, mode }: { work: number; slack: number; mode: number }, out: Float64Array): void {
  const low = Math.floor(slack + 1e-9);
  const f = Math.max(0, slack - low);
  valuesAt(table, { work, time: work + low, mode }, out);
  if (f < 1e-9) return;
  valuesAt(table, { work, time: work + low + 1, mode }, beside);
  for (let x = 0; x < STATES; x++) out[x] = (1 - f) * (out[x] ?? 0) + f * (beside[x] ?? 0);
}

function best(usd: Record<Mode, number>, known: Known): Wish {
  const order: Mode[] = known.mode === 'on-demand' ? ['on-demand', 'spot', 'idle'] : known.mode === 'spot' ? ['spot', 'on-demand', 'idle'] : ['idle', 'spot', 'on-demand'];
  let mode = order[0] as Mode;
  for (const m of order) if (usd[m] < usd[mode] - 1e-9) mode = m;
  return { mode, reason: '', expectedUsd: usd };
}
