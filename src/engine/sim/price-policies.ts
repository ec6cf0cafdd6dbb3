import {
  chooseMarket,
  expectedStayH,
  type MarketOption,
  type MarketQuestion,
  marketSentence,
  meanTimeBetweenH,
  usualSaving,
} from '../decide/market-choice.ts';
import { priceOutlook } from '../decide/price-outlook.ts';
import type { UsdPerHour } from '../model/units.ts';
import { MODE, type Mode, runOrWait, type RunOrWaitPlan, runOrWaitPlan } from '../decide/run-or-wait.ts';
import { IDLE, moveTo, ON_DEMAND, type PriceJob, type PriceJobPolicy, type PriceJobState } from './price-job.ts';
import { SLOTS_PER_HOUR } from './price-slots.ts';

const DAY_SLOTS = 24 * SLOTS_PER_HOUR;
/** Prices older than this say little of the next hours; half of the weight is on the last HALF_LIFE. */
const LOOK_BACK_SLOTS = 15 * DAY_SLOTS;
const HALF_LIFE_SLOTS = 5 * DAY_SLOTS;
/** The safety net: a slot for the change to on-demand, one in reserve, one until it is asked again. */
const RESERVE_SLOTS = 3;
/** Waiting leaves so many more, for kills and moves to come. */
const SPARE_SLOTS = 8;
const SLOT_H = 1 / SLOTS_PER_HOUR;

/**
 * Ours: of several markets the one that `chooseMarket` says, and in it `runOrWait`, planned at the start of the job from
 * the lowest price over the markets of earlier slots, what a move costs spread over the work. The bid is the on-demand
 * price. Without a day of history it runs whenever spot is below on-demand.
 */
export function adaptivePolicy(job: PriceJob): PriceJobPolicy {
  const { markets, onDemandUsdPerHour } = job;
  const options = optionsOf(job);
  const planFrom = plansOf(job);
  return {
    bidOf: () => onDemandUsdPerHour,
    choose: (state) => {
      const place = bestMarket(options(state), state, onDemandUsdPerHour);
      const usdPerHour = markets[place]?.atStart[state.slot] ?? Infinity;
      const extra = surcharges(job, state.data, state.workLeft)[place] ?? 0;
      const plan = planFrom(state.data);
      return plan === undefined
        ? usdPerHour + extra <= onDemandUsdPerHour
          ? place
          : IDLE
        : placeOf(plan, { state, place, usdPerHour: usdPerHour + extra });
    },
  };
}

const windowOf = (start: number) =>
  ({ from: Math.max(0, start - LOOK_BACK_SLOTS), to: start, slotsPerHour: SLOTS_PER_HOUR }) as const;

/** Each market as it is known in a slot, seen from where the job runs or its data is. */
function optionsOf(job: PriceJob): (state: PriceJobState) => MarketOption[] {
  const { markets, onDemandUsdPerHour } = job;
  const window = windowOf(job.start);
  const mtbfH = markets.map(({ highest }) => meanTimeBetweenH(highest, onDemandUsdPerHour, window));
  const lasting = markets.map((here) =>
    markets.map((there) => ({
      free: { stayH: expectedStayH(here.atStart, there.atStart, window) },
      paid: usualSaving(here.atStart, there.atStart, window),
    })),
  );
  const keep = (place: number): UsdPerHour => job.keepUsdPerHour?.(place) ?? 0;
  // Where moves are paid for, what is usual decides, and the master there is always paid.
  const paidFor = (from: number, at: number): Partial<MarketOption> => {
    const paid = lasting[from]?.[at]?.paid;
    return paid === undefined ? {} : { ...paid, usualUsdPerHour: paid.usualUsdPerHour + keep(from) - keep(at) };
  };
  return (state) => {
    const from = state.on >= 0 ? state.on : state.data;
    return markets.map((market, at) => {
      const move = moveTo(job, state.data, at);
      return {
        name: String(at),
        usdPerHour: (market.atStart[state.slot] ?? Infinity) + keep(at),
        mtbfH: mtbfH[at] ?? Infinity,
        speed: 1,
        stayH: 1,
        ...(move.usd === 0 && move.slots === 0 ? lasting[from]?.[at]?.free : paidFor(from, at)),
        transferUsd: move.usd,
        transferH: move.slots * SLOT_H,
      };
    });
  };
}

