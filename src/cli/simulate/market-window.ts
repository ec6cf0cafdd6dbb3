import { parseTimestamp } from '../../engine/market/parse-prices.ts';
import type { RecordedMarket } from '../../engine/market/recorded-market.ts';
import type { EpochMs } from '../../engine/model/units.ts';
import { safe } from '../../ui/safe-text.ts';
import { CliError, EXIT } from '../exit.ts';
import { readMarkets } from '../market-files.ts';
import { iso } from '../output.ts';

export interface MarketFilter {
  readonly prices?: string;
  readonly type?: string;
  readonly zone?: string;
  readonly product?: string;
}

/** What the published studies are about, and most jobs. */
const USUAL_PRODUCT = 'Linux/UNIX';
const LISTED_MAX = 60;

/** The markets of a file that were asked for: of one product, Linux where there is any, unless `--product all`. */
export function chosenMarkets(filter: MarketFilter): readonly RecordedMarket[] {
  if (filter.prices === undefined)
    throw new CliError(
      '--prices FILE is needed: recorded prices as JSON or CSV, gzip or plain, - for stdin, cache for what is kept',
      EXIT.usage,
    );
  return marketsIn(readMarkets(filter.prices), filter);
}

/** Those of the markets that were asked for; none of them ends the verb with the list of what there is. */
export function marketsIn(
  all: readonly RecordedMarket[],
  { type, zone, product }: MarketFilter,
): readonly RecordedMarket[] {
  const fits = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value;
  const named = all.filter((market) => fits(type, market.type) && fits(zone, market.zone));
  const usual = named.some((market) => market.product.startsWith(USUAL_PRODUCT));
  const chosen = named.filter((market) =>
    product === undefined
      ? !usual || market.product.startsWith(USUAL_PRODUCT)
      : product === 'all' || market.product === product,
  );
  if (chosen.length > 0) return chosen;
  const known = [...new Set(all.map((one) => `${one.type}/${one.zone} ${one.product}`))].sort();
  const more = known.length > LISTED_MAX ? ` and ${known.length - LISTED_MAX} more` : '';
  throw new CliError(
    `${safe(type ?? 'any type')} in ${safe(zone ?? 'any zone')}${product === undefined || product === 'all' ? '' : ` for ${safe(product)}`}: ` +
      `not in the file; there are: ${safe(known.slice(0, LISTED_MAX).join(', '))}${more}`,
    EXIT.notFound,
  );
}

export interface TimeWindow {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/** `--from` and `--to`, inside what is recorded; without them all of it, or from `usualFromMs` on. */
export function windowIn(
  record: TimeWindow,
  options: { readonly from?: string; readonly to?: string },
  usualFromMs: EpochMs = record.fromMs,
): TimeWindow {
  const held = `prices are recorded from ${iso(record.fromMs)} to ${iso(record.toMs)}`;
  if (!(record.toMs > record.fromMs))
    throw new CliError(
      `the prices are of one instant, ${iso(record.fromMs)}: there is no time to decide in; give a longer history`,
      EXIT.failed,
    );
  const fromMs = options.from === undefined ? usualFromMs : instantOf('--from', options.from);
  const toMs = options.to === undefined ? record.toMs : instantOf('--to', options.to);
  if (fromMs >= record.toMs)
    throw new CliError(`--from ${safe(options.from ?? '')} is after the last price: ${held}`, EXIT.usage);
  if (toMs <= Math.max(fromMs, record.fromMs))
    throw new CliError(`--to ${safe(options.to ?? '')} is not after the start of the window; ${held}`, EXIT.usage);
  return { fromMs: Math.max(fromMs, record.fromMs), toMs: Math.min(toMs, record.toMs) };
}

export function instantOf(option: string, text: string): EpochMs {
  const atMs = parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (atMs === undefined)
    throw new CliError(
      `${option} ${safe(text)}: expected a date (2016-03-20) or an instant (2016-03-20T12:00:00Z)`,
      EXIT.usage,
    );
  return atMs;
}
