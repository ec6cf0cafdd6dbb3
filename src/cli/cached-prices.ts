import { stepsOf } from '../engine/market/merge-prices.ts';
import type { RecordedMarket } from '../engine/market/recorded-market.ts';
import { safe } from '../ui/safe-text.ts';
import { CliError, EXIT } from './exit.ts';
import { note } from './output.ts';
import { cacheSources, PriceCache } from './price-cache.ts';

/** What stands for the prices on disk where a file of prices may be given; `cache:NAME` is one source of them. */
export const CACHE = 'cache';

/** A name of a folder, and none that leads out of it. */
const SOURCE = /^\w[\w.-]{0,63}$/;

/** The cache that a `--prices` word means; undefined where it is the name of a file. */
export function cacheMeant(word: string): PriceCache | undefined {
  if (word !== CACHE && !word.startsWith(`${CACHE}:`)) return undefined;
  const sources = cacheSources();
  const [only, ...others] = sources;
  const known = sources.map((source) => `${CACHE}:${source}`).join(', ');
  if (only === undefined)
    throw new CliError(
      'no prices are kept yet; fetch them with: cbas prices sync, or take in a file with: cbas prices import FILE',
      EXIT.notFound,
    );
  if (word === CACHE) {
    if (others.length === 0) return new PriceCache(only);
    throw new CliError(`prices of several sources are kept, say which: ${safe(known)}`, EXIT.usage);
  }
  const source = word.slice(CACHE.length + 1);
  if (!sources.includes(source))
    throw new CliError(`${safe(word)} is not kept; there are: ${safe(known)}`, EXIT.notFound);
  return new PriceCache(source);
}

/** The cache of that name, to be written to. */
export function cacheNamed(source: string): PriceCache {
  if (SOURCE.test(source)) return new PriceCache(source);
  throw new CliError(`${safe(source)}: a name of letters, digits, dots and dashes is needed`, EXIT.usage);
}

/** Every point that is kept. What cannot be used is told; when nothing can, the verb ends. */
export function cachedRecords(cache: PriceCache): readonly RecordedMarket[] {
  const { markets, wrong } = cache.read();
  for (const sentence of wrong) note(`${safe(sentence)}; fetch it anew with: cbas prices sync`);
  if (markets.length === 0)
    throw new CliError(`${safe(cache.folder)} holds no price that can be read: cbas prices sync`, EXIT.failed);
  return markets;
}

/** What is kept, as step functions. */
export function cachedMarkets(cache: PriceCache): RecordedMarket[] {
  return cachedRecords(cache).map((market) => ({ ...market, series: stepsOf(market.series) }));
}
