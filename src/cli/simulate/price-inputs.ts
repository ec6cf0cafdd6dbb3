import { onDemandPrice, type OnDemandPrices } from '../../engine/market/parse-on-demand.ts';
import type { RecordedMarket } from '../../engine/market/recorded-market.ts';
import type { EpochMs, UsdPerHour } from '../../engine/model/units.ts';
import { safe } from '../../ui/safe-text.ts';
import { CliError, EXIT } from '../exit.ts';
import { readOnDemand } from '../market-files.ts';
import { iso } from '../output.ts';
import { chosenMarkets, type MarketFilter, type TimeWindow, windowIn } from './market-window.ts';

const LATER_THIRD = 2 / 3;

export interface PriceOptions extends MarketFilter {
  readonly onDemand?: string;
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
  // Every product has prices to decide on.
  const markets = chosenMarkets({ product: 'all', ...options });
  const onDemand = options.onDemand === undefined ? undefined : readOnDemand(options.onDemand);
  const span = spanOf(markets);
  const window = windowIn(span, options, span.fromMs + LATER_THIRD * (span.toMs - span.fromMs));
  return { markets: markets.map((market) => priced(market, onDemand, window.fromMs)), ...window, untilMs: span.toMs };
}

function priced(market: RecordedMarket, onDemand: OnDemandPrices | undefined, atMs: EpochMs): PricedMarket {
  return { market, onDemandUsdPerHour: onDemand && onDemandPrice(onDemand, market, atMs) };
}

function spanOf(markets: readonly RecordedMarket[]): TimeWindow {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const { series } of markets) {
    fromMs = Math.min(fromMs, series.atMs[0] ?? Infinity);
    toMs = Math.max(toMs, series.atMs.at(-1) ?? -Infinity);
  }
  return { fromMs, toMs };
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
