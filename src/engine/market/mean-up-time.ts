import type { PricePoint } from '../model/market.ts';
import type { DurationMs, EpochMs, UsdPerHour } from '../model/units.ts';

/**
 * Mean time between interruptions at a bid, from recorded prices, oldest first: the time during which the price was not above
 * it, over the times at which it rose above it and half a one more. That half is what has not been seen yet: a short record
 * without any promises a little more than twice its length, and not for ever. A bid of 0 is on-demand, which nobody takes back: Infinity.
 * Example: 23 h below the bid and 2 rises in a day: 23 / 2.5 = 9.2 h.
 */
export function meanUpTimeMs(points: readonly PricePoint[], bidUsdPerHour: UsdPerHour, now: EpochMs): DurationMs {
  if (bidUsdPerHour <= 0) return Infinity;
  let upMs = 0;
  let rises = 0;
  let isUp = false;
  for (const [index, { at, usdPerHour }] of points.entries()) {
    if (at > now) break;
    const wasUp = isUp;
    isUp = usdPerHour <= bidUsdPerHour;
    if (isUp) upMs += Math.max(0, Math.min(now, points[index + 1]?.at ?? now) - at);
    else if (wasUp) rises += 1;
  }
  return upMs / (rises + 0.5);
}
