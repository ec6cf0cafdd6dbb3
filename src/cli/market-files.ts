import fs from 'node:fs';
import zlib from 'node:zlib';
import { type OnDemandPrices, parseOnDemand } from '../engine/market/parse-on-demand.ts';
import { parsePriceRecords, parsePrices } from '../engine/market/parse-prices.ts';
import type { RecordedMarket } from '../engine/market/recorded-market.ts';
import { safe } from '../ui/safe-text.ts';
import { cachedMarkets, cachedRecords, cacheMeant } from './cached-prices.ts';
import { CliError, EXIT } from './exit.ts';

const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Recorded prices of a file, gzip or plain; `-` is stdin, `cache` what `cbas prices sync` keeps (a file of that name is
 * `./cache`). What cannot be read or understood ends the verb.
 */
export function readMarkets(file: string): RecordedMarket[] {
  const cache = cacheMeant(file);
  return cache === undefined ? parsedFile(file, parsePrices) : cachedMarkets(cache);
}

/** The same with every point that was told, repeats included: what can be merged. */
export function readRecords(file: string): readonly RecordedMarket[] {
  const cache = cacheMeant(file);
  return cache === undefined ? parsedFile(file, parsePriceRecords) : cachedRecords(cache);
}

/** On-demand prices of a file, or those that `cbas prices sync` keeps beside its spot prices. */
export function readOnDemand(file: string): OnDemandPrices {
  const cache = cacheMeant(file);
  if (cache === undefined) return parsedFile(file, parseOnDemand);
  const prices = cache.onDemand();
  if (prices.size > 0) return prices;
  throw new CliError(`${safe(cache.onDemandFile)} holds no on-demand price: cbas prices sync`, EXIT.notFound);
}

/** The text of a data file, through its parser; what either throws is told with the file's name. */
export function parsedFile<T>(file: string, parse: (text: string) => T): T {
  const name = file === '-' ? 'stdin' : safe(file);
  const bytes = bytesOf(file, name);
  try {
    return parse(unpacked(bytes).toString('utf8'));
  } catch (error) {
    throw new CliError(`${name}: ${error instanceof Error ? error.message : String(error)}`, EXIT.failed);
  }
}

function bytesOf(file: string, name: string): Buffer {
  try {
    return fs.readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const wrong = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'is a folder' : String(error);
    throw new CliError(`${name}: ${wrong}`, EXIT.notFound);
  }
}

function unpacked(bytes: Buffer): Buffer {
  return GZIP_MAGIC.every((byte, at) => bytes[at] === byte) ? zlib.gunzipSync(bytes) : bytes;
}
