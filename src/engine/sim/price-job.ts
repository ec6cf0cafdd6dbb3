import { mustGoOnDemand } from '../decide/safety-net.ts';
import { assert } from '../model/assert.ts';
import type { Usd, UsdPerHour } from '../model/units.ts';
import { paidUsd, type PriceSlots, SLOTS_PER_HOUR, slotUsd } from './price-slots.ts';

/** A job with a deadline on markets of one kind of instance, that lie over the same slots. */
export interface PriceJob {
  readonly markets: readonly PriceSlots[];
  readonly onDemandUsdPerHour: UsdPerHour;
  /** First slot; work and deadline in slots from there. */
  readonly start: number;
  readonly workSlots: number;
  readonly deadlineSlots: number;
  /** Where the job's data lies before it starts; default: wherever it starts. */
  readonly home?: number;
  /** What it takes to bring the data from one market to another, on top of the restart; default nothing. */
  readonly move?: (from: number, to: number) => Move;
  /** Region of each market: what the data lies in while nothing runs; default all in one. */
  readonly regions?: readonly string[];
  /** For each hour that the data lies in a market's region: a master that only this job needs; default nothing. */
  readonly keepUsdPerHour?: (place: number) => UsdPerHour;
}

export interface Move {
  readonly usd: Usd;
  readonly slots: number;
}

/** The move to a market from where the data is; IDLE: nowhere yet, and free. */
export function moveTo(job: PriceJob, data: number, place: number): Move {
  return data < 0 || data === place || job.move === undefined ? FREE : job.move(data, place);
}

const FREE: Move = { usd: 0, slots: 0 };

export const IDLE = -1;
export const ON_DEMAND = -2;

/** What a policy sees at the start of a slot. */
export interface PriceJobState {
  readonly slot: number;
  readonly workLeft: number;
  readonly slotsLeft: number;
  /** The market that the job runs on, ON_DEMAND or IDLE. */
  readonly on: number;
  /** The place of the last run; IDLE before the first. */
  readonly last: number;
  /** The market where the data is: of the last run on spot, else home; IDLE: nowhere yet. On-demand runs there. */
  readonly data: number;
}

/** Where to be in this slot: a market's number with a bid, IDLE, or ON_DEMAND. */
export interface PriceJobPolicy {
  choose(state: PriceJobState): number;
  bidOf(market: number): UsdPerHour;
}

export interface PriceJobResult {
  readonly usd: Usd;
  readonly doneSlots: number;
  readonly missed: boolean;
  readonly interruptions: number;
  readonly moves: number;
  /** Of these, to another region. */
  readonly regionMoves: number;
  readonly onDemandSlots: number;
}

const SLOT_H = 1 / SLOTS_PER_HOUR;

/**
 * Runs one job, slot by slot. The first slot of a run is lost to the restart, on-demand too, except that of the very first;
 * a slot in which the price exceeds the bid is paid until then and does no work. On-demand saves the deadline: the safety
 * net is asked before the policy is.
 */
export function runPriceJob(job: PriceJob, policy: PriceJobPolicy): PriceJobResult {
  const run: Run = {
    usd: 0,
    workLeft: job.workSlots,
    on: IDLE,
    last: IDLE,
    data: job.home ?? IDLE,
    arrived: 0,
    lost: 0,
    interruptions: 0,
    moves: 0,
    regionMoves: 0,
    onDemandSlots: 0,
  };
  let passed = 0;
  for (; run.workLeft > 0; passed++) {
    const { workLeft, on } = run;
    const state = {
      slot: job.start + passed,
      workLeft,
      slotsLeft: job.deadlineSlots - passed,
      on,
      last: run.last,
      data: run.data,
    };
    const place = lastMoment(state) ? ON_DEMAND : policy.choose(state);
    if (place === ON_DEMAND) workOnDemand(job, run);
    else if (place === IDLE) run.on = IDLE;
    else workOnSpot(job, run, { slot: state.slot, place, bid: policy.bidOf(place) });
    if (run.data >= 0) run.usd += slotUsd(job.keepUsdPerHour?.(run.data) ?? 0);
  }
  const { usd, interruptions, moves, regionMoves, onDemandSlots } = run;
  const missed = passed > job.deadlineSlots;
  return { usd, doneSlots: passed, missed, interruptions, moves, regionMoves, onDemandSlots };
}

interface Run {
  usd: Usd;
  workLeft: number;
  on: number;
  /** Where it ran last; IDLE before the first start. */
  last: number;
  data: number;
  /** The slot in which the data of the last move is all there; it travels on while nothing runs. */
  arrived: number;
  interruptions: number;
  moves: number;
  regionMoves: number;
  onDemandSlots: number;
  /** Slots of the present run that restart and move still take. */
  lost: number;
}

function workOnDemand(job: PriceJob, run: Run): void {
  if (run.on !== ON_DEMAND) run.lost = run.last === IDLE ? 0 : 1;
  run.usd += slotUsd(job.onDemandUsdPerHour);
  run.onDemandSlots++;
  [run.on, run.last] = [ON_DEMAND, ON_DEMAND];
  progress(run);
}

function workOnSpot(
  job: PriceJob,
  run: Run,
  { slot, place, bid }: { slot: number; place: number; bid: UsdPerHour },
): void {
  const market = job.markets[place];
  assert(market !== undefined, `a policy chose market ${place} of ${job.markets.length}`);
  if (!((market.atStart[slot] ?? Infinity) <= bid)) {
    if (run.on === place) run.interruptions++;
    run.on = IDLE;
    return;
  }
  if (run.on !== place) {
    const move = moveTo(job, run.data, place);
    if (run.last >= 0 && run.last !== place) run.moves++;
    if (run.data >= 0 && job.regions?.[run.data] !== job.regions?.[place]) run.regionMoves++;
    run.usd += move.usd;
    if (move.slots > 0) run.arrived = slot + move.slots;
    run.lost = (run.last === IDLE ? 0 : 1) + Math.max(0, run.arrived - slot);
    [run.on, run.last, run.data] = [place, place, place];
  }
  if ((market.highest[slot] ?? Infinity) > bid) {
    run.usd += paidUsd(market, slot, bid);
    run.interruptions++;
    run.on = IDLE;
    return;
  }
  run.usd += slotUsd(market.mean[slot] ?? Infinity);
  progress(run);
}

function progress(run: Run): void {
  if (run.lost > 0) run.lost--;
  else run.workLeft--;
}

/** A slot for the change to on-demand, one in reserve, and the one until the next question. */
function lastMoment({ workLeft, slotsLeft }: PriceJobState): boolean {
  return mustGoOnDemand({
    workH: workLeft * SLOT_H,
    // Whole slots: half of one keeps the comparison clear of rounding.
    timeH: (slotsLeft + 0.5) * SLOT_H,
    changeoverH: SLOT_H,
    everyH: SLOT_H,
  });
}

/** The policy of one bid on one market: run whenever the price allows it. */
export function bidPolicy(bidUsdPerHour: UsdPerHour): PriceJobPolicy {
  return { choose: () => 0, bidOf: () => bidUsdPerHour };
}
