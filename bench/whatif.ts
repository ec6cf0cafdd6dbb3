import { hourPolicy } from '../src/engine/decide/checkpoint-policy.ts';
import { BidIndex } from '../src/engine/market/bid-index.ts';
import { CLASSIC } from '../src/engine/market/billing-classic.ts';
import type { RecordedMarket } from '../src/engine/market/recorded-market.ts';
import { type PriceSeries, slice } from '../src/engine/market/price-series.ts';
import { seededRng } from '../src/engine/model/rng.ts';
import { DAY_MS } from '../src/engine/model/units.ts';
import { quantileBid } from '../src/engine/sim/checkpoint-study.ts';
import { Replay, type ReplaySetup } from '../src/engine/sim/replay.ts';
import { spreadStarts } from '../src/engine/sim/replay-many.ts';
import { naiveReplay } from '../test/engine/sim/naive-replay.ts';
import { busyMarket, linuxMarkets, spotSets } from './spot-sets.ts';
import { tunerFigures } from './whatif-tuner.ts';

const WINDOW_MS = 90 * DAY_MS;
const ROUNDS = 30;
const BIDS = 200_000;
const SCANS = 200;
const SIMULATIONS = 20_000;
const NAIVE_SIMULATIONS = 200;

/** The exact index of all bids and the replay of jobs, beside a scan of typed arrays and a replay minute by minute. */
export async function whatifBench(say: (line: string) => void): Promise<object> {
  const market = busyMarket(spotSets(say));
  const fromMs = market.series.atMs[0]!;
  const window = { fromMs, toMs: fromMs + WINDOW_MS };
  const series = slice(market.series, window.fromMs, window.toMs);
  say(`${market.type}/${market.zone}: ${series.atMs.length} points; the least of ${ROUNDS} rounds`);
  const index = new BidIndex(series, window);
  const buildMs = least(() => void new BidIndex(series, window));
  const sweepMs = least(() => void index.sweep());
  const bids = index.breakpoints;
  let sink = 0;
  const nsPerBid = (1e6 / BIDS) * least(() => { for (let i = 0; i < BIDS; i++) sink += index.at(bids[(i * 7919) % bids.length]!).interruptions; }); // prettier-ignore
  const scanNsPerBid = (1e6 / SCANS) * least(() => { for (let i = 0; i < SCANS; i++) sink += scan(series, bids[(i * 7919) % bids.length]!); }); // prettier-ignore
  if (Number.isNaN(sink)) throw new Error('the bids were not asked');
  const simulations = simulationsPerSecond(series, window, quantileBid(index, 0.75));
  return {
    points: series.atMs.length,
    breakpoints: bids.length,
    buildMs,
    nsPerBid,
    scanNsPerBid,
    sweepMs,
    ...simulations,
    ...tunerFigures(market, besides(market, say)),
  };
}

/** The busiest markets beside one, of the set that has most prices. */
function besides(market: RecordedMarket, say: (line: string) => void): RecordedMarket[] {
  const sets = spotSets(say);
  return linuxMarkets(sets.find(({ set }) => set.includes('2015')) ?? sets[0]!)
    .filter(({ type, zone }) => type !== market.type || zone !== market.zone)
    .sort((a, b) => b.series.atMs.length - a.series.atMs.length);
}

/** Jobs of 500 minutes with a checkpoint each hour, classic billing, from starts all over the window; one thread. */
function simulationsPerSecond(
  series: PriceSeries,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  bidUsdPerHour: number,
): object {
  const costs = { checkpointMs: 300_000, restartMs: 600_000 };
  const setup: ReplaySetup = { series, untilMs: toMs, bidUsdPerHour, billing: CLASSIC, policy: hourPolicy(costs), workMs: 500 * 60_000, deadlineMs: 24 * 3_600_000, onDemandUsdPerHour: 0.21, ...costs }; // prettier-ignore
  const starts = spreadStarts({ fromMs, toMs: toMs - DAY_MS }, SIMULATIONS, seededRng(1));
  const replay = new Replay(setup);
  let usd = 0;
  const fastMs = least(() => { for (const start of starts) usd += replay.run(start).costUsd; }); // prettier-ignore
  const minuteStarts = starts.subarray(0, NAIVE_SIMULATIONS).map((start) => Math.ceil(start / 60_000) * 60_000);
  const naiveMs = least(() => { for (const start of minuteStarts) usd += naiveReplay(setup, start).costUsd; }, 2); // prettier-ignore
  if (!(usd > 0)) throw new Error('no job was replayed');
  return {
    simsPerSec: Math.round((1000 * SIMULATIONS) / fastMs),
    naiveSimsPerSec: Math.round((1000 * NAIVE_SIMULATIONS) / naiveMs),
  };
}

/** What one bid costs without an index: one pass over the points, without branches that a random price could mislead. */
function scan({ atMs, usdPerHour }: PriceSeries, bid: number): number {
  let up = 0;
  let paid = 0;
  let interruptions = 0;
  let running = 0;
  for (let i = 0; i + 1 < atMs.length; i++) {
    const price = usdPerHour[i]!;
    const now = price <= bid ? 1 : 0;
    const ms = (atMs[i + 1]! - atMs[i]!) * now;
    up += ms;
    paid += ms * price;
    interruptions += running & (1 - now);
    running = now;
  }
  return up + paid + interruptions;
}

/** The quickest round, ms: other processes share the cores. */
function least(work: () => void, rounds = ROUNDS): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    work();
    best = Math.min(best, performance.now() - began);
  }
  return Number(best.toFixed(4));
}
