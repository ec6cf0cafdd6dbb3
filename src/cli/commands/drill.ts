import { priceNow } from '../../engine/decide/reduce-market.ts';
import type { JobRow } from '../../engine/model/job.ts';
import { MINUTE_MS } from '../../engine/model/units.ts';
import type { WorkerRow } from '../../engine/model/worker.ts';
import { jobRowOf } from '../../engine/protocol/job-item.ts';
import { workerRowOf } from '../../engine/protocol/worker-item.ts';
import { age, duration, money, NONE } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import { type ActOptions, confirm } from '../act.ts';
import { systemClock } from '../clock.ts';
import { Countdown } from '../countdown.ts';
import { type DrilledJob, type DrillReport, drillReport, type DrillStart } from '../drill-watch.ts';
import { CliError, EXIT } from '../exit.ts';
import { findOne } from '../find.ts';
import { interrupterOf, type Interrupter } from '../interrupt-worker.ts';
import { Look } from '../look.ts';
import { wholeNumber } from '../numbers.ts';
import { note, print, printJson, printTable } from '../output.ts';
import { openToAct } from '../session.ts';
import type { Wired } from '../wire.ts';

export interface DrillOptions extends ActOptions {
  /** Minutes to wait for its end. */
  readonly within: string;
}

const LOOK_EVERY_MS = 500;
const WITHIN_MAX_MIN = 120;

/**
 * `cbas drill`: has one worker really taken back, watches what becomes of its jobs, and tells: when it heard of it, what was saved, what
 * was lost, where they go on and after how long. 0 = nothing was lost; 6 = work is to be done again; 75 = it was not over in time.
 */
export async function drill(asked: string | undefined, options: DrillOptions): Promise<number> {
  const withinMs = MINUTE_MS * wholeNumber('--within', options.within, { min: 1, max: WITHIN_MAX_MIN });
  const wired = await openToAct(options);
  const { snapshot } = await Look.at(wired, ['workers', 'jobs', 'prices']);
  const worker = chosen(asked, [...snapshot.workers]);
  const jobs = worker.jobs.flatMap((id) => snapshot.jobs.get(id) ?? []);
  const interrupter = await interrupterOf(wired);
  const isJson = options.json === true;
  if (!isJson) showPlan(worker, jobs, interrupter);
  if (options.dryRun === true) {
    if (isJson) printJson({ dryRun: true, worker: worker.id, pool: worker.pool, how: interrupter.how, jobs: jobs.map(({ id }) => id) }); // prettier-ignore
    return EXIT.done;
  }
  if (options.yes !== true) await confirm(`take ${worker.id} back`);
  const market = snapshot.markets[worker.pool];
  const start: DrillStart = { at: Date.now(), worker, jobs, usdPerHour: (market && priceNow(market)) ?? 0 };
  const settle = await interrupter.interrupt(worker);
  const report = await watched(wired, start, withinMs);
  await settle();
  if (isJson) printJson(report);
  else tell(report);
  if (!report.isOver) return EXIT.tryAgain;
  return report.lostMs > 0 ? EXIT.partly : EXIT.done;
}

/** The one that is named; else a spot worker that is at work, for a drill of an idle one proves little. */
function chosen(asked: string | undefined, workers: readonly WorkerRow[]): WorkerRow {
  const spot = workers.filter(({ state, lifecycle }) => lifecycle === 'spot' && (state === 'BUSY' || state === 'IDLE'));
  const named = asked === undefined ? undefined : findOne('worker', asked, workers.map((row) => ({ ...row, name: '' }))); // prettier-ignore
  if (named !== undefined && !spot.some(({ id }) => id === named.id))
    throw new CliError(
      `${named.id} is ${named.lifecycle === 'spot' ? named.state : 'on demand'}: only a spot worker that is idle or busy can be taken back`,
      EXIT.refused,
    );
  const worker = named ?? spot.find(({ state }) => state === 'BUSY') ?? spot[0];
  if (worker === undefined)
    throw new CliError('there is no spot worker to take back; bring one: cbas launch 1', EXIT.notFound);
  return worker;
}

function showPlan(worker: WorkerRow, jobs: readonly JobRow[], { how, costs }: Interrupter): void {
  print(`take ${worker.id} back, a spot worker in ${safe(worker.pool)}: ${how}`);
  for (const { name, checkpoint } of jobs)
    print(`  its job ${safe(name)}: ${checkpoint === undefined ? 'nothing saved yet' : `saved last ${age(Date.now() - checkpoint.at)} ago`}`); // prettier-ignore
  if (jobs.length === 0) print('  it has no job: only the notice and its end are tried');
  print(`  it is a real interruption: what is not saved in time is lost. ${costs}`);
}

async function watched({ store }: Wired, start: DrillStart, withinMs: number): Promise<DrillReport> {
  const deadline = systemClock.monotonicMs() + withinMs;
  const countdown = new Countdown<DrillReport>(
    ({ noticedMs, goneMs, jobs }) =>
      `notice ${sinceStart(noticedMs)}, worker ${goneMs === undefined ? 'still there' : 'gone'}, jobs that go on ${jobs.filter(({ onMs }) => onMs !== undefined).length} of ${jobs.length}`,
  );
  const ids = start.jobs.map(({ id }) => id);
  for (;;) {
    const [worker, items] = await Promise.all([
      store.get('workers', start.worker.id),
      ids.length === 0 ? [] : store.batchGet('jobs', ids),
    ]);
    const jobs = items.flatMap((item) => jobRowOf(item) ?? []);
    const report = drillReport(start, { worker: worker && workerRowOf(worker), jobs });
    countdown.show(report);
    if (report.isOver || systemClock.monotonicMs() > deadline) {
      countdown.end();
      return report;
    }
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}

function sinceStart(ms: number | undefined): string {
  return ms === undefined ? NONE : `after ${duration(ms)}`;
}

function tell(report: DrillReport): void {
  const { worker, noticedMs, goneMs, jobs, lostMs, wastedUsd, isOver } = report;
  print(`${worker}: notice ${sinceStart(noticedMs)}, gone ${sinceStart(goneMs)}`);
  printTable(
    [
      { title: 'job', text: ({ name }: DrilledJob) => name },
      { title: 'saved', text: ({ savedMs }: DrilledJob) => sinceStart(savedMs) },
      { title: 'lost', text: (job: DrilledJob) => duration(job.lostMs), align: 'right' },
      { title: 'goes on', text: ({ onMs }: DrilledJob) => sinceStart(onMs) },
      { title: 'on', text: ({ on, state }: DrilledJob) => (on === '' ? state : on) },
    ],
    jobs,
  );
  print(
    lostMs === 0 ? 'nothing was lost' : `${duration(lostMs)} of work is to be done again, worth ${money(wastedUsd)}`,
  );
  if (!isOver) note('it was not over in time; see: cbas workers, cbas jobs');
}
