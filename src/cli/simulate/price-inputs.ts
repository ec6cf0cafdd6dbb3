import { onDemandPrice, type OnDemandPrices } from '../../engine/market/parse-on-demand.ts';
import { parseTimestamp, type RecordedMarket } from '../../engine/market/parse-prices.ts';
import type { EpochMs, UsdPerHour } from '../../engine/model/units.ts';
import { safe } from '../../ui/safe-text.ts';
import { CliError, EXIT } from '../exit.ts';
import { readMarkets, readOnDemand } from '../market-files.ts';
import { iso } from '../output.ts';

export interface PriceOptions {
  readonly prices?: string;
  readonly onDemand?: string;
  readonly type?: string;
  readonly zone?: string;
  readonly from?: string;
  readonly to?: string;
}

export interface PricedMarket {
  readonly market: RecordedMarket;
  readonly onDemandUsdPerHour: UsdPerHour | undefined;
}

export interface PriceInputs {
  readonly markets: readonly PricedMarket[];
  /** Instants that are decided; earlier prices are history. */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  /** The newest price of the file: up to here it is known what came. */
  readonly untilMs: EpochMs;
}

/** Markets of the file with their on-demand prices, and the window: by default the later third of the file's span. */
export function readPriceInputs(options: PriceOptions): PriceInputs {
  if (options.prices === undefined)
    throw new CliError(
      '--prices FILE is needed: recorded prices as JSON or CSV, - for stdin, cache for what is kept',
      EXIT.usage,
    );
  const all = readMarkets(options.prices);
  const onDemand = options.onDemand === undefined ? undefined : readOnDemand(options.onDemand);
  const chosen = chosenMarkets(all, options);
  const span = spanOf(chosen);
  const window = windowOf(span, options);
  return { markets: chosen.map((market) => priced(market, onDemand, window.fromMs)), ...window, untilMs: span.toMs };
}

function priced(market: RecordedMarket, onDemand: OnDemandPrices | undefined, atMs: EpochMs): PricedMarket {
  return { market, onDemandUsdPerHour: onDemand && onDemandPrice(onDemand, market, atMs) };
}

function chosenMarkets(all: readonly RecordedMarket[], { type, zone }: PriceOptions): readonly RecordedMarket[] {
  const chosen = all.filter(
    (market) => (type === undefined || market.type === type) && (zone === undefined || market.zone === zone),
  );
  if (chosen.length > 0) return chosen;
  const known = [...new Set(all.map((market) => `${market.type}/${market.zone}`))].sort();
  const list = safe(known.slice(0, 60).join(', ')) + (known.length > 60 ? ` and ${known.length - 60} more` : '');
  throw new CliError(
    `${safe(type ?? 'any type')} in ${safe(zone ?? 'any zone')}: not in the file; there are: ${list}`,
    EXIT.notFound,
  );
}

function spanOf(markets: readonly RecordedMarket[]): { fromMs: EpochMs; toMs: EpochMs } {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const { series } of markets) {
    fromMs = Math.min(fromMs, series.atMs[0] ?? Infinity);
    toMs = Math.max(toMs, series.atMs.at(-1) ?? -Infinity);
  }
  if (!(toMs > fromMs))
    throw new CliError(
      'the prices are of one instant: there is no time to decide in; give a longer history',
      EXIT.failed,
    );
  return { fromMs, toMs };
}

const LATER_THIRD = 2 / 3;

function windowOf(span: { fromMs: EpochMs; toMs: EpochMs }, options: PriceOptions): { fromMs: EpochMs; toMs: EpochMs } {
  const laterThird = span.fromMs + LATER_THIRD * (span.toMs - span.fromMs);
  const fromMs = options.from === undefined ? laterThird : instantOf('--from', options.from);
  const toMs = Math.min(options.to === undefined ? Infinity : instantOf('--to', options.to), span.toMs);
  const held = `the file holds ${iso(span.fromMs)} to ${iso(span.toMs)}`;
  if (fromMs >= span.toMs)
    throw new CliError(`--from ${safe(options.from ?? '')} is after the last price: ${held}`, EXIT.usage);
  if (toMs <= fromMs)
    throw new CliError(`--to must come after ${iso(fromMs)}, where the window begins; ${held}`, EXIT.usage);
  return { fromMs: Math.max(fromMs, span.fromMs), toMs };
}

function instantOf(option: string, text: string): EpochMs {
  const atMs = parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (atMs === undefined)
    throw new CliError(
      `${option} ${safe(text)}: expected a date (2016-03-20) or an instant (2016-03-20T12:00:00Z)`,
      EXIT.usage,
    );
  return atMs;
}

/** Refuses a window that is too short for what is to be decided in it. */
export function needRoom({ fromMs, toMs, untilMs }: PriceInputs, needMs: number, what: string): void {
  const roomMs = Math.min(toMs, untilMs - needMs) - fromMs;
  if (roomMs > 0) return;
  const hours = ((untilMs - fromMs) / 3_600_000).toFixed(1);
  throw new CliError(
    `${what} does not fit: prices go on for ${hours} h after ${iso(fromMs)}; begin earlier (--from) or ask for less time`,
    EXIT.usage,
  );
}

/** Names of markets that no on-demand price is known for, in one sentence; empty where there are none. */
export function withoutOnDemand(markets: readonly PricedMarket[], effect: string): string {
  const names = [
    ...new Set(
      markets.filter((m) => m.onDemandUsdPerHour === undefined).map(({ market: m }) => `${m.type} ${m.product}`),
    ),
  ].sort();
  if (names.length === 0) return '';
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  return `No on-demand price for ${safe(names.slice(0, 8).join(', '))}${more}: ${effect}.`;
}
