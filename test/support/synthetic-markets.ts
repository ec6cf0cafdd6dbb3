import type { RecordedMarket } from '../../src/engine/market/recorded-market.ts';
import { priceSeries } from '../../src/engine/market/price-series.ts';
import { SYNTHETIC_DEFAULTS, syntheticSeries } from '../../src/engine/market/synthetic.ts';

const DAY_MS = 86_400_000;

/** Zones of one type at 0.10 USD/h on-demand, 60 days, with a spike every 12 h on average: what lasts is known. */
export function syntheticMarkets(zones: number, { days = 60, spikesPerHour = 1 / 12 } = {}): RecordedMarket[] {
  return Array.from({ length: zones }, (_, at) => {
    const zone = `us-east-1${'abcdef'[at]}`;
    const pool = { seed: 7, name: `c5.large/${zone}`, onDemandUsdPerHour: 0.1 };
    const options = { ...SYNTHETIC_DEFAULTS, spikesPerHour };
    const series = syntheticSeries(pool, { fromMs: 20_000 * DAY_MS, toMs: (20_000 + days) * DAY_MS }, options);
    return { type: 'c5.large', zone, product: 'Linux/UNIX', series };
  });
}

/** A market without surprises: a price per hour, from an instant on. */
export function hourly(prices: readonly number[], fromMs = 0): RecordedMarket {
  const points = prices.map((usdPerHour, hour) => ({ atMs: fromMs + hour * 3_600_000, usdPerHour }));
  return { type: 'c5.large', zone: 'us-east-1a', product: 'Linux/UNIX', series: priceSeries(points) };
}
