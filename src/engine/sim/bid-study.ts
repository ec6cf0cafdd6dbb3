import { CHECKPOINT_POLICIES, type CheckpointPolicyName } from '../decide/checkpoint-policy.ts';
import { billingNamed } from '../market/billing.ts';
import type { BillingName } from '../market/billing-model.ts';
import type { PriceSeries } from '../market/price-series.ts';
import { hash32, seededRng } from '../model/rng.ts';
import { MISSED_NOTICES, policyNamed } from './policies.ts';
import type { CapacityLosses } from './lives.ts';
import type { ReplaySetup } from './replay.ts';
import { replayMany, type ReplaySummary, spreadStarts, summarize } from './replay-many.ts';

/** What would have become of a job at each of some bids, from many starts in one market. */
export interface BidStudy {
  readonly series: PriceSeries;
  readonly bids: readonly number[];
  readonly billing: BillingName;
  /** auto: the policy that costs least in the replay itself. */
  readonly checkpoint: CheckpointPolicyName | 'auto';
  readonly workMs: number;
  readonly deadlineMs: number;
  readonly checkpointMs: number;
  readonly restartMs: number;
  readonly onDemandUsdPerHour: number | undefined;
  /** Starts lie in [fromMs, toMs]; prices before are history, and the record ends at untilMs. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly untilMs: number;
  readonly starts: number;
  readonly seed: number;
  /** Where prices do not tell who is taken back: how often capacity does. */
  readonly capacity?: Omit<CapacityLosses, 'seed'> | undefined;
}

export interface BidReplay {
  readonly bidUsdPerHour: number;
  readonly policy: CheckpointPolicyName;
  readonly replay: ReplaySummary;
  /** Mean cost of the bound: every interruption known in advance, at the same bid. */
  readonly optimalUsd: number;
  /** What `auto` chose among. */
  readonly alternatives: readonly { policy: CheckpointPolicyName; costUsd: number; missedShare: number }[];
}

/** Policies that can be followed: without a notice there is none to wait for. */
function candidates({ checkpoint, billing }: BidStudy): readonly CheckpointPolicyName[] {
  if (checkpoint !== 'auto') return [checkpoint];
  return CHECKPOINT_POLICIES.filter((name) => name !== 'notice' || billingNamed(billing).noticeMs > 0);
}

/** All bids are tried from the same starts, so that they differ by the bid alone. Deterministic by seed. */
export function studyBids(study: BidStudy): BidReplay[] {
  const starts = spreadStarts(study, study.starts, seededRng(study.seed));
  return study.bids.map((bidUsdPerHour) => {
    const tried = candidates(study).map((name) => {
      const table = replayMany(setupOf(study, bidUsdPerHour, name), starts);
      return { name, replay: summarize(table, seededRng(hash32('bootstrap', study.seed))) };
    });
    const best = tried.reduce((a, b) => (better(b.replay, a.replay) ? b : a));
    const optimal = replayMany(setupOf(study, bidUsdPerHour, 'opt'), starts);
    return {
      bidUsdPerHour,
      policy: best.name,
      replay: best.replay,
      optimalUsd: optimal.costUsd.reduce((sum, usd) => sum + usd, 0) / starts.length,
      alternatives: tried.map(({ name, replay }) => ({ policy: name, costUsd: replay.costUsd.mean, missedShare: replay.missed.share })), // prettier-ignore
    };
  });
}

/** A miss weighs more than any cost. */
function better(a: ReplaySummary, b: ReplaySummary): boolean {
  return a.missed.share !== b.missed.share ? a.missed.share < b.missed.share : a.costUsd.mean < b.costUsd.mean;
}

function setupOf(study: BidStudy, bidUsdPerHour: number, name: CheckpointPolicyName): ReplaySetup {
  const { series, untilMs, workMs, deadlineMs, checkpointMs, restartMs, onDemandUsdPerHour } = study;
  const billing = billingNamed(study.billing);
  const { capacity } = study;
  const lossesPerHour = capacity?.perHour ?? 0;
  const policy = policyNamed(name, { checkpointMs, restartMs }, { series, bidUsdPerHour, billing, lossesPerHour });
  const setup = { series, untilMs, bidUsdPerHour, billing, policy, workMs, deadlineMs, checkpointMs, restartMs, missedNoticeShare: MISSED_NOTICES, ...(capacity !== undefined && { capacity: { ...capacity, seed: study.seed } }) }; // prettier-ignore
  return onDemandUsdPerHour === undefined ? setup : { ...setup, onDemandUsdPerHour };
}
