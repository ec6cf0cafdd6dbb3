import { MODERN } from '../src/engine/market/billing-modern.ts';
import { seededRng } from '../src/engine/model/rng.ts';
import { DAY_MS } from '../src/engine/model/units.ts';
import { openWhatIf, type WhatIf } from '../src/engine/sim/what-if.ts';
import type { WhatIfInput } from '../src/engine/sim/what-if-input.ts';
import type { RecordedMarket } from '../src/engine/market/recorded-market.ts';
import { precisely } from './percentiles.ts';

const ROUNDS = 7;
const JUMPS = 400;
const MARKETS = 12;
const ON_DEMAND = 0.21;

/** The what-if of one job on twelve markets of 90 days: to open it whole, its longest part, and one press of an arrow. */
export function tunerFigures(busy: RecordedMarket, others: readonly RecordedMarket[]): object {
  const nowMs = busy.series.atMs[0]! + 90 * DAY_MS;
  const input: WhatIfInput = {
    job: { workH: 8, deadlineH: 12, checkpointS: 300, restartS: 600, checkpoint: 'young', atLastMoment: 'on-demand' },
    markets: [busy, ...others].slice(0, MARKETS).map(({ type, zone, series }) => ({
      name: `${type}/${zone}`,
      series,
      onDemandUsdPerHour: ON_DEMAND,
      billing: MODERN,
    })),
    chosen: 0,
    nowMs,
  };
  const rounds = Array.from({ length: ROUNDS }, () => opened(input));
  const quickest = rounds.reduce((a, b) => (b.openMs < a.openMs ? b : a));
  const arrows = Array.from({ length: ROUNDS }, () => arrowMs(opened(input).whatIf)).reduce((a, b) => (b.p99 < a.p99 ? b : a)); // prettier-ignore
  return {
    openMs: Number(quickest.openMs.toFixed(1)),
    openFirstAnswerMs: Number(quickest.firstMs.toFixed(1)),
    openLongestPartMs: Number(quickest.longestMs.toFixed(1)),
    openMarkets: input.markets.length,
    stops: quickest.whatIf.stops.length,
    arrowMs: arrows,
  };
}

/** To the first answer, to the last part, and the longest part in between: a screen that draws between parts waits for it. */
function opened(input: WhatIfInput): { openMs: number; firstMs: number; longestMs: number; whatIf: WhatIf } {
  const began = performance.now();
  const whatIf = openWhatIf(input);
  whatIf.at(whatIf.chosen.priceNow);
  const firstMs = performance.now() - began;
  let longestMs = 0;
  for (let more = true; more;) {
    const from = performance.now();
    more = whatIf.step();
    longestMs = Math.max(longestMs, performance.now() - from);
  }
  return { openMs: performance.now() - began, firstMs, longestMs, whatIf };
}

/** All stops from left to right, then bids by chance, between stops too: figures, what changed, markets, the last 30 days. */
function arrowMs(whatIf: WhatIf): ReturnType<typeof precisely> {
  const { stops } = whatIf;
  const rng = seededRng(1);
  const took: number[] = [];
  let bid = stops[0]!;
  let before = whatIf.at(bid);
  for (let press = 0; press < stops.length + JUMPS; press++) {
    const between = stops[rng.below(stops.length)]! * (rng.below(2) === 0 ? 1 : 1.01);
    const began = performance.now();
    bid = press < stops.length ? whatIf.next(bid, 'up') : between;
    const after = whatIf.at(bid);
    const { line } = whatIf.diff(before, after);
    const cells = whatIf.history(bid).length;
    const markets = whatIf.markets(bid).length;
    took.push(performance.now() - began);
    if (line === '' || cells === 0 || markets === 0) throw new Error('an arrow had no answer');
    before = after;
  }
  return precisely(took);
}
