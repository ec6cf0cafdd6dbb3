import type { BillingModel } from '../market/billing-model.ts';
import { billingNamed } from '../market/billing.ts';
import { highestIn } from '../market/forward-maximum.ts';
import type { RecordedMarket } from '../market/recorded-market.ts';
import { hash32, type Rng, seededRng } from '../model/rng.ts';
import { type EpochMs, HOUR_MS, type UsdPerHour } from '../model/units.ts';
import { Replay } from './replay.ts';
import { openWhatIf, type WhatIf } from './what-if.ts';
import type { WhatIfJob } from './what-if-input.ts';
import { setupOf } from './what-if-replay.ts';

export interface EtaTrialInput {
  readonly market: RecordedMarket;
  readonly onDemandUsdPerHour: UsdPerHour | undefined;
  readonly billing: BillingModel['name'];
  /** Instants are drawn from [fromMs, toMs]; prices are known until `untilMs`. */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly untilMs: EpochMs;
  readonly instants: number;
  readonly atLastMoment: WhatIfJob['atLastMoment'];
  readonly seed: number;
}

/** One job at one bid at one instant: what was told, and what came. */
export interface EtaCase {
  readonly workH: number;
  /** Infinity: nothing was told. */
  readonly toldP50Ms: number;
  readonly toldP95Ms: number;
  readonly correction: number;
  /** Infinity: not finished within the record. */
  readonly actualMs: number;
  readonly upNow: boolean;
  readonly survival: number | undefined;
  readonly lasted: boolean;
}

const WORKS_H = [1, 2, 4, 8, 16];
/** Deadline in lengths of the work. */
const DEADLINE_TIMES = 1.5;
/** An instant leaves so many deadlines of record behind it, so that late jobs are seen to end. */
const ROOM = 3;
const BIDS = 3;

/** Jobs at random instants of one market: the what-if of the instant sees earlier prices, the replay of the job all of them. */
export function etaTrial(input: EtaTrialInput): EtaCase[] {
  const { market, seed } = input;
  const rng = seededRng(hash32(`eta ${market.type}/${market.zone}/${market.product}`, seed));
  const cases: EtaCase[] = [];
  for (let i = 0; i < input.instants; i++) {
    const workH = WORKS_H[rng.below(WORKS_H.length)]!;
    const deadlineH = DEADLINE_TIMES * workH;
    const toMs = Math.min(input.toMs, input.untilMs - ROOM * deadlineH * HOUR_MS);
    const fromMs = Math.max(input.fromMs, (market.series.atMs[0] ?? Infinity) + 24 * HOUR_MS);
    const nowMs = Math.floor(fromMs + rng.next() * (toMs - fromMs));
    if (!(toMs > fromMs)) continue;
    const job: WhatIfJob = { workH, deadlineH, checkpointS: 300, restartS: 600, checkpoint: 'young', atLastMoment: input.atLastMoment }; // prettier-ignore
    const whatIf = whatIfAt(input, job, nowMs);
    for (let bid = 0; bid < BIDS; bid++) cases.push(caseOf(input, { whatIf, job, nowMs }, bidOf(whatIf, rng)));
  }
  return cases;
}

function whatIfAt({ market, onDemandUsdPerHour, billing }: EtaTrialInput, job: WhatIfJob, nowMs: EpochMs): WhatIf {
  // Without a price of its own, on-demand matters to a mark alone.
  const price = onDemandUsdPerHour ?? Math.max(...market.series.usdPerHour.subarray(0, 1)) * 2;
  const one = { name: `${market.type}/${market.zone}`, series: market.series, onDemandUsdPerHour: price, billing: billingNamed(billing) }; // prettier-ignore
  const whatIf = openWhatIf({ job, markets: [one], chosen: 0, nowMs });
  whatIf.step();
  return whatIf;
}

/** What a hand stops at: a mark as often as any other stop. */
function bidOf({ marks, stops }: WhatIf, rng: Rng): UsdPerHour {
  const marked = marks.map(({ bidUsdPerHour }) => bidUsdPerHour).filter((bid) => bid !== undefined);
  return rng.below(2) === 0 ? marked[rng.below(marked.length)]! : stops[rng.below(stops.length)]!;
}

function caseOf(
  { market, untilMs }: EtaTrialInput,
  { whatIf, job, nowMs }: { whatIf: WhatIf; job: WhatIfJob; nowMs: EpochMs },
  bid: UsdPerHour,
): EtaCase {
  const told = whatIf.at(bid);
  const setup = setupOf({ market: whatIf.chosen, job, nowMs }, told);
  const outcome = new Replay({ ...setup, series: market.series, untilMs }).run(nowMs);
  const { p50Ms, p95Ms, correction } = told.replayed.eta;
  return {
    workH: job.workH,
    toldP50Ms: p50Ms,
    toldP95Ms: p95Ms,
    correction,
    actualMs: outcome.finished ? outcome.makespanMs : Infinity,
    upNow: whatIf.chosen.priceNow <= bid,
    survival: told.noInterruption?.probability,
    lasted: highestIn(market.series, nowMs, nowMs + job.workH * HOUR_MS) <= bid,
  };
}

export interface EtaSummary {
  readonly cases: number;
  /** Share of finishing times at or below the p95 that was told; null where none was. */
  readonly coverage: number | null;
  readonly p50Coverage: number | null;
  /** Share of jobs for which no p95 could be told. */
  readonly untold: number;
  /** Of the jobs that a bid holds now, and of those that wait at first. */
  readonly upCoverage: number | null;
  readonly waiting: number;
  readonly waitingCoverage: number | null;
  /** Share of finishing times within a second of the p95: they count as covered, whatever the quantile. */
  readonly ties: number;
  readonly calibrationGap: number;
}

export function summarizeEta(cases: readonly EtaCase[]): EtaSummary {
  const told = cases.filter(({ toldP95Ms }) => toldP95Ms < Infinity);
  const within = (of: readonly EtaCase[]): number | null =>
    share(of, ({ actualMs, toldP95Ms }) => actualMs <= toldP95Ms + 1);
  return {
    cases: cases.length,
    coverage: within(told),
    p50Coverage: share(told, ({ actualMs, toldP50Ms }) => actualMs <= toldP50Ms + 1),
    untold: cases.length === 0 ? 0 : 1 - told.length / cases.length,
    upCoverage: within(told.filter(({ upNow }) => upNow)),
    waiting: told.filter(({ upNow }) => !upNow).length,
    waitingCoverage: within(told.filter(({ upNow }) => !upNow)),
    ties: share(told, ({ actualMs, toldP95Ms }) => Math.abs(actualMs - toldP95Ms) <= 1000) ?? 0,
    calibrationGap: gapOf(cases),
  };
}

/** Mean distance between predicted and seen shares, by tenths of the prediction. */
function gapOf(cases: readonly EtaCase[]): number {
  const predicted = new Float64Array(10);
  const seen = new Float64Array(10);
  let count = 0;
  for (const { survival, lasted } of cases) {
    if (survival === undefined) continue;
    const tenth = Math.min(9, Math.floor(10 * survival));
    predicted[tenth]! += survival;
    if (lasted) seen[tenth]! += 1;
    count++;
  }
  return count === 0 ? 0 : predicted.reduce((sum, value, i) => sum + Math.abs(value - seen[i]!), 0) / count;
}

function share(of: readonly EtaCase[], holds: (one: EtaCase) => boolean): number | null {
  return of.length === 0 ? null : of.filter(holds).length / of.length;
}
