import { type AvailabilityRecord } from '../market/availability-record.ts';
import { type Chain, chainOf, endsPerHour, stateOf, STATES } from './availability-chain.ts';
import type { DeadlinePolicy, Known, Wish } from './deadline-policy.ts';
import { expected, IDLE, ON_DEMAND, rowAt, solveValue, SPOT, type ValueTable } from './deadline-value.ts';
import { commonUnit, slackGrid } from './slack-grid.ts';
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
  const ticks = Math.max(1, Math.round(aimS / tickS));
  const stepS = ticks * tickS;
  const slackS = known.timeLeftS - known.workLeftS;
  const table = solveValue({
    stepS,
    changeoverSteps: changeoverS / stepS,
    spotUsd: (known.spotUsdPerHour * stepS) / 3600,
    onDemandUsd: (known.onDemandUsdPerHour * stepS) / 3600,
    chain: chainOf(hazard, tickS, ticks),
    timeSteps: Math.ceil(known.timeLeftS / stepS),
    grid: slackGrid(commonUnit(stepS, changeoverS), Math.max(0, slackS / stepS) + 1),
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

const later2 = new Float64Array(STATES);

/** Between two whole steps of time the values are interpolated at equal slack. */
function pointAt(table: ValueTable, mode: number, { workS, timeS, out }: { workS: number; timeS: number; out: Float64Array }): void {
  const { stepS } = table.problem;
  const time = timeS / stepS;
  const slack = time - Math.max(0, workS) / stepS;
  const low = Math.floor(time + 1e-9);
  const share = Math.max(0, time - low);
  rowAt(table, { time: low, slack, mode }, out);
  if (share < 1e-9) return;
  rowAt(table, { time: low + 1, slack, mode }, later2);
  for (let x = 0; x < STATES; x++) out[x] = (1 - share) * (out[x] ?? 0) + share * (later2[x] ?? 0);
}

function best(usd: Record<Mode, number>, known: Known): Wish {
  const order: Mode[] = known.mode === 'on-demand' ? ['on-demand', 'spot', 'idle'] : known.mode === 'spot' ? ['spot', 'on-demand', 'idle'] : ['idle', 'spot', 'on-demand'];
  let mode = order[0] as Mode;
  for (const m of order) if (usd[m] < usd[mode] - 1e-9) mode = m;
  return { mode, reason: '', expectedUsd: usd };
}
