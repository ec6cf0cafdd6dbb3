import { type PricePoint, type PriceSeries, priceSeries } from './price-series.ts';

/** The recorded prices of one market: an instance type in a zone, for one product ("Linux/UNIX"). */
export interface RecordedMarket {
  readonly type: string;
  readonly zone: string;
  readonly product: string;
  readonly series: PriceSeries;
}

interface Row {
  readonly type: string;
  readonly zone: string;
  readonly product: string;
  readonly point: PricePoint;
}

/** What is wrong with a file of prices, and where. */
export class PriceFileError extends Error {
  constructor(where: string, wrong: string) {
    super(`${where}: ${wrong}`);
    this.name = 'PriceFileError';
  }
}

const CSV_COLUMNS = 'epoch,zone,type,product,price';

/**
 * Reads recorded prices: the JSON that `aws ec2 describe-spot-price-history` prints (or its bare array), or CSV with
 * the columns epoch (seconds UTC), zone, type, product, price (USD per hour); its header line may be absent.
 */
export function parsePrices(text: string): RecordedMarket[] {
  const body = text.replace(/^\uFEFF/, '').trimStart();
  if (body.trimEnd() === '') throw new PriceFileError('price file', 'is empty');
  const rows = body.startsWith('{') || body.startsWith('[') ? jsonRows(body) : csvRows(body);
  if (rows.length === 0) throw new PriceFileError('price file', 'holds no price');
  return markets(rows);
}

function markets(rows: readonly Row[]): RecordedMarket[] {
  const byName = new Map<string, Row[]>();
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
    return [{ type, zone, product, series: priceSeries(list.map((row) => row.point)) }];
  });
}

function csvRows(text: string): Row[] {
  const rows: Row[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || (index === 0 && line.trim().toLowerCase() === CSV_COLUMNS)) continue;
    const where = `line ${index + 1}`;
    const cells = line.split(',').map((cell) => cell.trim());
    const [epoch = '', zone = '', type = '', product = '', price = ''] = cells;
    if (cells.length !== 5) throw new PriceFileError(where, `${cells.length} columns instead of ${CSV_COLUMNS}`);
    const seconds = Number(epoch);
    if (epoch === '' || !Number.isFinite(seconds))
      throw new PriceFileError(where, `epoch "${epoch}" is not a number of seconds`);
    rows.push(row(where, { type, zone, product, price, atMs: seconds * 1000 }));
  }
  return rows;
}

function jsonRows(text: string): Row[] {
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
    return row(where, { type, zone, product: field('ProductDescription'), price: field('SpotPrice'), atMs });
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

interface RawRow {
  readonly type: string;
  readonly zone: string;
  readonly product: string;
  readonly price: string;
  readonly atMs: number;
}

function row(where: string, { type, zone, product, price, atMs }: RawRow): Row {
  const usdPerHour = Number(price);
  if (type === '' || zone === '') throw new PriceFileError(where, 'the instance type or the zone is empty');
  if (price === '' || !Number.isFinite(usdPerHour)) throw new PriceFileError(where, `price "${price}" is not a number`);
  if (usdPerHour < 0) throw new PriceFileError(where, `price ${price} is negative`);
  return { type, zone, product, point: { atMs, usdPerHour } };
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))$/;

/**
 * ISO 8601 with a zone, to epoch ms; undefined for anything else. By arithmetic, for a pure room has no clock object.
 * Days from the civil calendar after Howard Hinnant: 1970-01-01 is day 0, 2000-03-01 is day 11,017.
 */
export function parseTimestamp(text: string): number | undefined {
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const fractionMs = Math.floor(Number(`0.${parts[7] ?? '0'}`) * 1000);
  const offsetMinutes = (parts[8] === '-' ? -1 : 1) * (Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0));
  const minutes = daysSinceEpoch(year, month, day) * 1440 + hour * 60 + minute - offsetMinutes;
  return minutes * 60_000 + second * 1000 + fractionMs;
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
