import type { BidIndex } from '../market/bid-index.ts';
import type { UsdPerHour } from '../model/units.ts';

/** More stops than this are more than a terminal has columns for. */
export const STOPS_MAX = 200;
/** Places kept for marks. */
const MARKS_MAX = 8;

/**
 * The bids that an arrow stops at, rising: breakpoints, thinned, and all marks. Half of the places go to even parts of the log
 * axis, so that spikes have stops, half to even parts of time, for that is where availability changes. Between the two
 * neighbours of a stop no bid that was left out is asked less exactly: `at` answers for any bid.
 */
export function stopsOf(index: BidIndex, marks: readonly UsdPerHour[]): Float64Array {
  const breakpoints = index.breakpoints;
  const room = STOPS_MAX - MARKS_MAX;
  let kept = new Set<number>(breakpoints);
  // Where many cells of the axis are empty, narrower ones still fit.
  for (let cells = 4 * room; kept.size > room; cells = Math.floor(0.8 * cells))
    kept = thinned(index, breakpoints, cells);
  for (const mark of marks) kept.add(mark);
  return Float64Array.from(kept).sort();
}

/** The lowest breakpoint of each of some even cells of the log axis, and of as many even parts of time; both ends. */
function thinned(index: BidIndex, breakpoints: Float64Array, cells: number): Set<number> {
  const kept = new Set<number>([breakpoints[0]!, breakpoints.at(-1)!]);
  const low = Math.log(Math.max(1e-6, breakpoints[0]!));
  const perCell = (Math.log(breakpoints.at(-1)!) - low) / cells;
  let cell = -1;
  let part = -1;
  for (const bid of breakpoints) {
    const inCell = Math.floor((Math.log(Math.max(1e-6, bid)) - low) / perCell);
    const inPart = Math.floor(index.at(bid).availability * cells);
    if (inCell > cell || inPart > part) kept.add(bid);
    cell = inCell;
    part = inPart;
  }
  return kept;
}

/** The stop `step` places above or below a bid; the first or last where there are no more. */
export function nextStop(
  stops: Float64Array,
  bid: UsdPerHour,
  move: { direction: 'up' | 'down'; step: number },
): UsdPerHour {
  const { direction, step } = move;
  let above = 0;
  while (above < stops.length && stops[above]! <= bid) above++;
  const atStop = above > 0 && stops[above - 1] === bid;
  const to = direction === 'up' ? above - 1 + step : above - step - (atStop ? 1 : 0);
  return stops[Math.min(stops.length - 1, Math.max(0, to))] ?? bid;
}

/** Where a bid lies on the log axis of the stops, 0 to 1. */
export function axisShare(stops: Float64Array, bid: UsdPerHour): number {
  const [low, high] = [stops[0] ?? bid, stops.at(-1) ?? bid].map((value) => Math.log(Math.max(1e-6, value))) as [number, number]; // prettier-ignore
  return high > low ? Math.min(1, Math.max(0, (Math.log(Math.max(1e-6, bid)) - low) / (high - low))) : 0;
}
