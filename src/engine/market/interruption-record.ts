import { type EpochMs, HOUR_MS } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';
import { gammaQuantile } from './gamma.ts';

/** What was seen of one market: how long spot instances were held in it, and how often EC2 took one back. */
export interface InterruptionCount {
  /** "c5.large/us-east-1a". */
  readonly market: string;
  readonly instances: number;
  readonly instanceHours: number;
  readonly interruptions: number;
}

/** EC2's words for an instance that it took back itself, for capacity or for a price above the highest one offered. */
const TAKEN = /Server\.SpotInstance/;

/**
 * The account's own record, from the rows of all workers that there were. An instance counts from its launch to its end; one that
 * lives counts until now, and one that its owner ended until then: neither is an interruption (censored). On-demand
 * instances are left out. By market, in the order of their names.
 */
export function interruptionRecord(workers: Iterable<WorkerRow>, nowMs: EpochMs): InterruptionCount[] {
  const markets = new Map<string, { instances: number; instanceHours: number; interruptions: number }>();
  for (const worker of workers) {
    const { pool, phases, bidUsdPerHour } = worker;
    const fromMs = phases.pendingAt || phases.bootingAt;
    if (bidUsdPerHour === 0 || fromMs === 0 || pool === '') continue;
    const count = markets.get(pool) ?? { instances: 0, instanceHours: 0, interruptions: 0 };
    markets.set(pool, count);
    count.instances++;
    count.instanceHours += Math.max(0, endOf(worker, nowMs) - fromMs) / HOUR_MS;
    if (wasTaken(worker)) count.interruptions++;
  }
  return [...markets].map(([market, count]) => ({ market, ...count })).sort((a, b) => (a.market < b.market ? -1 : 1));
}

function wasTaken({ notice, detail }: WorkerRow): boolean {
  return notice !== undefined || TAKEN.test(detail);
}

function endOf({ state, phases, notice, changedAt }: WorkerRow, nowMs: EpochMs): EpochMs {
  const isOver = state === 'TERMINATED' || state === 'LOST';
  const told = phases.endedAt > 0 ? phases.endedAt : isOver ? changedAt : nowMs;
  return notice === undefined ? told : Math.min(told, notice.takeAt);
}

export interface RateInterval {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A rate from n events in T hours, with its exact 95 % interval (Garwood, Biometrika 1936): half the quantiles of chi-square at
 * 2 n and 2 n + 2 degrees of freedom, which are those of Gamma(n) and Gamma(n + 1), through T. Example: 4 in 100 h is
 * 0.04, 0.0109 to 0.1024; none in 100 h is 0 to 0.0369. Nothing is known without exposure: 0 to Infinity.
 */
export function poissonRate(events: number, hours: number): RateInterval {
  if (!(hours > 0)) return { perHour: 0, low: 0, high: Infinity };
  return {
    perHour: events / hours,
    low: gammaQuantile(events, 0.025) / hours,
    high: gammaQuantile(events + 1, 0.975) / hours,
  };
}

/** The rate as people say it: "1 in 25 h (95 %: 10 to 92 h)". */
export function oneIn({ perHour, low, high }: RateInterval): string {
  const hours = (rate: number): string => {
    const h = 1 / rate;
    return h === Infinity ? 'never' : h >= 9.95 ? `${Math.round(h)}` : h.toFixed(1);
  };
  const to = low > 0 ? `to ${hours(low)} h` : 'or more';
  return `${perHour > 0 ? `1 in ${hours(perHour)} h` : 'none'} (95 %: ${hours(high)} h ${to})`;
}
