import type { PriceSeries } from './price-series.ts';
import { meanUpMs, survivalCurve } from './survival.ts';
import { upIntervals } from './up-intervals.ts';
import { DAY_MS } from '../model/units.ts';

/** What DescribeSpotPriceHistory tells. */
const LOOK_BACK_MS = 90 * DAY_MS;
/** With less up-time than this behind it, a market counts as unknown. */
const KNOWN_MS = 3_600_000;
/** Mean time between interruptions of an unknown market: some six hours is what classic ones had at three quarters of their prices. */
const UNKNOWN_MEAN_UP_MS = 6 * 3_600_000;

/**
 * Mean time between interruptions at a bid, as it was known at an instant: from the 90 days of prices before that day began.
 * Made once a day of the market and kept.
 */
export function meanUpHistory(series: PriceSeries, bidUsdPerHour: number): (nowMs: number) => number {
  const known = new Map<number, number>();
  return (nowMs) => {
    const day = Math.floor(nowMs / DAY_MS);
    let meanMs = known.get(day);
    if (meanMs === undefined) {
      const untilMs = day * DAY_MS;
      const curve = survivalCurve(upIntervals(series, { bidUsdPerHour, fromMs: untilMs - LOOK_BACK_MS, untilMs }));
      meanMs = curve.observedMs < KNOWN_MS ? UNKNOWN_MEAN_UP_MS : meanUpMs(curve);
      known.set(day, meanMs);
    }
    return meanMs;
  };
}
