import fs from 'node:fs';
import path from 'node:path';
import { parsedFile, readMarkets } from '../src/cli/market-files.ts';
import { onDemandPrice, parseOnDemand } from '../src/engine/market/parse-on-demand.ts';
import type { RecordedMarket } from '../src/engine/market/parse-prices.ts';
import { SYNTHETIC_DEFAULTS, syntheticSeries } from '../src/engine/market/synthetic.ts';
import { DAY_MS, type EpochMs, type UsdPerHour } from '../src/engine/model/units.ts';

/** Recorded prices to decide on: the later third is decided, what lies before is history. */
export interface SpotSet {
  readonly set: string;
  readonly markets: readonly { readonly market: RecordedMarket; readonly onDemandUsdPerHour: UsdPerHour | undefined }[];
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly untilMs: EpochMs;
}

const CLASSIC = ['2009-2011-region', '2015-az', '2016-az'];

/** The classic sets of the folder CBAS_SPOT_DATA; where it is not set, a synthetic one whose truth is known. */
export function spotSets(say: (line: string) => void): SpotSet[] {
  const folder = process.env['CBAS_SPOT_DATA'];
  if (folder === undefined || !fs.existsSync(folder)) {
    say('CBAS_SPOT_DATA names no folder of recorded prices: synthetic markets only');
    return [syntheticSet()];
  }
  const onDemand = parsedFile(path.join(folder, 'ondemand-prices.csv.gz'), parseOnDemand);
  return CLASSIC.map((set) => {
    const markets = readMarkets(path.join(folder, `classic-${set}.csv.gz`));
    return laterThird(set, markets, (market, atMs) => onDemandPrice(onDemand, market, atMs));
  });
}

function laterThird(
  set: string,
  markets: readonly RecordedMarket[],
  onDemand: (market: RecordedMarket, atMs: EpochMs) => UsdPerHour | undefined,
): SpotSet {
  const firstMs = Math.min(...markets.map(({ series }) => series.atMs[0] ?? Infinity));
  const untilMs = Math.max(...markets.map(({ series }) => series.atMs.at(-1) ?? -Infinity));
  const fromMs = firstMs + (2 / 3) * (untilMs - firstMs);
  const priced = markets.map((market) => ({ market, onDemandUsdPerHour: onDemand(market, fromMs) }));
  return { set, markets: priced, fromMs, toMs: untilMs, untilMs };
}

/** Six zones: bands under on-demand and spikes above it, once in 12 h on average, independent of each other. */
function syntheticSet(): SpotSet {
  const window = { fromMs: 20_000 * DAY_MS, toMs: 20_060 * DAY_MS };
  const markets = [...'abcdef'].map((letter) => {
    const zone = `us-east-1${letter}`;
    const pool = { seed: 7, name: `c5.large/${zone}`, onDemandUsdPerHour: 0.1 };
    const series = syntheticSeries(pool, window, { ...SYNTHETIC_DEFAULTS, spikesPerHour: 1 / 12 });
    return { type: 'c5.large', zone, product: 'Linux/UNIX', series };
  });
  return laterThird('synthetic', markets, () => 0.1);
}
