import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../engine/model/units.ts';
import type { DurationMs, EpochMs, Pct, Usd, UsdPerHour } from '../engine/model/units.ts';

/** How values are written. The only place that knows units and the clock face; `-` where there is no value. */
export const NONE = '-';

/** Two parts at most: 38s, 4m, 2m10s, 3h05m, 2d4h. */
export function duration(ms: DurationMs | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return NONE;
  const sign = ms < 0 ? '-' : '';
  const s = Math.floor(Math.abs(ms) / SECOND_MS);
  if (s < 60) return `${sign}${s}s`;
  if (s < 3_600) return `${sign}${Math.floor(s / 60)}m${s < 600 && s % 60 > 0 ? `${pad(s % 60)}s` : ''}`;
  if (s < 86_400) return `${sign}${Math.floor(s / 3_600)}h${pad(Math.floor((s % 3_600) / 60))}m`;
  return `${sign}${Math.floor(s / 86_400)}d${Math.floor((s % 86_400) / 3_600)}h`;
}

/** One part: 38s, 4m, 3h, 2d. For columns. */
export function age(ms: DurationMs | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return NONE;
  const past = Math.max(0, ms);
  if (past < MINUTE_MS) return `${Math.floor(past / SECOND_MS)}s`;
  if (past < HOUR_MS) return `${Math.floor(past / MINUTE_MS)}m`;
  if (past < DAY_MS) return `${Math.floor(past / HOUR_MS)}h`;
  return `${Math.floor(past / DAY_MS)}d`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

/** 14:02:11, UTC: consoles in several countries look at one deployment. */
export function clock(at: EpochMs): string {
  const date = new Date(at);
  return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

export function clockMinute(at: EpochMs | undefined): string {
  return at === undefined ? NONE : clock(at).slice(0, 5);
}

/** $31.20; small sums keep their meaning in eight columns: $0.007, $0.0004, <$0.0001. */
export function money(usd: Usd | undefined): string {
  if (usd === undefined || !Number.isFinite(usd)) return NONE;
  const size = Math.abs(usd);
  const sign = usd < 0 ? '-' : '';
  if (size > 0 && size < 0.00005) return `${sign}<$0.0001`;
  if (size >= 1_000) return `${sign}$${grouped(Math.round(size))}`;
  return `${sign}$${size.toFixed(size >= 1 || size === 0 ? 2 : size >= 0.1 ? 2 : size >= 0.001 ? 3 : 4)}`;
}

export function rate(usd: UsdPerHour | undefined): string {
  return usd === undefined ? NONE : `${money(usd)}/h`;
}

/** Spot prices have four decimals. */
export function price(usd: UsdPerHour | undefined): string {
  return usd === undefined || !Number.isFinite(usd) ? NONE : usd.toFixed(usd >= 10 ? 3 : 4);
}

export function percent(pct: Pct | undefined): string {
  return pct === undefined || !Number.isFinite(pct) ? NONE : `${Math.round(pct)}%`;
}

/** 1,204 */
export function grouped(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function perMinute(count: number | undefined): string {
  return count === undefined ? NONE : `${count.toFixed(count < 100 ? 1 : 0)}/min`;
}

/** Six significant digits: estimates of a book. */
export function figure(x: number | undefined): string {
  if (x === undefined || !Number.isFinite(x)) return NONE;
  const size = Math.abs(x);
  return size !== 0 && (size < 1e-4 || size >= 1e9) ? x.toExponential(3) : String(Number(x.toPrecision(8)));
}

export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [size, 0];
  while (value >= 1_000 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Cut in the middle: the start says what it is, the end tells it from its like. i-0a41…9c41 */
export function shortId(id: string, columns = 11, ellipsis = '…'): string {
  if (id.length <= columns) return id;
  const tail = Math.floor((columns - 1) / 2);
  return `${id.slice(0, columns - 1 - tail)}${ellipsis}${id.slice(id.length - tail)}`;
}

/** UUIDs of version 7 begin with the time, the same for all of one batch: their end alone tells them apart. …c4f2f1 */
export function shortJobId(id: string, ellipsis = '…'): string {
  return id.length <= 7 ? id : `${ellipsis}${id.slice(-6)}`;
}

/** c5.large/us-east-1a -> c5.large/1a: the region stands in the header. */
export function shortPool(pool: string, region: string): string {
  return region === '' ? pool : pool.replace(`/${region}`, `/${region.slice(region.lastIndexOf('-') + 1)}`);
}

/** The same for every pool that a sentence names. */
export function shortPools(sentence: string, region: string): string {
  return region === '' ? sentence : sentence.replaceAll(`/${region}`, `/${region.slice(region.lastIndexOf('-') + 1)}`);
}
