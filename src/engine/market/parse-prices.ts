import type { RecordedMarket } from './recorded-market.ts';
import { recordOf, stepsOf } from './merge-prices.ts';
import { dailyRows, isDaily } from './parse-daily-prices.ts';
import { PRICE_CSV_HEADER } from './price-csv.ts';
import { PriceFileError, type PriceRow, priceRow } from './price-rows.ts';
import { parseTimestamp } from './timestamp.ts';

export { PriceFileError, parseTimestamp };

/** Seconds of the year 2200: beyond it stand milliseconds that were taken for seconds. */
const EPOCH_S_MAX = 7_258_118_400;

/**
 * Reads recorded prices: the JSON that `aws ec2 describe-spot-price-history` prints (or its bare array), CSV with the
 * columns epoch (seconds UTC), zone, type, product, price (USD per hour), or the daily format; a header line may be
 * absent. Rows in any order; where one instant has two prices the higher stands, so that order decides nothing.
 */
export function parsePrices(text: string): RecordedMarket[] {
  return parsePriceRecords(text).map((market) => ({ ...market, series: stepsOf(market.series) }));
}

/** The same with every point told: those too that repeat the price in force, which matter where records are merged. */
export function parsePriceRecords(text: string): RecordedMarket[] {
  // Blank lines at the beginning stay: they count where a line is named.
  const body = text.replace(/^\uFEFF/, '');
  const start = body.trimStart();
  if (start === '') throw new PriceFileError('price file', 'is empty');
  const isJson = start.startsWith('{') || start.startsWith('[');
  const rows = isJson ? jsonRows(start) : isDaily(body) ? dailyRows(body) : csvRows(body);
  if (rows.length === 0) throw new PriceFileError('price file', 'holds no price');
  return markets(rows);
}

function markets(rows: readonly PriceRow[]): RecordedMarket[] {
  const byName = new Map<string, PriceRow[]>();
  for (const row of rows) {
    const name = `${row.type}/${row.zone}/${row.product}`;
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [row]);
    else list.push(row);
  }
  return [...byName.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    const { type, zone, product } = first;
    return [{ type, zone, product, series: recordOf(list.map((row) => row.point)) }];
  });
}

function csvRows(text: string): PriceRow[] {
  const rows: PriceRow[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || (index === 0 && line.trim().toLowerCase() === PRICE_CSV_HEADER)) continue;
    const where = `line ${index + 1}`;
    const cells = line.split(',').map((cell) => cell.trim());
    const [epoch = '', zone = '', type = '', product = '', price = ''] = cells;
    if (cells.length !== 5) throw new PriceFileError(where, `${cells.length} columns instead of ${PRICE_CSV_HEADER}`);
    const seconds = Number(epoch);
    if (epoch === '' || !Number.isFinite(seconds))
      throw new PriceFileError(where, `epoch "${epoch}" is not a number of seconds`);
    if (seconds < 0 || seconds > EPOCH_S_MAX)
      throw new PriceFileError(where, `epoch ${epoch} is not in the years 1970 to 2200: it is to be in seconds`);
    rows.push(priceRow(where, { type, zone, product, price, atMs: Math.round(seconds * 1000) }));
  }
  return rows;
}

function jsonRows(text: string): PriceRow[] {
  const list = entriesOf(text);
  return list.map((entry, index) => {
    const where = `SpotPriceHistory[${index}]`;
    if (typeof entry !== 'object' || entry === null) throw new PriceFileError(where, 'is not an object');
    const field = (name: string): string => {
      const value: unknown = Reflect.get(entry, name);
      if (typeof value !== 'string') throw new PriceFileError(where, `${name} is missing or not a string`);
      return value;
    };
    const atMs = parseTimestamp(field('Timestamp'));
    if (atMs === undefined) throw new PriceFileError(where, `Timestamp "${field('Timestamp')}" is not ISO 8601`);
    const [type, zone] = [field('InstanceType'), field('AvailabilityZone')];
    return priceRow(where, { type, zone, product: field('ProductDescription'), price: field('SpotPrice'), atMs });
  });
}

function entriesOf(text: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new PriceFileError('price file', `is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const list: unknown =
    typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? Reflect.get(parsed, 'SpotPriceHistory')
      : parsed;
  if (!Array.isArray(list)) throw new PriceFileError('price file', 'has no SpotPriceHistory array');
  return list;
}
