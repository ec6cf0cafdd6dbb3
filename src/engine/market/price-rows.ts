import type { PricePoint } from './price-series.ts';

/** One price of a file, with its market. */
export interface PriceRow {
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

/** A row as its file tells it, the instant already in epoch ms. */
export interface RawPriceRow {
  readonly type: string;
  readonly zone: string;
  readonly product: string;
  readonly price: string;
  readonly atMs: number;
}

/** What AWS's names are made of, the longest of about 30 characters: they become cells of CSV and names of files. */
const NAME = /^[\w./() +:-]{0,64}$/;

/** The row, checked; `where` names its line in what is thrown. */
export function priceRow(where: string, raw: RawPriceRow): PriceRow {
  const [type, zone, product, price] = [raw.type.trim(), raw.zone.trim(), raw.product.trim(), raw.price.trim()];
  const usdPerHour = Number(price);
  if (type === '' || zone === '') throw new PriceFileError(where, 'the instance type or the zone is empty');
  for (const name of [type, zone, product])
    if (!NAME.test(name))
      throw new PriceFileError(where, `"${name.slice(0, 64)}" is no name of a type, zone or product`);
  if (price === '') throw new PriceFileError(where, 'the price is missing');
  if (!Number.isFinite(usdPerHour)) throw new PriceFileError(where, `price "${price}" is not a number`);
  if (usdPerHour < 0) throw new PriceFileError(where, `price ${price} is negative`);
  if (usdPerHour === 0) throw new PriceFileError(where, 'the price is zero, and spot prices never are');
  return { type, zone, product, point: { atMs: raw.atMs, usdPerHour } };
}
