import type { DeadlineJob } from './deadline-replay.ts';
import { deadlineTicks } from './deadline-replay.ts';

/**
 * The least cost of a job for one who knows the whole future: the bound of every policy, by dynamic programming.
 *
 * With n ticks of length g left, a state is its slack s = n*g - W (time left less work left): waiting a tick takes g of it, a
 * start takes a changeover d, running takes nothing. So (tick, mode, slack) is the whole state, and slack, other than
 * progress, is small. What is left of a changeover needs no state: an instance that is given up before its changeover is over
 * has cost money and done no work, so waiting would have been better; a start thus leaps to the end of its changeover,
 * m = ceil(d / g) ticks on, for which spot must be available.
 *
 *   idle(n, s) = min( idle(n-1, s-g), start of spot, start of on-demand )
 *   mode(n, s) = min( price*g + mode(n-1, s), idle(n, s) )      start: m*price*g + mode(n-m, s-d)
 *
 * Work is done where s >= n*g: cost 0; where s < 0 the deadline is lost: infinite. Slack is counted in the greatest unit that
 * divides tick, changeover and slack; where that is under a 64th of a tick, slack is rounded up and d down, which keeps it a bound.
 */
export function optimumUsd(
  counts: Uint8Array,
  start: number,
  { job, tickS }: { job: DeadlineJob; tickS: number },
): number {
  const ticks = deadlineTicks(job, tickS);
  const unitS = unitOf(tickS, job.changeoverS, ticks * tickS - job.workS);
  const perTick = Math.round(tickS / unitS);
  const perStart = Math.floor(job.changeoverS / unitS + 1e-6);
  const slack = Math.ceil((ticks * tickS - job.workS) / unitS - 1e-6);
  if (slack < 0) return Infinity;
  const leap = Math.max(1, Math.ceil(job.changeoverS / tickS - 1e-9));
  const spotUsd = (job.spotUsdPerHour * tickS) / 3600;
  const onDemandUsd = (job.onDemandUsdPerHour * tickS) / 3600;
  const ring = Array.from({ length: leap + 1 }, () => ({
    idle: new Float64Array(slack + 1),
    spot: new Float64Array(slack + 1),
    onDemand: new Float64Array(slack + 1),
  }));
  let upRun = 0;
  // All is done where slack >= 0 ticks: the rows of n = 0 hold zeros already.
  for (let left = 1; left <= ticks; left++) {
    upRun = (counts[start + ticks - left] ?? 0) > 0 ? upRun + 1 : 0;
    const row = ring[left % ring.length];
    const next = ring[(left - 1) % ring.length];
    const after = ring[(left - leap + ring.length * leap) % ring.length];
    if (row === undefined || next === undefined || after === undefined) break;
    for (let s = 0; s <= slack; s++) {
      const workUnits = left * perTick - s;
      if (workUnits <= 0) {
        row.idle[s] = row.spot[s] = row.onDemand[s] = 0;
        continue;
      }
      // Work that ends within a leap is billed for the ticks it takes.
      const startTicks = Math.min(leap, left);
      const startCost = Math.min(startTicks, Math.max(1, Math.ceil((workUnits + perStart) / perTick)));
      let idle = s >= perTick ? (next.idle[s - perTick] ?? Infinity) : Infinity;
      if (s >= perStart && left >= startCost) {
        const landed = left >= leap ? s - perStart : -1;
        const done = landed < 0 || landed >= (left - leap) * perTick;
        idle = Math.min(idle, startCost * onDemandUsd + (done ? 0 : (after.onDemand[landed] ?? 0)));
        if (upRun >= startCost) idle = Math.min(idle, startCost * spotUsd + (done ? 0 : (after.spot[landed] ?? 0)));
      }
      row.idle[s] = idle;
      row.spot[s] = upRun > 0 ? Math.min(idle, spotUsd + (next.spot[s] ?? 0)) : idle;
      row.onDemand[s] = Math.min(idle, onDemandUsd + (next.onDemand[s] ?? 0));
    }
  }
  return ring[ticks % ring.length]?.idle[slack] ?? Infinity;
}

/** The greatest common divisor in ms, in seconds, but no less than a 64th of a tick. */
function unitOf(tickS: number, changeoverS: number, slackS: number): number {
  const tickMs = Math.round(tickS * 1000);
  let unit = tickMs;
  for (let other of [Math.round(changeoverS * 1000), Math.round(slackS * 1000)])
    while (other !== 0) [unit, other] = [other, unit % other];
  return Math.max(Math.abs(unit), tickMs / 64) / 1000;
}
