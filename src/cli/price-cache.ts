import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { type OnDemandPrices, parseOnDemand } from '../engine/market/parse-on-demand.ts';
import { parsePriceRecords } from '../engine/market/parse-prices.ts';
import type { RecordedMarket } from '../engine/market/recorded-market.ts';
import { priceCsv } from '../engine/market/price-csv.ts';
import { isObject } from '../engine/protocol/shape.ts';
import type { EpochMs, Json } from '../engine/model/units.ts';
import { stateHome } from './places.ts';

/** What has been asked of a market so far: its prices are complete from here to there. */
export interface Asked {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/** What a cache holds, and in sentences what of it could not be used. */
export interface CachedPrices {
  readonly markets: readonly RecordedMarket[];
  readonly wrong: readonly string[];
}

const SUFFIX = '.csv.gz';
const INDEX_FILE = 'index.json';
const ON_DEMAND_FILE = 'on-demand.csv';

/**
 * Prices on disk, one gzip CSV a market in a folder of each source: an account, an embedded AWS, or what was imported.
 * Letters of zones are aliases of an account, and an embedded market is none at all, so sources are never mixed. A file is
 * written under another name and renamed: a reader sees the old one or the new.
 */
export class PriceCache {
  readonly source: string;
  readonly folder: string;

  constructor(source: string) {
    this.source = source;
    this.folder = path.join(cacheHome(), source);
  }

  /** Every point of every market. A file that is torn, or is not what its name says, is left out and told. */
  read(): CachedPrices {
    const markets: RecordedMarket[] = [];
    const wrong: string[] = [];
    for (const name of namesIn(this.folder).filter((one) => one.endsWith(SUFFIX))) {
      try {
        markets.push(marketOf(name, fs.readFileSync(path.join(this.folder, name))));
      } catch (error) {
        wrong.push(`${path.join(this.folder, name)} cannot be used: ${textOf(error)}`);
      }
    }
    return { markets, wrong };
  }

  write(market: RecordedMarket): void {
    this.#replace(fileName(market), zlib.gzipSync(priceCsv([market])));
  }

  /** Keeps a market's file under another name, for it is about to be replaced by what does not continue it. */
  setAside(market: Omit<RecordedMarket, 'series'>): string {
    const file = path.join(this.folder, fileName(market));
    if (fs.existsSync(file)) fs.renameSync(file, `${file}.old`);
    return `${file}.old`;
  }

  /** By pool; empty where nothing was asked yet, or the file that tells is torn: then all is asked anew. */
  asked(): ReadonlyMap<string, Asked> {
    const asked = new Map<string, Asked>();
    const told = jsonIn(path.join(this.folder, INDEX_FILE));
    const pools = isObject(told) && told['version'] === 1 ? told['asked'] : undefined;
    if (!isObject(pools)) return asked;
    for (const [pool, span] of Object.entries(pools)) {
      if (!isObject(span)) continue;
      const { fromMs, toMs } = span;
      if (typeof fromMs === 'number' && typeof toMs === 'number') asked.set(pool, { fromMs, toMs });
    }
    return asked;
  }

  writeAsked(asked: ReadonlyMap<string, Asked>): void {
    this.#replace(INDEX_FILE, `${JSON.stringify({ version: 1, asked: Object.fromEntries(asked) }, null, 1)}\n`);
  }

  /** Empty where none are kept, or the file is torn: on-demand prices are asked again then. */
  onDemand(): OnDemandPrices {
    try {
      return parseOnDemand(fs.readFileSync(this.onDemandFile, 'utf8'));
    } catch {
      // Not there yet, or torn: a cache that cannot be read is the same as none.
      return new Map();
    }
  }

  /** CSV that `--on-demand` reads. */
  get onDemandFile(): string {
    return path.join(this.folder, ON_DEMAND_FILE);
  }

  writeOnDemand(csv: string): void {
    this.#replace(ON_DEMAND_FILE, csv);
  }

  #replace(name: string, contents: string | Buffer): void {
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const file = path.join(this.folder, name);
    const next = `${file}.next-${process.pid}`;
    fs.writeFileSync(next, contents, { mode: 0o600 });
    fs.renameSync(next, file);
  }
}

/** Sources that there is something of, by name. */
export function cacheSources(): readonly string[] {
  return namesIn(cacheHome())
    .filter((name) => fs.statSync(path.join(cacheHome(), name)).isDirectory())
    .filter((name) => namesIn(path.join(cacheHome(), name)).some((file) => file.endsWith(SUFFIX)))
    .sort();
}

function cacheHome(): string {
  return path.join(stateHome(), 'prices');
}

function namesIn(folder: string): readonly string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
}

function fileName({ type, zone, product }: Omit<RecordedMarket, 'series'>): string {
  return `${[type, zone, product].map(encodeURIComponent).join('_')}${SUFFIX}`;
}

function marketOf(name: string, bytes: Buffer): RecordedMarket {
  const [market, ...others] = parsePriceRecords(zlib.gunzipSync(bytes).toString('utf8'));
  if (market === undefined || others.length > 0 || fileName(market) !== name)
    throw new Error('it holds another market than its name says');
  return market;
}

function jsonIn(file: string): Json | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Json;
  } catch {
    // Not there yet, or torn: then nothing is known to be complete.
    return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
