import fs from 'node:fs';
import path from 'node:path';
import { parsedFile, readMarkets } from '../src/cli/market-files.ts';
import { onDemandPrice, parseOnDemand } from '../src/engine/market/parse-on-demand.ts';
import type { RecordedMarket } from '../src/engine/market/recorded-market.ts';
import { SYNTHETIC_DEFAULTS, syntheticSeries } from '../src/engine/market/synthetic.ts';
import { DAY_MS, type EpochMs, MINUTE_MS, type UsdPerHour } from '../src/engine/model/units.ts';

/** Recorded prices to decide on: the later third is decided, what lies before is history. */
export interface SpotSet {
  readonly set: string;
  readonly markets: readonly { readonly market: RecordedMarket; readonly onDemandUsdPerHour: UsdPerHour | undefined }[];
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly untilMs: EpochMs;
}

const CLASSIC = /^classic-(.*)\.csv(?:\.gz)?$/;
const ON_DEMAND = /^on-?demand.*\.csv(?:\.gz)?$/;

let read: readonly SpotSet[] | undefined;

/** Every classic set of the folder CBAS_SPOT_DATA, read once; where it is not set, a synthetic one whose truth is known. */
export function spotSets(say: (line: string) => void): readonly SpotSet[] {
  read ??= readSets(say);
  return read;
}

function readSets(say: (line: string) => void): readonly SpotSet[] {
  const folder = process.env['CBAS_SPOT_DATA'];
  if (folder === undefined || !fs.existsSync(folder)) {
    say('CBAS_SPOT_DATA names no folder of recorded prices: synthetic markets only');
    return [syntheticSet()];
  }
  const names = fs.readdirSync(folder).sort();
  const priced = names.find((name) => ON_DEMAND.test(name));
  const onDemand = priced === undefined ? undefined : parsedFile(path.join(folder, priced), parseOnDemand);
  const sets = names.flatMap((name) => {
    const set = CLASSIC.exec(name)?.[1];
    if (set === undefined) return [];
    const priceAt = (market: RecordedMarket, atMs: EpochMs) => onDemand && onDemandPrice(onDemand, market, atMs);
    return [laterThird(set, readMarkets(path.join(folder, name)), priceAt)];
  });
  if (sets.length === 0) throw new Error(`${folder} holds no classic-*.csv.gz of recorded prices`);
  return sets;
}

/** Those of a set that published studies are about. */
export function linuxMarkets({ markets }: SpotSet): readonly RecordedMarket[] {
  return markets.map(({ market }) => market).filter(({ product }) => product.startsWith('Linux'));
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

const SYNTHETIC_WINDOW = { fromMs: 20_000 * DAY_MS, toMs: 20_090 * DAY_MS };

/** Six zones: bands under on-demand and spikes above it, once in 12 h on average, independent of each other. */
function syntheticSet(): SpotSet {
  const markets = [...'abcdef'].map((letter) => {
    const zone = `us-east-1${letter}`;
    const pool = { seed: 7, name: `c5.large/${zone}`, onDemandUsdPerHour: 0.1 };
    const series = syntheticSeries(pool, SYNTHETIC_WINDOW, { ...SYNTHETIC_DEFAULTS, spikesPerHour: 1 / 12 });
    return { type: 'c5.large', zone, product: 'Linux/UNIX', series };
  });
  return laterThird('synthetic', markets, () => 0.1);
}

/** A market of about 26,000 points in 90 days: the one that the published figures are of, or one like it. */
export function busyMarket(sets: readonly SpotSet[]): RecordedMarket {
  const found = sets
    .filter(({ set }) => set.includes('2015'))
    .flatMap(linuxMarkets)
    .find((one) => one.type === 'c3.xlarge' && one.zone === 'us-east-1a');
  if (found !== undefined) return found;
  const series = syntheticSeries({ seed: 1, name: 'busy', onDemandUsdPerHour: 0.21 }, SYNTHETIC_WINDOW, {
    ...SYNTHETIC_DEFAULTS,
    floorShare: 0.15,
    ceilingShare: 0.9,
    changeIntervalMs: 5 * MINUTE_MS,
    spikesPerHour: 1 / 24,
  });
  return { type: 'c3.xlarge', zone: 'synthetic-1a', product: 'Linux/UNIX', series };
}
