import type { FactsAnswer } from '../../engine/model/job-facts.ts';
import type { JobRow } from '../../engine/model/job.ts';
import type { Snapshot } from '../../engine/model/snapshot.ts';
import type { EpochMs } from '../../engine/model/units.ts';
import type { WorkerRow } from '../../engine/model/worker.ts';
import { bookSummaries } from '../../engine/select/book.ts';
import { jobLine } from '../../engine/select/jobs.ts';
import { type PoolLine, poolLines } from '../../engine/select/market.ts';
import { overviewOf } from '../../engine/select/overview.ts';
import { waitingOf } from '../../engine/select/reason.ts';
import { workerLine } from '../../engine/select/workers.ts';
import { CELL_WORDS } from '../../ui/components/gauge.ts';
import * as format from '../../ui/format.ts';
import { JOB_LOOKS } from '../../ui/job-words.ts';
import { resultFields, specFields } from '../../ui/screens/job-facts.ts';

/** What is known, as a voice reads it: `key: value`, one a line, with words for glyphs and nothing in columns. */
export type Fact = readonly [label: string, text: string];

/** What a person who was asleep a minute ago wants to hear first. */
export function overviewFacts(snapshot: Snapshot, now: EpochMs): readonly Fact[] {
  const { needs, jobs, workers, targetWorkers, money, risk } = overviewOf(snapshot, now);
  const counts = Object.entries(jobs).filter(([, count]) => count > 0);
  const { deployment, leader } = snapshot;
  return [
    ['deployment', deployment === undefined ? 'not known yet' : `${deployment.name}, ${deployment.mode === 'local' ? 'local' : deployment.region}, as ${deployment.identity}`],
    ['master', leader === undefined ? 'none' : leader.id],
    ['needs you', needs.length === 0 ? 'nothing' : needs.map(({ sentence }) => sentence).join('; ')],
    ['jobs', counts.map(([state, count]) => `${count} ${JOB_LOOKS[state as JobRow['state']].word}`).join(', ') || 'none'],
    ['workers', `${workers.busy} busy, ${workers.idle} idle, ${workers.booting} booting, ${workers.leaving} leaving, ${workers.lost} lost, ${targetWorkers} asked for`],
    ['spending', money.spendUsdPerHour === undefined ? 'not known yet' : `${format.rate(money.spendUsdPerHour)}, ${format.money(money.spentUsd)} so far`],
    ['at risk', `${format.duration(risk.workMs)} of work if all workers ended now`],
  ]; // prettier-ignore
}

export function jobFacts(snapshot: Snapshot, row: JobRow, now: EpochMs): readonly Fact[] {
  const { why, ageMs, progressPct, atRiskMs, costUsd, doneBy } = jobLine(snapshot, row, waitingOf(snapshot, now));
  return [
    ['job', row.name],
    ['state', JOB_LOOKS[row.state].word],
    ['why', why],
    ['age', format.duration(ageMs)],
    ...(progressPct === undefined ? [] : [['progress', format.percent(progressPct)] as const]),
    ...(atRiskMs === undefined ? [] : [['at risk', `${format.duration(atRiskMs)} of work`] as const]),
    ...(doneBy === undefined ? [] : [['done by', `${format.clockMinute(doneBy)} UTC`] as const]),
    ['cost', format.money(costUsd)],
    ...(row.leaseOwner === '' ? [] : [['worker', row.leaseOwner] as const]),
    ['id', row.id],
  ];
}

/** What the document, the outputs and the log tell of a job, once they are read. */
export function documentFacts(row: JobRow, answer: FactsAnswer): readonly Fact[] {
  const fields = [...specFields(row, answer), ...resultFields(row, answer)];
  return fields.map(({ label, text }) => [label, text] as const);
}

export function workerFacts(snapshot: Snapshot, row: WorkerRow, now: EpochMs): readonly Fact[] {
  const { kind, silentMs, takenInMs, jobNames } = workerLine(snapshot, row, now);
  return [
    ['worker', row.id],
    ['state', CELL_WORDS[kind]],
    ...(row.detail === '' ? [] : [['why', row.detail] as const]),
    ['pool', row.pool],
    ['jobs', jobNames.join(', ') || 'none'],
    ['last ping', silentMs === undefined ? 'none yet' : `${format.duration(silentMs)} ago`],
    ...(takenInMs === undefined ? [] : [['notice', takenInMs > 0 ? `EC2 takes it in ${format.duration(takenInMs)}` : 'EC2 has taken it'] as const]),
    ['bid', row.bidUsdPerHour === 0 ? 'none, on-demand' : `${format.price(row.bidUsdPerHour)} dollars an hour`],
  ]; // prettier-ignore
}

export function poolFacts(pool: PoolLine): readonly Fact[] {
  const { priceUsdPerHour, onDemandPct, bidUsdPerHour } = pool;
  return [
    ['pool', pool.id],
    ['price', priceUsdPerHour === undefined ? 'not known' : `${format.price(priceUsdPerHour)} dollars an hour`],
    ...(onDemandPct === undefined ? [] : [['of on-demand', format.percent(onDemandPct)] as const]),
    ['bid', bidUsdPerHour === undefined ? 'the pool is not used' : bidUsdPerHour === 0 ? 'on-demand only' : `${format.price(bidUsdPerHour)} dollars an hour`],
    ['workers', String(pool.workers.length)],
  ]; // prettier-ignore
}

export function allPools(snapshot: Snapshot): readonly (readonly Fact[])[] {
  return poolLines(snapshot).map(poolFacts);
}

export function allBooks(snapshot: Snapshot): readonly (readonly Fact[])[] {
  return bookSummaries(snapshot).map(({ name, entries, estimates }) => [
    ['book', name],
    ['records', format.grouped(entries.length)],
    ...estimates.map(({ field, mean, standardError, samples }): Fact => [
      field,
      `${format.figure(mean)}, give or take ${format.figure(standardError)}, from ${format.grouped(samples)} samples`,
    ]),
  ]);
}

/** All facts of one thing in a line: for lists, where one line is one thing. */
export function inOneLine(facts: readonly Fact[]): string {
  return facts.map(([label, text], at) => (at === 0 ? text : `${label} ${text}`)).join(', ');
}

export function inLines(facts: readonly Fact[]): readonly string[] {
  return facts.map(([label, text]) => `${label}: ${text}`);
}
