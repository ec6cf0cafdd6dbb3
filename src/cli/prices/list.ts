import { onDemandPrice, type OnDemandPrices } from '../../engine/market/parse-on-demand.ts';
import type { RecordedMarket } from '../../engine/market/recorded-market.ts';
import { priceDistribution, quantile, shareAtOrBelow } from '../../engine/market/quantile.ts';
import type { EpochMs, UsdPerHour } from '../../engine/model/units.ts';
import { NONE, percent, price } from '../../ui/format.ts';
import { CACHE, cacheMeant } from '../cached-prices.ts';
import { EXIT } from '../exit.ts';
import { readOnDemand } from '../market-files.ts';
import { iso, printJson, printTable, type TextColumn } from '../output.ts';
import { chosenMarkets } from '../simulate/market-window.ts';

export interface RecordedOptions {
  readonly prices?: string;
  readonly onDemand?: string;
  readonly type?: string;
  readonly zone?: string;
  readonly product?: string;
  readonly json?: boolean;
}

/** What is told of a market's record; quantiles and shares are of time. */
export interface MarketFigures {
  readonly market: RecordedMarket;
  readonly points: number;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly nowUsdPerHour: UsdPerHour;
  readonly medianUsdPerHour: UsdPerHour;
  readonly p95UsdPerHour: UsdPerHour;
  readonly onDemandUsdPerHour: UsdPerHour | undefined;
  readonly aboveOnDemandPct: number | undefined;
}

/** `cbas prices list`: the markets of a file, or of what is kept. */
export function listRecorded(options: RecordedOptions): number {
  const figures = recordedFigures({ ...options, product: options.product ?? 'all' });
  if (options.json === true) printJson(figures.map(figuresJson));
  else printTable(COLUMNS, figures);
  return EXIT.done;
}

/** The markets asked for, with their figures; on-demand prices from the file given, else from beside the kept prices. */
export function recordedFigures(options: RecordedOptions): readonly MarketFigures[] {
  const prices = options.prices ?? CACHE;
  const markets = chosenMarkets({ ...options, prices });
  const onDemand =
    options.onDemand === undefined ? (cacheMeant(prices)?.onDemand() ?? new Map()) : readOnDemand(options.onDemand); // prettier-ignore
  return markets.map((market) => figuresOf(market, onDemand));
}

function figuresOf(market: RecordedMarket, onDemand: OnDemandPrices): MarketFigures {
  const { atMs, usdPerHour } = market.series;
  const fromMs = atMs[0] ?? 0;
  const toMs = atMs.at(-1) ?? fromMs;
  // A single price has no time yet: as if it had held for a moment.
  const distribution = priceDistribution(market.series, { fromMs, toMs: Math.max(toMs, fromMs + 1) });
  const onDemandUsdPerHour = onDemandPrice(onDemand, market, toMs);
  return {
    market,
    points: atMs.length,
    fromMs,
    toMs,
    nowUsdPerHour: usdPerHour.at(-1) ?? 0,
    medianUsdPerHour: quantile(distribution, 0.5),
    p95UsdPerHour: quantile(distribution, 0.95),
    onDemandUsdPerHour,
    aboveOnDemandPct: onDemandUsdPerHour && 100 * (1 - shareAtOrBelow(distribution, onDemandUsdPerHour)),
  };
}

const COLUMNS: readonly TextColumn<MarketFigures>[] = [
  { title: 'type', text: ({ market }) => market.type },
  { title: 'zone', text: ({ market }) => market.zone },
  { title: 'product', text: ({ market }) => market.product },
  { title: 'points', text: ({ points }) => String(points), align: 'right' },
  { title: 'from', text: ({ fromMs }) => minute(fromMs) },
  { title: 'to', text: ({ toMs }) => minute(toMs) },
  { title: 'now $/h', text: ({ nowUsdPerHour }) => price(nowUsdPerHour), align: 'right' },
  { title: 'median', text: ({ medianUsdPerHour }) => price(medianUsdPerHour), align: 'right' },
  { title: 'p95', text: ({ p95UsdPerHour }) => price(p95UsdPerHour), align: 'right' },
  { title: 'on-demand', text: ({ onDemandUsdPerHour }) => price(onDemandUsdPerHour), align: 'right' },
  { title: 'time above', text: ({ aboveOnDemandPct }) => percent(aboveOnDemandPct), align: 'right' },
];

function minute(atMs: EpochMs): string {
  return iso(atMs)?.slice(0, 16) ?? NONE;
}

export function figuresJson({ market, fromMs, toMs, ...figures }: MarketFigures) {
  const { type, zone, product } = market;
  return {
    type,
    zone,
    product,
    from: iso(fromMs),
    to: iso(toMs),
    ...figures,
    onDemandUsdPerHour: figures.onDemandUsdPerHour ?? null,
    aboveOnDemandPct: figures.aboveOnDemandPct ?? null,
  };
}
