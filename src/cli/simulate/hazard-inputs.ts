import { type InterruptionHazard, interruptionHazard, seldomTaken } from '../../engine/market/interruption-hazard.ts';
import type { InterruptionCount } from '../../engine/market/interruption-record.ts';
import type { RecordedMarket } from '../../engine/market/recorded-market.ts';
import { parseTraces } from '../../engine/market/parse-traces.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { parsedFile } from '../market-files.ts';
import { note } from '../output.ts';

export interface HazardOptions extends CommonOptions {
  /** A file, or `none`: interruptions by the price alone. */
  readonly interruptions?: string;
  readonly traces?: string;
}

/** How often capacity takes an instance back, and what else is known of it. */
export interface KnownHazard {
  readonly hazard: InterruptionHazard;
  /** In words: where the record is from. */
  readonly from: string;
  /** The market of the record that is taken back least, where that is another; its hazard. */
  readonly seldomest: InterruptionHazard | undefined;
}

/**
 * The hazard of a market under today's billing: from the record of a file, else of the deployment that is reachable, and from
 * availability traces if given; without any the stated prior. Undefined where it is not wanted.
 */
export async function hazardFor(market: RecordedMarket, options: HazardOptions): Promise<KnownHazard | undefined> {
  if (options.interruptions === 'none') return undefined;
  const traces = options.traces === undefined ? [] : parsedFile(options.traces, parseTraces);
  const { record, from } = await knownRecord(options);
  const name = `${market.type}/${market.zone}`;
  return {
    hazard: interruptionHazard(name, record, traces),
    from,
    seldomest: seldomTaken(name, record, traces),
  };
}

async function knownRecord(options: HazardOptions): Promise<{ record: readonly InterruptionCount[]; from: string }> {
  const files = await import('../interruption-file.ts');
  if (options.interruptions !== undefined)
    return { record: files.readRecord(options.interruptions), from: safe(options.interruptions) };
  const { openToLook } = await import('../session.ts');
  const isNamed = (options.deployment ?? process.env['CBAS_DEPLOYMENT']) !== undefined;
  try {
    const wired = await openToLook(options);
    return { record: await files.recordOf(wired, systemClock.now()), from: `deployment ${safe(wired.choice.name)}` };
  } catch (error) {
    if (isNamed) throw error;
    const isNone = error instanceof CliError && error.code === EXIT.notFound;
    if (!isNone)
      note(`no record of interruptions is read: ${safe(error instanceof Error ? error.message : String(error))}`);
    return { record: [], from: 'no deployment' };
  }
}
