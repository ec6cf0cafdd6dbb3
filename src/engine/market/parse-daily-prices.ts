import { PriceFileError, type PriceRow, priceRow } from './price-rows.ts';
import { parseTimestamp } from './timestamp.ts';

export const DAILY_COLUMNS = 'date,region,type,open,high,low,close,avg';
/** These files do not tell; Linux is what they are about. */
const PRODUCT = 'Linux/UNIX';

/** Whether a text is in this format: by its header, or where that is absent by a date at its beginning. */
export function isDaily(text: string): boolean {
  return text.slice(0, DAILY_COLUMNS.length).toLowerCase() === DAILY_COLUMNS || /^\d{4}-\d\d-\d\d\s*,/.test(text);
}

/**
 * Rows of the daily (or monthly) format, all zones of a region merged: the region stands as the zone, the price is `avg`,
 * in force from midnight UTC of the date. Open, high, low and close are not looked at: in what is published they are
 * unreliable.
 */
export function dailyRows(text: string): PriceRow[] {
  const rows: PriceRow[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || (index === 0 && line.trim().toLowerCase() === DAILY_COLUMNS)) continue;
    const where = `line ${index + 1}`;
    const cells = line.split(',').map((cell) => cell.trim());
    const [date = '', zone = '', type = ''] = cells;
    if (cells.length !== 8) throw new PriceFileError(where, `${cells.length} columns instead of ${DAILY_COLUMNS}`);
    const atMs = parseTimestamp(`${date}T00:00:00Z`);
    if (atMs === undefined) throw new PriceFileError(where, `date "${date}" is not a day like 2024-02-01`);
    rows.push(priceRow(where, { type, zone, product: PRODUCT, price: cells[7] ?? '', atMs }));
  }
  return rows;
}
