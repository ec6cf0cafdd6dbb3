import type { Usd } from '../model/units.ts';
import type { PriceJob } from './price-job.ts';
import { slotUsd } from './price-slots.ts';

/**
 * Less than any policy can pay: the cheapest slots before the deadline at the lower of on-demand and the markets' prices,
 * as many as the work takes, as if restarts and moves were free.
 */
export function relaxedFloorUsd(job: PriceJob): Usd {
  const { markets, start, workSlots, deadlineSlots, onDemandUsdPerHour } = job;
  const cheapest = Float64Array.from({ length: deadlineSlots }, (_, at) =>
    markets.reduce((least, { mean }) => Math.min(least, mean[start + at] ?? Infinity), onDemandUsdPerHour),
  ).sort();
  return cheapest.subarray(0, workSlots).reduce((sum, price) => sum + slotUsd(price), 0);
}

/**
 * The least that the job can cost with all prices known, restarts and moves paid as `runPriceJob` charges them: dynamic
 * programming backwards over (slot, where it runs: a market, on-demand or nowhere, work left). No policy can be cheaper:
 * what a policy does in a slot is one of the transitions here, or costs more (a slot cut short by a price above the bid
 * does no work, as an idle one, which is free).
 *
 *   V(t, m, w) = min( V(t+1, idle, w),  c_m + V(t+1, m, w-1),  min over n of c_n + move(m, n) + V(t+1, n, w) )
 *
 * c cost of a slot; the last is a restart, whose first slot does no work. The very first start works at once. From idle
 * the market of the last run is forgotten, so a restart after a pause is charged no move, and hours of transfer are not
 * charged at all: still a bound. O(t w m^2).
 */
export function optimalUsd(job: PriceJob): Usd {
  const { markets, start, workSlots, deadlineSlots } = job;
  const places = markets.length + 1;
  const idle = places;
  const width = workSlots + 1;
  let after = new Float64Array((places + 1) * width).fill(Infinity);
  let now = new Float64Array(after.length);
  for (let place = 0; place <= places; place++) after[place * width] = 0;
  let firstStart = Infinity;
  const cost = new Float64Array(places);
  for (let t = deadlineSlots - 1; t >= 0; t--) {
    for (let place = 0; place < places; place++) cost[place] = costOf(job, place, start + t);
    now.fill(Infinity);
    for (let place = 0; place <= idle; place++) {
      now[place * width] = 0;
      for (let work = 1; work < width; work++) {
        let least = after[idle * width + work] ?? Infinity;
        if (place < places) least = Math.min(least, (cost[place] ?? 0) + (after[place * width + work - 1] ?? Infinity));
        for (let to = 0; to < places; to++) {
          if (to === place) continue;
          const move = place >= places - 1 || to === places - 1 ? 0 : (job.move?.(place, to).usd ?? 0);
          least = Math.min(least, (cost[to] ?? 0) + move + (after[to * width + work] ?? Infinity));
        }
        now[place * width + work] = least;
      }
    }
    for (let to = 0; to < places; to++)
      firstStart = Math.min(firstStart, (cost[to] ?? 0) + (after[to * width + workSlots - 1] ?? Infinity));
    [after, now] = [now, after];
  }
  return firstStart;
}

function costOf({ markets, onDemandUsdPerHour }: PriceJob, place: number, slot: number): Usd {
  return slotUsd(place === markets.length ? onDemandUsdPerHour : (markets[place]?.mean[slot] ?? Infinity));
}
