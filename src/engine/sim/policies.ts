import { adaptPolicy } from '../decide/adapt-policy.ts';
import {
  type CheckpointCosts,
  type CheckpointPolicy,
  type CheckpointPolicyName,
  EDGE,
  hourPolicy,
  NONE,
  noticePolicy,
  youngPolicy,
} from '../decide/checkpoint-policy.ts';
import { meanUpHistory } from '../market/bid-history.ts';
import type { BillingModel } from '../market/billing-model.ts';
import type { PriceSeries } from '../market/price-series.ts';
import { type DurationMs, type EpochMs, HOUR_MS } from '../model/units.ts';
import { optimalPolicy } from './optimal-checkpoints.ts';

/** A notice is a best effort; one in fifty is assumed never to come, by the policy and in its replays. */
export const MISSED_NOTICES = 0.02;
const NOTICE_MS = 120_000;

/**
 * A policy by its name, for a market at a bid; what it knows of the market at an instant is what was known then, unless the caller
 * says how long it stays up between interruptions, as one does who replays many bids by what is known now.
 */
export function policyNamed(
  name: CheckpointPolicyName,
  costs: CheckpointCosts,
  market: {
    series: PriceSeries;
    bidUsdPerHour: number;
    billing: BillingModel;
    meanUpMs?: DurationMs;
    /** How often capacity takes an instance back, beside the price; default never. */
    lossesPerHour?: number;
  },
): CheckpointPolicy {
  const { series, bidUsdPerHour, billing, meanUpMs, lossesPerHour = 0 } = market;
  const byPrice = () => (meanUpMs === undefined ? meanUpHistory(series, bidUsdPerHour) : () => meanUpMs);
  const meanUp = () => {
    const known = byPrice();
    // Rates add.
    return lossesPerHour === 0 ? known : (atMs: EpochMs) => 1 / (1 / known(atMs) + lossesPerHour / HOUR_MS);
  };
  switch (name) {
    case 'none':
      return NONE;
    case 'hour':
      return hourPolicy(costs);
    case 'edge':
      return EDGE;
    case 'young':
      return youngPolicy(costs, meanUp());
    case 'adapt':
      return adaptPolicy(costs, { series, bidUsdPerHour, hourly: billing.name === 'classic' });
    case 'notice':
      return noticePolicy(costs, meanUp(), {
        noticeMs: Math.min(NOTICE_MS, billing.noticeMs),
        missedShare: MISSED_NOTICES,
      });
    case 'opt':
      return optimalPolicy(costs);
  }
}
