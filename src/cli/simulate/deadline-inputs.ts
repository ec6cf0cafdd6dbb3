import { DEADLINE_POLICY_NAMES, type DeadlinePolicyName } from '../../engine/decide/deadline-policies.ts';
import { type AvailabilityTrace, traceName } from '../../engine/market/availability.ts';
import { parseTraces } from '../../engine/market/parse-traces.ts';
import type { DeadlineJob } from '../../engine/sim/deadline-replay.ts';
import { type DeadlineTrial, drawStarts } from '../../engine/sim/deadline-trials.ts';
import { safe } from '../../ui/safe-text.ts';
import { CliError, EXIT } from '../exit.ts';
import { parsedFile } from '../market-files.ts';
import { realNumber, wholeNumber } from '../numbers.ts';
import { instantOf } from './market-window.ts';

/** As the command line gives them. */
export interface DeadlineOptions {
  readonly traces?: string;
  readonly workH: string;
  readonly deadlineH: string;
  readonly changeoverH: string;
  readonly onDemand: string;
  readonly spot: string;
  readonly starts: string;
  readonly policy?: string;
  readonly zone?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly seed: string;
  readonly json?: boolean;
}

export interface DeadlineInputs {
  readonly job: DeadlineJob;
  readonly trials: readonly DeadlineTrial[];
  /** Traces that are too short for the job, by name. */
  readonly tooShort: readonly string[];
  readonly seed: number;
}

const HOUR_S = 3600;
const HOURS_MAX = 24 * 366;
const STARTS_MAX = 100_000;
const PRICE_MAX = 10_000;

export function readDeadlineInputs(options: DeadlineOptions): DeadlineInputs {
  if (options.traces === undefined)
    throw new CliError('--traces FILE is needed: availability traces, one JSON object a line; - for stdin', EXIT.usage);
  const job = jobOf(options);
  const policies = policiesOf(options.policy);
  const seed = wholeNumber('--seed', options.seed, { min: 0, max: 2 ** 31 });
  const count = wholeNumber('--starts', options.starts, { min: 1, max: STARTS_MAX });
  const trials: DeadlineTrial[] = [];
  const tooShort: string[] = [];
  for (const trace of chosenTraces(parsedFile(options.traces, parseTraces), options)) {
    checkJob(job, trace);
    const starts = drawStarts(trace, job, { ...rangeOf(trace, options), count, seed });
    if (starts.length === 0) tooShort.push(traceName(trace));
    else trials.push({ trace, job, starts, policies });
  }
  if (trials.length > 0) return { job, trials, tooShort, seed };
  const bounds = options.from === undefined && options.to === undefined ? '' : ' between --from and --to';
  throw new CliError(
    `no trace has room for a job of ${job.deadlineS / HOUR_S} h${bounds}: ${safe(listed(tooShort))}; give longer traces or ask for less time`,
    EXIT.usage,
  );
}

function jobOf(options: DeadlineOptions): DeadlineJob {
  const hours = { min: 1 / 60, max: HOURS_MAX };
  const work = realNumber('--work-h', options.workH, hours);
  const deadline = realNumber('--deadline-h', options.deadlineH, hours);
  const changeover = realNumber('--changeover-h', options.changeoverH, { min: 0, max: HOURS_MAX });
  if (deadline < work + changeover)
    throw new CliError(
      `--deadline-h ${deadline}: ${work} h of work and a start of ${changeover} h do not fit before it, not even on on-demand; give at least ${work + changeover}`,
      EXIT.usage,
    );
  const price = { min: 1e-6, max: PRICE_MAX };
  return {
    workS: work * HOUR_S,
    deadlineS: deadline * HOUR_S,
    changeoverS: changeover * HOUR_S,
    onDemandUsdPerHour: realNumber('--on-demand', options.onDemand, price),
    spotUsdPerHour: realNumber('--spot', options.spot, price),
  };
}

/** A deadline counts in whole ticks, so that a job which fits by a hair may not fit a trace of long ticks. */
function checkJob(job: DeadlineJob, trace: AvailabilityTrace): void {
  const usableS = Math.floor(job.deadlineS / trace.tickS + 1e-9) * trace.tickS;
  if (job.workS + job.changeoverS <= usableS + 1e-6) return;
  throw new CliError(
    `${safe(traceName(trace))} has ticks of ${trace.tickS} s: only ${(usableS / HOUR_S).toFixed(2)} h of --deadline-h ${job.deadlineS / HOUR_S} are whole ticks, and the work with one start needs ${((job.workS + job.changeoverS) / HOUR_S).toFixed(2)} h`,
    EXIT.usage,
  );
}

function policiesOf(text: string | undefined): readonly DeadlinePolicyName[] {
  if (text === undefined) return DEADLINE_POLICY_NAMES;
  return [...new Set(text.split(',').map((name) => name.trim()))].map((name) => {
    const known = DEADLINE_POLICY_NAMES.find((policy) => policy === name);
    if (known !== undefined) return known;
    throw new CliError(
      `--policy ${safe(name)}: there is no such policy; there are: ${DEADLINE_POLICY_NAMES.join(', ')}`,
      EXIT.usage,
    );
  });
}

function chosenTraces(
  all: readonly AvailabilityTrace[],
  { zone, type }: DeadlineOptions,
): readonly AvailabilityTrace[] {
  const chosen = all.filter(
    (trace) => (zone === undefined || trace.zone === zone) && (type === undefined || trace.device === type),
  );
  if (chosen.length > 0) return chosen;
  throw new CliError(
    `${safe(type ?? 'any type')} in ${safe(zone ?? 'any zone')}: not in the file; there are: ${safe(listed(all.map(traceName)))}`,
    EXIT.notFound,
  );
}

const NAMES_MAX = 40;

function listed(names: readonly string[]): string {
  const different = [...new Set(names)].sort();
  const more = different.length > NAMES_MAX ? ` and ${different.length - NAMES_MAX} more` : '';
  return different.slice(0, NAMES_MAX).join(', ') + more;
}

/** Ticks [from, to) that a job may lie in. */
function rangeOf(trace: AvailabilityTrace, options: DeadlineOptions): { from: number; to: number } {
  const tickOf = (option: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const atMs = instantOf(option, text);
    if (trace.startMs === undefined)
      throw new CliError(
        `${option}: ${safe(traceName(trace))} does not say when it starts; leave ${option} out`,
        EXIT.usage,
      );
    return (atMs - trace.startMs) / 1000 / trace.tickS;
  };
  const from = Math.max(0, Math.ceil(tickOf('--from', options.from) ?? 0));
  const to = Math.min(trace.counts.length, Math.floor(tickOf('--to', options.to) ?? Infinity));
  return { from, to };
}
