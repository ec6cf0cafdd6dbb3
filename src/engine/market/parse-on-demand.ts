import { PriceFileError, parseTimestamp } from './parse-prices.ts';

/** One published price: in force in an era, for a type in a region. */
export interface OnDemandRow {
  readonly era: string;
  /** The era's first instant, and the first after it; an era of one day is when the list was read. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly usdPerHour: number;
}

/** On-demand prices by "region/type/product", each oldest era first. */
export type OnDemandPrices = ReadonlyMap<string, readonly OnDemandRow[]>;

const COLUMNS = 'era,region,type,product,usd_per_hour,source';

/**
 * Reads on-demand prices: CSV with the columns era, region, type, product, usd_per_hour, source. An era is a year, years
 * ("2014-2015", both included) or a date ("2026-08-03"). The header may be absent, and so may the source.
 */
export function parseOnDemand(text: string): OnDemandPrices {
  const prices = new Map<string, OnDemandRow[]>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || (index === 0 && line.startsWith('era,'))) continue;
    const where = `line ${index + 1}`;
    const cells = line.split(',').map((cell) => cell.trim());
    const [era = '', region = '', type = '', product = '', price = ''] = cells;
    if (cells.length < 5 || cells.length > 6)
      throw new PriceFileError(where, `${cells.length} columns instead of ${COLUMNS}`);
    if (region === '' || type === '') throw new PriceFileError(where, 'the region or the type is empty');
    const usdPerHour = Number(price);
    if (price === '' || !Number.isFinite(usdPerHour) || usdPerHour <= 0)
      throw new PriceFileError(where, `on-demand price "${price}" is not a positive number`);
    const key = `${region}/${type}/${product}`;
    const rows = prices.get(key) ?? [];
    rows.push({ era, ...spanOf(era, where), usdPerHour });
    prices.set(key, rows);
  }
  if (prices.size === 0) throw new PriceFileError('on-demand price file', 'holds no price');
  for (const rows of prices.values()) rows.sort((a, b) => a.fromMs - b.fromMs);
  return prices;
}

function spanOf(era: string, where: string): { fromMs: number; toMs: number } {
  const years = /^(\d{4})(?:-(\d{4}))?$/.exec(era);
  const [from, to] = years ? [`${years[1]}-01-01`, `${Number(years[2] ?? years[1]) + 1}-01-01`] : [era, era];
  const fromMs = parseTimestamp(`${from}T00:00:00Z`);
  const toMs = parseTimestamp(`${to}T00:00:00Z`);
  if (fromMs === undefined || toMs === undefined || toMs < fromMs)
    throw new PriceFileError(where, `era "${era}" is neither a year, nor years like 2014-2015, nor a date`);
  return { fromMs, toMs };
}

/** The region of a zone: "us-east-1a" lies in us-east-1; a region is its own. */
export function regionOf(zone: string): string {
  return /^[a-z]{2}(?:-[a-z]+)+-\d+/.exec(zone)?.[0] ?? zone;
}

/**
 * The on-demand price at an instant: of the last era that had begun by then, for prices stand until they are changed;
 * before the first, the first. Undefined for a type that the file does not know in that region.
 */
export function onDemandPrice(
  prices: OnDemandPrices,
  market: { readonly zone: string; readonly type: string; readonly product: string },
  atMs: number,
): number | undefined {
  const rows = prices.get(`${regionOf(market.zone)}/${market.type}/${market.product}`);
  return (rows?.findLast((row) => row.fromMs <= atMs) ?? rows?.[0])?.usdPerHour;
}
