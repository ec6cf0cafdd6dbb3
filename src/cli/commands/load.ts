import { duration, grouped } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { realNumber, wholeNumber } from '../numbers.ts';
import { note, print, printJson } from '../output.ts';
import { openToAct } from '../session.ts';
import { untilTold } from '../signals.ts';
import { type Submission, submitJobs } from '../submit-jobs.ts';

export interface LoadOptions extends CommonOptions {
  readonly jobs: string;
  readonly rate: string;
  readonly sleep?: string;
  readonly work?: string;
  readonly name: string;
}

const JOBS_MAX = 1_000_000;
const RATE_MAX = 10_000;
const SECONDS_MAX = 86_400;
/** Jobs written at once: the due ones of a moment, some writes' worth. */
const BATCH_MAX = 250;
const TICK_MS = 100;
const LINE_EVERY_MS = 1_000;
const PER: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3_600 };

/** A core kept busy for so many seconds of wall clock. */
const WORK = 'const end = Date.now() + 1000 * process.argv[1]; while (Date.now() < end);';

/** `cbas load`: so many jobs that sleep or work for some seconds, submitted at a rate. Ends by itself; a signal stops it between two writes. */
export async function load(options: LoadOptions): Promise<number> {
  const jobs = wholeNumber('--jobs', options.jobs, { min: 1, max: JOBS_MAX });
  const perSecond = rateOf(options.rate);
  const command = commandOf(options);
  const wired = await openToAct(options);
  const told = untilTold();
  const prefix = `${options.name}-${new Date().toISOString().slice(11, 19).replaceAll(':', '')}`;
  const began = systemClock.monotonicMs();
  let submitted = 0;
  let lastLine = began;
  while (submitted < jobs && !told.aborted) {
    const now = systemClock.monotonicMs();
    const due = Math.min(jobs, 1 + Math.floor(((now - began) / 1_000) * perSecond));
    const count = Math.min(due - submitted, BATCH_MAX);
    if (count > 0) {
      await submitJobs(wired, Array.from({ length: count }, (_, at) => job(`${prefix}-${number(submitted + at + 1)}`, command))); // prettier-ignore
      submitted += count;
    } else await systemClock.sleep(TICK_MS, told);
    if (systemClock.monotonicMs() - lastLine < LINE_EVERY_MS) continue;
    lastLine = systemClock.monotonicMs();
    note(`${grouped(submitted)} of ${grouped(jobs)} jobs submitted`);
  }
  const tookMs = systemClock.monotonicMs() - began;
  const names = `${prefix}-*`;
  if (options.json === true) printJson({ submitted, asked: jobs, tookMs: Math.round(tookMs), names });
  else
    print(`${grouped(submitted)} jobs submitted in ${tookMs < 1_000 ? '1s' : duration(tookMs)}, named ${safe(names)}`);
  if (!told.aborted) return EXIT.done;
  note(`stopped by ${String(told.reason)}: ${grouped(jobs - submitted)} were not submitted`);
  return told.reason === 'SIGTERM' ? 143 : told.reason === 'SIGHUP' ? 129 : 130;
}

function number(position: number): string {
  return String(position).padStart(4, '0');
}

function job(name: string, command: readonly string[]): Submission {
  return { value: { cbas: 1, name, run: { command } }, baseDir: '.', source: 'the generated job' };
}

/** "5/s", "300/min", "7": the last is per second. */
function rateOf(text: string): number {
  const [, amount = '', unit = 's'] = /^([\d.]+)(?:\/(s|min|m|h))?$/.exec(text) ?? [];
  const perSecond = Number(amount === '' ? Number.NaN : amount) / (PER[unit] ?? 1);
  if (!(perSecond > 0 && perSecond <= RATE_MAX))
    throw new CliError(
      `--rate ${safe(text)}: expected jobs by time, like 5/s or 300/min, up to ${RATE_MAX}/s`,
      EXIT.usage,
    );
  return perSecond;
}

function commandOf({ sleep, work }: LoadOptions): readonly string[] {
  if (sleep !== undefined && work !== undefined) throw new CliError('say --sleep or --work, but not both', EXIT.usage);
  const range = { min: 0, max: SECONDS_MAX };
  if (work !== undefined) return ['node', '-e', WORK, String(realNumber('--work', work, range))];
  return ['sleep', String(realNumber('--sleep', sleep ?? '10', range))];
}
