import { HOUR_MS, type Usd } from '../model/units.ts';
import { priceSlots, SLOT_MS } from './price-slots.ts';
import { timesOf } from './what-if-input.ts';
import type { Trial } from './what-if-replay.ts';

/** Prices that are sorted for all starts together; a job with a far deadline is bounded at fewer of them. */
const SORTED_MAX = 60_000;

/**
 * The offline bound: what the job's hours cost at the cheapest moments between each start and its deadline, at the lower of
 * spot and on-demand, all prices known and restarts free; mean over the starts. Moments are slots of 5 min at their mean
 * price, billed by the second.
 */
export function offlineBoundUsd({ market, job, nowMs, startMs }: Trial): Usd {
  const { workMs, deadlineMs } = timesOf(job, market.speed);
  const { fromMs, mean } = priceSlots(market.series, market.fromMs, nowMs);
  const each = Math.ceil(deadlineMs / SLOT_MS) + 1;
  const every = Math.max(1, Math.ceil((startMs.length * each) / SORTED_MAX));
  let sum = 0;
  let count = 0;
  for (let i = 0; i < startMs.length; i += every) {
    const first = Math.max(0, Math.floor((startMs[i]! - fromMs) / SLOT_MS));
    const prices = new Float64Array(each).fill(market.onDemandUsdPerHour);
    for (let at = 0; at < each; at++) prices[at] = Math.min(prices[at]!, mean[first + at] ?? Infinity);
    prices.sort();
    sum += cheapest(prices, workMs);
    count++;
  }
  return sum / count;
}

function cheapest(rising: Float64Array, workMs: number): Usd {
  let usd = 0;
  for (let i = 0, left = workMs; left > 0 && i < rising.length; i++, left -= SLOT_MS)
    usd += (rising[i]! * Math.min(left, SLOT_MS)) / HOUR_MS;
  return usd;
}
