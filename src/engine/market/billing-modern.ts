import type { BillingModel } from './billing-model.ts';
import { billedToSecond, priceIntegralUsd } from './price-integral.ts';

const FIRST_HOUR_MS = 3_600_000;
const ON_DEMAND_MINIMUM_MS = 60_000;

/**
 * Since re:Invent, 28 November 2017: Amazon sets a price that moves over days; an instance is charged to the nearest second at the
 * price in force, and nothing if EC2 takes it back in its first hour. Sources: AWS whitepaper "How Spot Instances work" (the
 * free first hour; charged for what was used if the owner stops it); AWS compute blog, "New Amazon EC2 Spot pricing" (no
 * bids; a higher max price neither raises the chance of a launch nor lowers that of an interruption). The price takes an
 * instance back only where it exceeds the max price; capacity does at any price, which no price series shows.
 */
export const MODERN: BillingModel = {
  name: 'modern',
  rule: 'by the second at the price in force; free if EC2 takes the instance back in its first hour',
  bidBuysSafety: false,
  // 2017-11-28T00:00Z
  fromMs: 1_511_827_200_000,
  noticeMs: 120_000,
  spotUsd: (series, { startMs, endMs, endedBy, fromPoint }) =>
    endedBy === 'ec2' && endMs - startMs < FIRST_HOUR_MS
      ? 0
      : priceIntegralUsd(series, { startMs, endMs: startMs + billedToSecond(endMs - startMs), fromPoint }),
  onDemandUsd: (usdPerHour, ms) => (Math.max(ON_DEMAND_MINIMUM_MS, billedToSecond(ms)) / 3_600_000) * usdPerHour,
};
