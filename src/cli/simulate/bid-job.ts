import { parseJobDocument } from '../../engine/protocol/job-document.ts';
import { HOUR_MS } from '../../engine/model/units.ts';
import { safe } from '../../ui/safe-text.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { readSource } from '../read-documents.ts';
import type { BidOptions } from './bid-inputs.ts';

/**
 * The options with what a job document says of them: its estimate, its deadline from now on, its highest price, and its instance
 * type where it names just one. What was given as an option wins.
 */
export async function withJob(options: BidOptions): Promise<BidOptions> {
  if (options.job === undefined) return options;
  const file = safe(options.job);
  const decoded = parseJobDocument((await readSource(options.job)).replace(/^\uFEFF/, ''));
  if (!decoded.ok) {
    const problems = decoded.problems
      .slice(0, 5)
      .map(({ path, problem }) => `${path === '' ? 'the document' : path}: ${problem}`);
    throw new CliError(`--job ${file}: ${safe(problems.join('; '))}`, EXIT.usage);
  }
  const { estimate, deadline, bid, needs } = decoded.value;
  if (options.workH === undefined && !((estimate?.workS ?? 0) > 0))
    throw new CliError(`--job ${file}: has no estimate.workS; add it, or give --work-h`, EXIT.usage);
  const deadlineH = deadline === undefined ? undefined : (Date.parse(deadline) - systemClock.now()) / HOUR_MS;
  if (options.deadlineH === undefined && deadlineH !== undefined && deadlineH <= 0)
    throw new CliError(`--job ${file}: its deadline ${deadline} is past; give --deadline-h`, EXIT.usage);
  const isAny = options.bid === undefined && options.sweep !== true;
  return {
    ...options,
    ...given('workH', options.workH ?? hours(estimate?.workS)),
    ...given('deadlineH', options.deadlineH ?? (deadlineH === undefined ? undefined : String(deadlineH))),
    ...given('bid', isAny && bid !== undefined ? String(bid.maxUsdPerHour) : options.bid),
    ...given('type', options.type ?? (needs.types.length === 1 ? needs.types[0] : undefined)),
  };
}

function hours(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : String(seconds / 3600);
}

function given<Name extends keyof BidOptions>(name: Name, value: BidOptions[Name]): Partial<BidOptions> {
  return value === undefined ? {} : { [name]: value };
}
