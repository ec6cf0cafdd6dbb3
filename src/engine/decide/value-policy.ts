import { type AvailabilityRecord } from '../market/availability-record.ts';
import { type Chain, chainOf, endsPerHour, stateOf, STATES } from './availability-chain.ts';
import type { DeadlinePolicy, Known, Wish } from './deadline-policy.ts';
import { expected, IDLE, ON_DEMAND, rowAt, solveValue, SPOT, type ValueTable } from './deadline-value.ts';
import type { Mode } from './safety-net.ts';
import { commonUnit, slackGrid } from './slack-grid.ts';

/** Steps of a table are about so long: shorter ones cost time and change the answer little. */
const STEP_S = 600;
/** A difference of costs below this is rounding; then what runs is left to run. */
const EQUAL_USD = 1e-9;

/** A table, and what it was made for. */
interface Solved {
  readonly record: AvailabilityRecord;
  readonly digest: number;
  readonly known: Pick<Known, 'tickS' | 'changeoverS' | 'onDemandUsdPerHour' | 'spotUsdPerHour'>;
  readonly table: ValueTable;
  /** Chances of one tick. */
  readonly tick: Chain;
}

/**
 * Our policy: the mode whose expected cost to the end is the least, if all later choices are made as well. Expectation is
 * over what is believed of the market (availability-chain.ts), and so it waits through a young outage where those end soon,
 * leaves on-demand for spot where an up-time is likely to outlast two changeovers, and buys on-demand early where a market is
 * poor. The costs come from a table that is solved anew with each digest of the record (a few ms); it is kept here only to
 * save time: the same `known` gives the same wish.
 */
export function leastExpectedCost(): DeadlinePolicy {
  let solved: Solved | undefined;
  return {
    name: 'expected-cost',
    wish(known) {
      if (solved === undefined || !fits(solved, known)) solved = solve(known, endsPerHour(known.seen));
      return cheapest(expectedCosts(known, solved), known);
    },
  };
}

function fits({ record, digest, known: made, table }: Solved, known: Known): boolean {
  return (
    record === known.seen &&
    digest === known.seen.digest &&
    made.tickS === known.tickS &&
    made.changeoverS === known.changeoverS &&
    made.onDemandUsdPerHour === known.onDemandUsdPerHour &&
    made.spotUsdPerHour === known.spotUsdPerHour &&
    known.timeLeftS <= table.problem.timeSteps * table.problem.stepS &&
    known.timeLeftS - known.workLeftS <= (table.problem.grid.nodes.at(-1) ?? 0) * table.problem.stepS
  );
}

function solve(known: Known, hazard: Float64Array): Solved {
  const { tickS, changeoverS } = known;
  const ticks = Math.max(1, Math.round(STEP_S / tickS));
  const stepS = ticks * tickS;
  const slackSteps = Math.max(0, known.timeLeftS - known.workLeftS) / stepS;
  const table = solveValue({
    stepS,
    changeoverSteps: changeoverS / stepS,
    spotUsd: (known.spotUsdPerHour * stepS) / 3600,
    onDemandUsd: (known.onDemandUsdPerHour * stepS) / 3600,
    chain: chainOf(hazard, tickS, ticks),
    timeSteps: Math.ceil(known.timeLeftS / stepS) + 1,
    grid: slackGrid(commonUnit(stepS, changeoverS), slackSteps + 1),
  });
  return { record: known.seen, digest: known.seen.digest, known: { ...known }, table, tick: chainOf(hazard, tickS, 1) };
}

const rowA = new Float64Array(STATES);
const rowB = new Float64Array(STATES);
const between = new Float64Array(STATES);

/** USD to the end, by the mode of the next tick; spot that cannot be had is infinite. */
export function expectedCosts(known: Known, { table, tick }: Pick<Solved, 'table' | 'tick'>): Record<Mode, number> {
  const state = stateOf(known.seen, known.tickS);
  const { tickS, changeoverS, workLeftS } = known;
  const hours = tickS / 3600;
  const timeS = known.timeLeftS - tickS;
  const startS = (mode: Mode): number => (known.mode === mode ? known.changeoverLeftS : changeoverS);
  // What is left of a changeover after the tick is as good as work: it takes time, and is paid.
  const onDemandWorkS = workLeftS - tickS + startS('on-demand');
  costsAt(table, { mode: ON_DEMAND, workS: onDemandWorkS, timeS }, rowA);
  const onDemand = hours * known.onDemandUsdPerHour + expected(tick.next, state, rowA);
  costsAt(table, { mode: IDLE, workS: workLeftS, timeS }, rowA);
  const idle = expected(tick.next, state, rowA);
  if (!known.available) return { idle, spot: Infinity, 'on-demand': onDemand };
  costsAt(table, { mode: SPOT, workS: workLeftS - tickS + startS('spot'), timeS }, rowA);
  costsAt(table, { mode: IDLE, workS: workLeftS - Math.max(0, tickS - startS('spot')), timeS }, rowB);
  const kept = expected(tick.kept, state, rowA);
  const lost = expected(tick.next, state, rowB) - expected(tick.kept, state, rowB);
  return { idle, spot: hours * known.spotUsdPerHour + kept + lost, 'on-demand': onDemand };
}

/** Values at an instant; between two whole steps of time they are interpolated at equal slack. */
function costsAt(
  table: ValueTable,
  { mode, workS, timeS }: { mode: number; workS: number; timeS: number },
  out: Float64Array,
): void {
  const { stepS } = table.problem;
  const time = timeS / stepS;
  const slack = time - Math.max(0, workS) / stepS;
  const low = Math.floor(time + 1e-9);
  const share = Math.max(0, time - low);
  rowAt(table, { time: low, slack, mode }, out);
  if (share < 1e-9) return;
  rowAt(table, { time: low + 1, slack, mode }, between);
  for (let x = 0; x < STATES; x++) out[x] = (1 - share) * (out[x] ?? 0) + share * (between[x] ?? 0);
}

const ORDER: Readonly<Record<Mode, readonly [Mode, Mode, Mode]>> = {
  idle: ['idle', 'spot', 'on-demand'],
  spot: ['spot', 'on-demand', 'idle'],
  'on-demand': ['on-demand', 'spot', 'idle'],
};

const DOING: Readonly<Record<Mode, string>> = {
  idle: 'waiting for spot',
  spot: 'spot',
  'on-demand': 'on-demand',
};

function cheapest(usd: Record<Mode, number>, known: Known): Wish {
  const ranked = ORDER[known.mode].toSorted((a, b) => (Math.abs(usd[a] - usd[b]) < EQUAL_USD ? 0 : usd[a] - usd[b]));
  const [mode, second] = ranked as [Mode, Mode];
  const costs = (of: Mode): string => `$${usd[of].toFixed(2)}`;
  const reason = `Now ${DOING[mode]} is expected to cost ${costs(mode)} to the end, ${DOING[second]} ${costs(second)}.`;
  return { mode, reason, expectedUsd: usd };
}
