import { CHECKPOINT_POLICIES, type CheckpointPolicyName } from '../decide/checkpoint-policy.ts';
import { BidIndex } from '../market/bid-index.ts';
import { billingNamed } from '../market/billing.ts';
import type { BillingName } from '../market/billing-model.ts';
import type { RecordedMarket } from '../market/recorded-market.ts';
import { hash32, seededRng } from '../model/rng.ts';
import { MISSED_NOTICES, policyNamed } from './policies.ts';
import { Replay } from './replay.ts';
import { spreadStarts } from './replay-many.ts';

/** One market's part in the comparison of checkpoint policies: a job from many starts at one quantile of its prices. */
export interface CheckpointStudy {
  readonly market: RecordedMarket;
  readonly billing: BillingName;
  readonly quantile: number;
  readonly starts: number;
  readonly seed: number;
  readonly workMs: number;
  readonly checkpointMs: number;
  readonly restartMs: number;
  /** Starts lie in here; what is before is history. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface MarketCheckpoints {
  readonly type: string;
  readonly zone: string;
  readonly product: string;
  readonly bidUsdPerHour: number;
  /** Starts from which every policy but `none` and `edge` finished within the record; the others count for no policy. */
  readonly starts: number;
  readonly dropped: number;
  /** Sums over those starts. Cost in multiples of (started hours of work at the market's mean price), so that markets can be pooled. */
  readonly policies: readonly {
    name: CheckpointPolicyName;
    cost: number;
    interruptions: number;
    lostH: number;
    checkpoints: number;
  }[];
}

/** These may need many times the work at a low bid; where they do not finish, they are charged for what they used. */
const MAY_FAIL: readonly CheckpointPolicyName[] = ['none', 'edge'];

/**
 * Which policies are compared under a rule of billing. Without a notice (classic) there is none to wait for; with one, learning the
 * hazard of the next minutes is of no use that waiting for the notice does not have.
 */
export function policiesUnder(billing: BillingName): readonly CheckpointPolicyName[] {
  const followed = CHECKPOINT_POLICIES.filter((name) => name !== (billing === 'classic' ? 'notice' : 'adapt'));
  return [...followed, 'opt'];
}

/** Replays every policy from the same starts of one market. Deterministic by seed. */
export function studyCheckpoints(study: CheckpointStudy): MarketCheckpoints {
  const { market, quantile, seed, fromMs, toMs, checkpointMs, restartMs, workMs } = study;
  const { series, type, zone, product } = market;
  const untilMs = series.atMs.at(-1)!;
  const index = new BidIndex(series, { fromMs: series.atMs[0]!, toMs: untilMs });
  const bidUsdPerHour = quantileBid(index, quantile);
  const unitUsd = Math.ceil(workMs / 3_600_000) * index.at(Infinity).meanPaidUsdPerHour;
  const billing = billingNamed(study.billing);
  const costs = { checkpointMs, restartMs };
  const replays = policiesUnder(study.billing).map((name) => ({
    sums: { name, cost: 0, interruptions: 0, lostH: 0, checkpoints: 0 },
    replay: new Replay({ series, untilMs, bidUsdPerHour, billing, workMs, deadlineMs: Infinity, missedNoticeShare: MISSED_NOTICES, ...costs, policy: policyNamed(name, costs, { series, bidUsdPerHour, billing }) }), // prettier-ignore
  }));
  const rng = seededRng(hash32(`${type}/${zone}/${product}`, seed));
  let used = 0;
  for (const startMs of spreadStarts({ fromMs, toMs }, study.starts, rng)) {
    for (const { replay } of replays) replay.run(startMs);
    if (replays.some(({ sums, replay }) => !replay.outcome.finished && !MAY_FAIL.includes(sums.name))) continue;
    used++;
    for (const { sums, replay } of replays) {
      sums.cost += replay.outcome.costUsd / unitUsd;
      sums.interruptions += replay.outcome.interruptions;
      sums.lostH += replay.outcome.lostMs / 3_600_000;
      sums.checkpoints += replay.outcome.checkpoints;
    }
  }
  const policies = replays.map(({ sums }) => sums);
  return { type, zone, product, bidUsdPerHour, starts: used, dropped: study.starts - used, policies };
}

/** The lowest price at or below which the market was for a share of its time. */
export function quantileBid(index: BidIndex, share: number): number {
  const levels = index.breakpoints;
  let low = 0;
  let high = levels.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index.at(levels[middle]!).availability >= share) high = middle;
    else low = middle + 1;
  }
  return levels[low] ?? Number.NaN;
}

/** A policy over all markets. */
export interface PolicyRow {
  readonly policy: CheckpointPolicyName;
  /** Bill above that of the bound, %, pooled over starts of all markets. */
  readonly aboveOptPct: number;
  /** Markets' own figures, each counted once: median over markets with a start. */
  readonly medianAboveOptPct: number;
  readonly interruptions: number;
  readonly lostH: number;
  readonly checkpoints: number;
}

export function pooled(markets: readonly MarketCheckpoints[]): PolicyRow[] {
  const used = markets.filter(({ starts }) => starts > 0);
  const starts = used.reduce((sum, market) => sum + market.starts, 0);
  const names = used[0]?.policies.map(({ name }) => name) ?? [];
  const total = (name: CheckpointPolicyName, figure: 'cost' | 'interruptions' | 'lostH' | 'checkpoints'): number =>
    used.reduce((sum, { policies }) => sum + (policies.find((one) => one.name === name)?.[figure] ?? 0), 0);
  return names.map((policy) => ({
    policy,
    aboveOptPct: 100 * (total(policy, 'cost') / total('opt', 'cost') - 1),
    medianAboveOptPct: median(used.map((market) => aboveOptPct(market, policy))),
    interruptions: total(policy, 'interruptions') / starts,
    lostH: total(policy, 'lostH') / starts,
    checkpoints: total(policy, 'checkpoints') / starts,
  }));
}

export function aboveOptPct({ policies }: MarketCheckpoints, name: CheckpointPolicyName): number {
  const cost = (wanted: CheckpointPolicyName): number =>
    policies.find((one) => one.name === wanted)?.cost ?? Number.NaN;
  return 100 * (cost(name) / cost('opt') - 1);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
}
