import type { RecordedMarket } from './recorded-market.ts';

export const PRICE_CSV_HEADER = 'epoch,zone,type,product,price';

/** Markets as CSV that `parsePrices` reads: by market, each by time; epoch in seconds, with a fraction where there is one. */
export function priceCsv(markets: readonly RecordedMarket[]): string {
  const lines = [PRICE_CSV_HEADER];
  for (const { type, zone, product, series } of markets)
    for (const [at, atMs] of series.atMs.entries())
      lines.push(`${atMs / 1000},${zone},${type},${product},${series.usdPerHour[at]}`);
  return `${lines.join('\n')}\n`;
}
