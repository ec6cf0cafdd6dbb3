import type { BillingModel, InstanceUsage } from './billing-model.ts';
import type { PriceSeries } from './price-series.ts';
import { HOUR_MS } from '../model/units.ts';

/**
 * December 2009 to 1 October 2017: by the instance-hour, at the price in force at its start. The last hour, if partial, is free
 * where EC2 takes the instance back and charged whole where its owner ends it. Sources: AWS notice of November 2017 ("the Spot
 * price in effect at the beginning of each instance-hour"); autoscalr.com, 5 October 2017, on the rules that ended then.
 * On-demand was charged by the started hour. Example: at 0.03 for the first hour and 0.05 for the second, 90 minutes cost
 * 0.03 if EC2 ends them and 0.08 if the owner does.
 */
export const CLASSIC: BillingModel = {
  name: 'classic',
  rule: 'by the hour at the price of its start; the last partial hour is free if Amazon ends it, whole if you do',
  bidBuysSafety: true,
  fromMs: -Infinity,
  noticeMs: 0,
  spotUsd: (series, usage) => hours(series, usage),
  onDemandUsd: (usdPerHour, ms) => Math.ceil(ms / HOUR_MS) * usdPerHour,
};

function hours({ atMs, usdPerHour }: PriceSeries, { startMs, endMs, endedBy, fromPoint }: InstanceUsage): number {
  const count = endedBy === 'ec2' ? Math.floor((endMs - startMs) / HOUR_MS) : Math.ceil((endMs - startMs) / HOUR_MS);
  const last = atMs.length - 1;
  let usd = 0;
  let point = fromPoint;
  for (let hour = 0; hour < count; hour++) {
    const at = startMs + hour * HOUR_MS;
    while (point < last && atMs[point + 1]! <= at) point++;
    usd += usdPerHour[point]!;
  }
  return usd;
}
