import { type InterruptionCount, interruptionRecord } from '../engine/market/interruption-record.ts';
import type { EpochMs } from '../engine/model/units.ts';
import { decode, list, literal, number, object, text } from '../engine/protocol/shape.ts';
import { safe } from '../ui/safe-text.ts';
import { CliError, EXIT } from './exit.ts';
import { Look } from './look.ts';
import { parsedFile } from './market-files.ts';
import { iso } from './output.ts';
import type { Wired } from './wire.ts';

const MARKETS_MAX = 100_000;
const HOURS_MAX = 1e12;
const count = object({
  market: text({ min: 1, max: 200 }),
  instances: number({ min: 0, max: 1e12, whole: true }),
  instanceHours: number({ min: 0, max: HOURS_MAX }),
  interruptions: number({ min: 0, max: 1e12, whole: true }),
});
const recordShape = object({
  cbasInterruptions: literal(1),
  at: text({ max: 40 }),
  markets: list(count, { max: MARKETS_MAX }),
});

/** The record of a deployment, from all rows of workers that it has. */
export async function recordOf(wired: Wired, nowMs: EpochMs): Promise<readonly InterruptionCount[]> {
  const { snapshot } = await Look.at(wired, ['workers']);
  return interruptionRecord(snapshot.workers, nowMs);
}

/** As `cbas prices export --interruptions` prints it. */
export function recordJson(markets: readonly InterruptionCount[], nowMs: EpochMs): object {
  return { cbasInterruptions: 1, at: iso(nowMs), markets };
}

/** A file of that form. What is wrong with it ends the verb, with the place. */
export function readRecord(file: string): readonly InterruptionCount[] {
  return parsedFile(file, (json) => {
    const result = decode(recordShape, parsed(json));
    if (!result.ok)
      throw new CliError(result.problems.slice(0, 5).map(({ path, problem }) => `${path === '' ? 'the file' : path}: ${problem}`).join('; '), EXIT.usage); // prettier-ignore
    const { markets } = result.value;
    const names = markets.map(({ market }) => market);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) throw new CliError(`markets: ${safe(twice)} is there twice; add its counts up`);
    return markets;
  });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CliError(`is not JSON (${(error as Error).message}); make one: cbas prices export --interruptions`);
  }
}
