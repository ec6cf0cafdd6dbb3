import type { BillingModel } from './billing-model.ts';
import { billedToSecond, priceIntegralUsd } from './price-integral.ts';

/** At least this much of an instance is charged. */
const MINIMUM_MS = 60_000;

/**
 * 2 October to November 2017: by the second, at least a minute, at the price in force; bids still decided who was taken back.
 * Sources: autoscalr.com, 5 October 2017 (per-second billing of Linux instances with bids unchanged); the minimum of 60 s is
 * that of EC2's per-second billing as a whole. No source tells of free interruptions in these weeks, so none are assumed.
 */
export const TRANSITION: BillingModel = {
  name: 'transition',
  rule: 'by the second at the price in force, at least a minute; a price above the bid ends the instance',
  bidBuysSafety: true,
  // 2017-10-02T00:00Z
  fromMs: 1_506_902_400_000,
  noticeMs: 120_000,
  spotUsd: (series, { startMs, endMs, fromPoint }) =>
    priceIntegralUsd(series, {
      startMs,
      endMs: startMs + Math.max(MINIMUM_MS, billedToSecond(endMs - startMs)),
      fromPoint,
    }),
  onDemandUsd: (usdPerHour, ms) => (Math.max(MINIMUM_MS, billedToSecond(ms)) / 3_600_000) * usdPerHour,
};
