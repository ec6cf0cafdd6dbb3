import { assert } from '../model/assert.ts';
import type { Usd } from '../model/units.ts';
import { moveTo, type PriceJob } from './price-job.ts';
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
 * programming backwards over (slot, where it is: on a market, or on on-demand or idle with its data in a region, work left).
 * No policy can be cheaper: what a policy does in a slot is one of the transitions here, or costs more (a slot cut short by
 * a price above the bid does no work, as an idle one, which is free).
 *
 *   V(t, m, w) = k + min( V(t+1, idle, w),  c_m + V(t+1, m, w-1),  min over n of c_n + move(m, n) + V(t+1, n, w) )
 *
 * c cost of a slot, k that of a master that is kept for the job where its data is; the last is a restart, whose first slot
 * does no work. The very first start works at once. From idle and on-demand the zone of the last run is forgotten, so the
 * cheapest of its region is where a move begins, and hours of transfer are not charged at all: still a bound.
 * O(t w (m + regions) m).
 */
export function optimalUsd(job: PriceJob): Usd {
  const { markets, start, workSlots, deadlineSlots } = job;
  const graph = placesOf(job);
  const { places, idle } = graph;
  const width = workSlots + 1;
  let after = new Float64Array(places.length * width).fill(Infinity);
  let now = new Float64Array(after.length);
  for (let place = 0; place < places.length; place++) after[place * width] = 0;
  const cost = new Float64Array(places.length);
  let firstStart = Infinity;
  for (let t = deadlineSlots - 1; t >= 0; t--) {
    for (const [at, { market, keepUsd }] of places.entries()) cost[at] = keepUsd + slotCost(job, market, start + t);
    now.fill(Infinity);
    for (const [at, place] of places.entries()) {
      now[at * width] = 0;
      const idleHere = (idle.get(place.region) ?? at) * width;
      for (let work = 1; work < width; work++) {
        let least = place.keepUsd + (after[idleHere + work] ?? Infinity);
        if (place.market !== NOWHERE) least = Math.min(least, (cost[at] ?? 0) + (after[at * width + work - 1] ?? 0));
        for (const [to, moveUsd] of place.next)
          least = Math.min(least, (cost[to] ?? 0) + moveUsd + (after[to * width + work] ?? Infinity));
        now[at * width + work] = least;
      }
    }
    const waited = graph.homeKeepUsd + firstStart;
    firstStart = Infinity;
    for (const [to, moveUsd] of graph.first)
      firstStart = Math.min(firstStart, (cost[to] ?? 0) + moveUsd + (after[to * width + workSlots - 1] ?? Infinity));
    firstStart = Math.min(firstStart, waited);
    [after, now] = [now, after];
  }
  assert(markets.length > 0, 'there is no market');
  return firstStart;
}

const NOWHERE = -1;
const ON_DEMAND_AT = -2;

interface Place {
  /** A market's number, on-demand, or nowhere: idle. */
  readonly market: number;
  readonly region: string;
  readonly keepUsd: Usd;
  /** Where a restart may lead, and what bringing the data there costs. */
  readonly next: readonly (readonly [to: number, moveUsd: Usd])[];
}

/** The markets, then on-demand and idle in each region. */
function placesOf(job: PriceJob) {
  const regions = job.markets.map((_, at) => job.regions?.[at] ?? '');
  const keep = (at: number): Usd => slotUsd(job.keepUsdPerHour?.(at) ?? 0);
  const bare: Omit<Place, 'next'>[] = job.markets.map((_, market) => ({
    market,
    region: regions[market] ?? '',
    keepUsd: keep(market),
  }));
  for (const market of [ON_DEMAND_AT, NOWHERE])
    for (const region of new Set(regions)) bare.push({ market, region, keepUsd: keep(regions.indexOf(region)) });
  const idle = new Map(bare.flatMap(({ market, region }, at) => (market === NOWHERE ? [[region, at] as const] : [])));
  const least = (region: string, to: number): Usd =>
    regions.reduce((usd, one, from) => (one === region ? Math.min(usd, moveTo(job, from, to).usd) : usd), Infinity);
  const reach = (from: Omit<Place, 'next'>): Place['next'] =>
    bare.flatMap(({ market: to, region }, at): readonly (readonly [number, Usd])[] => {
      if (to === NOWHERE || to === from.market) return [];
      // On-demand runs where the data is.
      if (to === ON_DEMAND_AT) return region === from.region ? [[at, 0]] : [];
      const isNear = from.market >= 0 && region === from.region;
      return [[at, isNear ? moveTo(job, from.market, to).usd : least(from.region, to)]];
    });
  const places: readonly Place[] = bare.map((place) => ({ ...place, next: reach(place) }));
  const home = job.home;
  const first = bare.flatMap(({ market: to, region }, at): readonly (readonly [number, Usd])[] => {
    if (to === NOWHERE) return [];
    if (to === ON_DEMAND_AT) return home === undefined || region === regions[home] ? [[at, 0]] : [];
    return [[at, home === undefined ? 0 : moveTo(job, home, to).usd]];
  });
  return { places, idle, first, homeKeepUsd: home === undefined ? 0 : keep(home) };
}

function slotCost({ markets, onDemandUsdPerHour }: PriceJob, market: number, slot: number): Usd {
  if (market === NOWHERE) return 0;
  return slotUsd(market === ON_DEMAND_AT ? onDemandUsdPerHour : (markets[market]?.mean[slot] ?? Infinity));
}
