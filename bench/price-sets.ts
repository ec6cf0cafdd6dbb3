import fs from 'node:fs';
import path from 'node:path';
import { readMarkets } from '../src/cli/market-files.ts';
import type { RecordedMarket } from '../src/engine/market/parse-prices.ts';
import { SYNTHETIC_DEFAULTS, syntheticSeries } from '../src/engine/market/synthetic.ts';
import { DAY_MS, MINUTE_MS } from '../src/engine/model/units.ts';

export interface PriceSet {
  readonly set: string;
  readonly markets: readonly RecordedMarket[];
}

/** The classic sets in the folder that CBAS_SPOT_DATA names, Linux alone; made-up ones where it is unset, so that there are always some. */
export function priceSets(say: (line: string) => void): readonly PriceSet[] {
  const folder = process.env['CBAS_SPOT_DATA'];
  if (folder === undefined) {
    say('CBAS_SPOT_DATA is unset: synthetic markets instead of recorded ones');
    return [{ set: 'synthetic', markets: syntheticMarkets() }];
  }
  const files = fs.readdirSync(folder).filter((name) => /^classic-.*\.csv(\.gz)?$/.test(name)).sort(); // prettier-ignore
  return files.map((name) => ({
    set: name.replace(/\.csv(\.gz)?$/, ''),
    markets: readMarkets(path.join(folder, name)).filter(({ product }) => product.startsWith('Linux')),
  }));
}

function syntheticMarkets(): RecordedMarket[] {
  return Array.from({ length: 6 }, (_, i) => {
    const options = {
      ...SYNTHETIC_DEFAULTS,
      changeIntervalMs: (10 + 10 * i) * MINUTE_MS,
      spikesPerHour: 1 / (8 + 8 * i),
    };
    const series = syntheticSeries(
      { seed: 1, name: `market-${i}`, onDemandUsdPerHour: 0.1 },
      { fromMs: 0, toMs: 90 * DAY_MS },
      options,
    );
    return { type: `type-${i}`, zone: 'synthetic-1a', product: 'Linux/UNIX', series };
  });
}

/** A market of about 26,000 points in 90 days: the one that the published figures are of, or one like it. */
export function busyMarket(): RecordedMarket {
  const folder = process.env['CBAS_SPOT_DATA'];
  const found =
    folder === undefined
      ? undefined
      : readMarkets(path.join(folder, 'classic-2015-az.csv.gz')).find(
          (one) => one.type === 'c3.xlarge' && one.zone === 'us-east-1a',
        );
  if (found !== undefined) return found;
  const options = {
    ...SYNTHETIC_DEFAULTS,
    floorShare: 0.15,
    ceilingShare: 0.9,
    changeIntervalMs: 5 * MINUTE_MS,
    spikesPerHour: 1 / 24,
  };
  const series = syntheticSeries(
    { seed: 1, name: 'busy', onDemandUsdPerHour: 0.21 },
    { fromMs: 0, toMs: 90 * DAY_MS },
    options,
  );
  return { type: 'c3.xlarge', zone: 'synthetic-1a', product: 'Linux/UNIX', series };
}
