import { chooseMarket, expectedStayH, type MarketOption, meanTimeBetweenH } from '../decide/market-choice.ts';
import { priceOutlook } from '../decide/price-outlook.ts';
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
 * the lowest price over the markets of earlier slots. The bid is the on-demand price. Without a day of history it runs
 * whenever spot is below on-demand.
 */
export function adaptivePolicy(job: PriceJob): PriceJobPolicy {
  const { markets, start, onDemandUsdPerHour, workSlots, deadlineSlots } = job;
  const window = { from: Math.max(0, start - LOOK_BACK_SLOTS), to: start, slotsPerHour: SLOTS_PER_HOUR };
  const lowest = lowestPrices(job, window);
  const outlook = priceOutlook(lowest, { from: 0, to: lowest.length, dayOfSlots: DAY_SLOTS, half: HALF_LIFE_SLOTS });
  const plan =
    outlook &&
    runOrWaitPlan(outlook, {
      onDemandUsdPerHour,
      workSlots,
      deadlineSlots,
      reserveSlots: RESERVE_SLOTS,
      spareSlots: SPARE_SLOTS,
    });
  const mtbfH = markets.map(({ highest }) => meanTimeBetweenH(highest, onDemandUsdPerHour, window));
  const stayH = markets.map((here) => markets.map((there) => expectedStayH(here.atStart, there.atStart, window)));
  const optionsAt = (state: PriceJobState): MarketOption[] =>
    markets.map((market, at) => ({
      name: String(at),
      usdPerHour: market.atStart[state.slot] ?? Infinity,
      mtbfH: mtbfH[at] ?? Infinity,
      speed: 1,
      stayH: (state.on >= 0 ? stayH[state.on]?.[at] : undefined) ?? 1,
      transferUsd: moveTo(job, state.last, at).usd,
      transferH: moveTo(job, state.last, at).slots * SLOT_H,
    }));
  return {
    bidOf: () => onDemandUsdPerHour,
    choose: (state) => {
      const place = bestMarket(optionsAt(state), state);
      const usdPerHour = markets[place]?.atStart[state.slot] ?? Infinity;
      return plan === undefined
        ? usdPerHour <= onDemandUsdPerHour
          ? place
          : IDLE
        : placeOf(plan, { state, place, usdPerHour });
    },
  };
}

function bestMarket(options: readonly MarketOption[], { on, workLeft, slotsLeft }: PriceJobState): number {
  if (options.length === 1) return 0;
  const current = on >= 0 && Number.isFinite(options[on]?.usdPerHour) ? on : undefined;
  const slackH = (slotsLeft - workLeft - RESERVE_SLOTS - 1) * SLOT_H;
  return chooseMarket({ options, current, checkpointH: 0, restartH: SLOT_H, workLeftH: workLeft * SLOT_H, slackH })
    .option;
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

function lowestPrices({ markets }: PriceJob, { from, to }: { from: number; to: number }): Float64Array {
  return Float64Array.from({ length: to - from }, (_, at) =>
    markets.reduce((least, { atStart }) => Math.min(least, atStart[from + at] ?? Infinity), Infinity),
  );
}
