import { mergePrices } from '../../engine/market/merge-prices.ts';
import { parsePriceRecords } from '../../engine/market/parse-prices.ts';
import type { RecordedMarket } from '../../engine/market/recorded-market.ts';
import { priceCsv } from '../../engine/market/price-csv.ts';
import { EMPTY_SERIES, pointsOf, slice } from '../../engine/market/price-series.ts';
import { safe } from '../../ui/safe-text.ts';
import { CACHE, cacheNamed } from '../cached-prices.ts';
import { CliError, EXIT } from '../exit.ts';
import { parsedFile, readRecords } from '../market-files.ts';
import { aside, iso, note, print, printJson, printTable, type TextColumn } from '../output.ts';
import { instantOf, marketsIn } from '../simulate/market-window.ts';
import type { RecordedOptions } from './list.ts';

/** Where imported files go unless `--into` says otherwise. */
export const IMPORTED = 'imported';

export interface ImportOptions {
  readonly into?: string;
  readonly json?: boolean;
}

interface Imported {
  readonly market: RecordedMarket;
  readonly added: number;
  readonly known: number;
  readonly changed: number;
}

/** `cbas prices import FILE`: a file's prices into what is kept. Nothing is written unless all of it is understood. */
export function importPrices(file: string, options: ImportOptions): number {
  const cache = cacheNamed(options.into ?? IMPORTED);
  const told = parsedFile(file, parsePriceRecords);
  const { markets, wrong } = cache.read();
  for (const sentence of wrong) note(`${safe(sentence)}; what is imported of it takes its place`);
  const held = new Map(markets.map((market) => [nameOf(market), market]));
  const imported = told.map((market): Imported => {
    const before = held.get(nameOf(market));
    const { series, ...counts } = mergePrices(before?.series ?? EMPTY_SERIES, market.series);
    cache.write({ ...market, series });
    return { market, ...counts };
  });
  const sum = (of: (one: Imported) => number): number => imported.reduce((total, one) => total + of(one), 0);
  const [added, known, changed] = [sum((one) => one.added), sum((one) => one.known), sum((one) => one.changed)];
  if (options.json === true)
    printJson({
      source: cache.source,
      folder: cache.folder,
      new: added,
      known,
      changed,
      markets: imported.map(importedJson),
    });
  else {
    printTable(COLUMNS, imported);
    print(`${added} new, ${known} known, ${changed} changed; kept as ${CACHE}:${safe(cache.source)}`);
    if (changed > 0) note('where two prices are told of one instant, the higher one stands');
  }
  return EXIT.done;
}

function nameOf({ type, zone, product }: RecordedMarket): string {
  return `${type}/${zone}/${product}`;
}

const COLUMNS: readonly TextColumn<Imported>[] = [
  { title: 'type', text: ({ market }) => market.type },
  { title: 'zone', text: ({ market }) => market.zone },
  { title: 'product', text: ({ market }) => market.product },
  { title: 'new', text: ({ added }) => String(added), align: 'right' },
  { title: 'known', text: ({ known }) => String(known), align: 'right' },
  { title: 'changed', text: ({ changed }) => String(changed), align: 'right' },
];

function importedJson({ market, added, known, changed }: Imported) {
  const { type, zone, product } = market;
  return { type, zone, product, new: added, known, changed };
}

export interface ExportOptions extends RecordedOptions {
  readonly from?: string;
  readonly to?: string;
}

/** `cbas prices export`: CSV on stdout; with `--json` as `aws ec2 describe-spot-price-history` prints it. */
export function exportPrices(options: ExportOptions): number {
  const product = options.product ?? 'all';
  const chosen = marketsIn(readRecords(options.prices ?? CACHE), { ...options, product });
  const fromMs = options.from === undefined ? -Infinity : instantOf('--from', options.from);
  const toMs = options.to === undefined ? Infinity : instantOf('--to', options.to);
  if (!(fromMs < toMs)) throw new CliError('--to must come after --from', EXIT.usage);
  const markets = chosen
    .map((market) => ({ ...market, series: slice(market.series, fromMs, toMs) }))
    .filter(({ series }) => series.atMs.length > 0);
  if (markets.length === 0) throw new CliError(nothingIn(chosen), EXIT.notFound);
  if (options.json === true) printJson(awsJson(markets));
  else print(priceCsv(markets).trimEnd());
  aside(`${markets.reduce((sum, { series }) => sum + series.atMs.length, 0)} prices of ${markets.length} markets`);
  return EXIT.done;
}

function nothingIn(markets: readonly RecordedMarket[]): string {
  const first = markets.reduce((least, { series }) => Math.min(least, series.atMs[0] ?? Infinity), Infinity);
  return `no price was in force before --to; the oldest is of ${iso(first)}`;
}

function awsJson(markets: readonly RecordedMarket[]) {
  const SpotPriceHistory = markets.flatMap(({ type, zone, product, series }) =>
    pointsOf(series).map(({ atMs, usdPerHour }) => ({
      AvailabilityZone: zone,
      InstanceType: type,
      ProductDescription: product,
      SpotPrice: String(usdPerHour),
      Timestamp: new Date(atMs).toISOString(),
    })),
  );
  return { SpotPriceHistory };
}