/** What an hour of work costs more in each market than its price: the master there, and the move spread over the work. */
function surcharges(job: PriceJob, data: number, workSlots: number): readonly number[] {
  return job.markets.map(
    (_, at) => (job.keepUsdPerHour?.(at) ?? 0) + moveTo(job, data, at).usd / (Math.max(1, workSlots) * SLOT_H),
  );
}

/** Plans by where the data is: what is cheap to reach from there decides what is worth waiting for. One where moves are free. */
function plansOf(job: PriceJob): (data: number) => RunOrWaitPlan | undefined {
  const { onDemandUsdPerHour, workSlots, deadlineSlots } = job;
  const plans = new Map<string, RunOrWaitPlan | undefined>();
  return (data) => {
    const extra = surcharges(job, data, workSlots);
    const key = extra.join();
    if (plans.has(key)) return plans.get(key);
    const lowest = lowestPrices(job, extra);
    const outlook = priceOutlook(lowest, { from: 0, to: lowest.length, dayOfSlots: DAY_SLOTS, half: HALF_LIFE_SLOTS });
    const question = {
      onDemandUsdPerHour,
      workSlots,
      deadlineSlots,
      reserveSlots: RESERVE_SLOTS,
      spareSlots: SPARE_SLOTS,
    };
    const plan = outlook && runOrWaitPlan(outlook, question);
    plans.set(key, plan);
    return plan;
  };
}

function bestMarket(options: readonly MarketOption[], state: PriceJobState, onDemandUsdPerHour: number): number {
  return options.length === 1 ? 0 : chooseMarket(questionOf(options, state, onDemandUsdPerHour)).option;
}

function questionOf(
  options: readonly MarketOption[],
  { on, workLeft, slotsLeft }: Pick<PriceJobState, 'on' | 'workLeft' | 'slotsLeft'>,
  onDemandUsdPerHour: number,
): MarketQuestion {
  const current = on >= 0 && Number.isFinite(options[on]?.usdPerHour) ? on : undefined;
  const slackH = (slotsLeft - workLeft - RESERVE_SLOTS - 1) * SLOT_H;
  const times = { checkpointH: 0, restartH: SLOT_H, workLeftH: workLeft * SLOT_H, slackH };
  return { options, current, onDemandUsdPerHour, ...times };
}

/** Where a job would begin, and why, in one sentence; markets by their names. */
export function choiceSentence(job: PriceJob, names: readonly string[]): string {
  const { start: slot, workSlots: workLeft, deadlineSlots: slotsLeft, home = IDLE } = job;
  const state = { slot, workLeft, slotsLeft, on: IDLE, last: IDLE, data: home };
  const options = optionsOf(job)(state).map((option, at) => ({ ...option, name: names[at] ?? option.name }));
  const question = questionOf(options, state, job.onDemandUsdPerHour);
  return marketSentence(question, chooseMarket(question));
}

function placeOf(
  plan: RunOrWaitPlan,
  { state, place, usdPerHour }: { state: PriceJobState; place: number; usdPerHour: number },
): number {
  const { slotsLeft, workLeft } = state;
  const choice = runOrWait(plan, { slotsLeft, workLeft, usdPerHour, mode: modeOf(state) });
  return choice === 'run' ? place : choice === 'wait' ? IDLE : ON_DEMAND;
}

function modeOf({ on, last }: PriceJobState): Mode {
  if (last === IDLE) return MODE.fresh;
  return on === ON_DEMAND ? MODE.onDemand : on === IDLE ? MODE.stopped : MODE.spot;
}

function lowestPrices({ markets, start }: PriceJob, extra: readonly number[]): Float64Array {
  const { from, to } = windowOf(start);
  return Float64Array.from({ length: to - from }, (_, slot) =>
    markets.reduce(
      (least, { atStart }, at) => Math.min(least, (atStart[from + slot] ?? Infinity) + (extra[at] ?? 0)),
      Infinity,
    ),
  );
}
