import { capacityView } from '../../engine/select/capacity.ts';
import { recentWindow, recordOfBid } from '../../engine/select/price.ts';
import { SPARK_SPAN_MS } from '../../engine/select/market.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';

/** Why this bid, and why new launches go there or do not. */
export function marketWhy({ snapshot, now }: Frame, id: string): readonly string[] {
  const pool = capacityView(snapshot).pools.find((line) => line.id === id);
  if (pool === undefined) return [];
  const { bidUsdPerHour: bid, priceUsdPerHour: price, cost, standing, points } = pool;
  const { changedBy, changedAt } = snapshot.settings;
  const set = changedBy === '' ? '' : `; settings last changed by ${changedBy} ${format.age(now - changedAt)} ago`;
  const window = recentWindow(points, now, SPARK_SPAN_MS);
  const held = bid === undefined || bid === 0 || points.length === 0 ? undefined : recordOfBid(points, bid, window);
  const bidWords =
    bid === undefined ? 'it is no pool of this deployment: nothing is launched there' : bid === 0 ? 'no bid: new launches are on-demand' : `bid ${format.price(bid)} for new launches, price now ${format.price(price)}`;
  return [
    id,
    `${bidWords}${set}`,
    ...(held === undefined ? [] : [`in the last ${format.age(window.to - window.from)} it held ${format.percent(held.heldPct)} of the time, was outbid ${held.crossings} times, and paid ${format.price(held.meanUsdPerHour)} in the mean`]),
    ...(cost === '' ? [`new launches do not go there now: ${standing}`] : [`a launch there costs ${cost}; the cheapest work is asked first`]),
  ];
} // prettier-ignore
