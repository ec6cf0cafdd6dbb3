import type { AvailabilityTrace } from './availability.ts';
import { gammaQuantile } from './gamma.ts';
import { type InterruptionCount, oneIn, poissonRate, type RateInterval } from './interruption-record.ts';

/** Up-time and its ends, of markets together. */
export interface Exposure {
  readonly hours: number;
  readonly interruptions: number;
}

/**
 * What is believed of a market of which nothing is known: one interruption in 200 h, weighing as much as one interruption. Its 95 %
 * range, 1 in 54 h to 1 in 7,900 h, holds what EC2's Spot Instance Advisor calls more than a fifth a month (1 in 3,200 h)
 * and what was seen of scarce accelerators (`PRIOR_ENDS_PER_HOUR`: 1 in 9 h once up for long, which it reaches after ten).
 */
export const STATED: Exposure = { hours: 200, interruptions: 1 };

/** A market's prior weighs as much as one interruption: markets differ by orders of magnitude, and two of its own outweigh all others'. */
const PRIOR_INTERRUPTIONS = 1;

/** How long a market that took an instance back has none to give, where no trace tells; hours. */
const STATED_OUTAGE_H = 0.25;

/** A market that is taken back at most so often, as a share, is worth a word. */
const WORTH_NAMING = 0.8;

export type HazardSource = 'own record' | 'record of other markets' | 'availability traces' | 'stated prior';

/** How often capacity takes an instance of a market back, whatever the max price. */
export interface InterruptionHazard extends RateInterval {
  readonly market: string;
  /** The market's own record, alone, with its exact interval. */
  readonly own: Exposure & { readonly rate: RateInterval };
  /** What the market is believed to be like before its own record, and from what that is. */
  readonly prior: { readonly perHour: number; readonly from: Exclude<HazardSource, 'own record'> };
  readonly outageH: number;
  /** Where most of it comes from. */
  readonly source: HazardSource;
  readonly sentence: string;
}

/**
 * The hazard of a market from what was seen of it, n interruptions in T hours, drawn toward markets like it (gamma prior of a Poisson
 * rate; Gelman et al., Bayesian Data Analysis, section 2.6):
 *
 *   rate ~ Gamma(k, k / r0)      before;   r0 = (interruptions + 1) / (hours + 200) of all others and of the traces
 *   rate ~ Gamma(k + n, k / r0 + T)  after;   k = 1
 *
 * Mean (k + n) / (k / r0 + T), its 95 % range between the quantiles. Traces are of other accounts and types: they speak
 * through r0 alone, and so never weigh more than k interruptions (a power prior; Ibrahim and Chen, 2000). Example: nothing
 * else known, r0 = 1/200; 4 in 100 h: 5 / 300 h, 1 in 60 h.
 */
export function interruptionHazard(
  market: string,
  record: readonly InterruptionCount[],
  traces: readonly AvailabilityTrace[] = [],
): InterruptionHazard {
  const mine = record.find((one) => one.market === market);
  const own = { hours: mine?.instanceHours ?? 0, interruptions: mine?.interruptions ?? 0 };
  const others = record.filter((one) => one !== mine);
  const seen = tracesLike(market, traces);
  const told = seen.map(upTimes);
  const parts = {
    'record of other markets': summed(
      others.map((one) => ({ hours: one.instanceHours, interruptions: one.interruptions })),
    ),
    'availability traces': summed(told),
    'stated prior': STATED,
  } as const;
  const all = summed(Object.values(parts));
  const r0 = all.interruptions / all.hours;
  const from = largest(parts);
  const shape = PRIOR_INTERRUPTIONS + own.interruptions;
  const hours = PRIOR_INTERRUPTIONS / r0 + own.hours;
  const rate = {
    perHour: shape / hours,
    low: gammaQuantile(shape, 0.025) / hours,
    high: gammaQuantile(shape, 0.975) / hours,
  };
  const source = own.hours > PRIOR_INTERRUPTIONS / r0 ? 'own record' : from;
  const ownRate = poissonRate(own.interruptions, own.hours);
  return {
    market,
    ...rate,
    own: { ...own, rate: ownRate },
    prior: { perHour: r0, from },
    outageH: meanOutageH(seen) ?? STATED_OUTAGE_H,
    source,
    sentence: sentenceOf({ market, own, ownRate, from, r0, rate, traces: seen.length }),
  };
}

/** Traces of the market's zone or type if there are any, else all. */
function tracesLike(market: string, traces: readonly AvailabilityTrace[]): readonly AvailabilityTrace[] {
  const [type, zone] = market.split('/');
  for (const fits of [
    (trace: AvailabilityTrace) => trace.zone === zone && trace.device === type,
    (trace: AvailabilityTrace) => trace.device === type,
  ]) {
    const found = traces.filter(fits);
    if (found.length > 0) return found;
  }
  return traces;
}

/** A run that ended within a tick was there for half of it. */
function upTimes({ counts, tickS }: AvailabilityTrace): Exposure {
  let [ticks, ends] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    if ((counts[i] ?? 0) > 0) ticks++;
    else if (i > 0 && (counts[i - 1] ?? 0) > 0) ends++;
  }
  return { hours: ((ticks + ends / 2) * tickS) / 3600, interruptions: ends };
}

function meanOutageH(traces: readonly AvailabilityTrace[]): number | undefined {
  let [hours, outages] = [0, 0];
  for (const { counts, tickS } of traces)
    for (let i = 1; i < counts.length; i++)
      if ((counts[i] ?? 0) === 0) {
        hours += tickS / 3600;
        if ((counts[i - 1] ?? 0) > 0) outages++;
      }
  return outages === 0 ? undefined : hours / outages;
}

function summed(parts: readonly Exposure[]): Exposure {
  return parts.reduce(
    (sum, one) => ({ hours: sum.hours + one.hours, interruptions: sum.interruptions + one.interruptions }),
    { hours: 0, interruptions: 0 },
  );
}

function largest(
  parts: Readonly<Record<Exclude<HazardSource, 'own record'>, Exposure>>,
): Exclude<HazardSource, 'own record'> {
  return (Object.keys(parts) as Exclude<HazardSource, 'own record'>[]).reduce((a, b) =>
    parts[b].hours > parts[a].hours ? b : a,
  );
}

interface Words {
  readonly market: string;
  readonly own: Exposure;
  readonly ownRate: RateInterval;
  readonly from: string;
  readonly r0: number;
  readonly rate: RateInterval;
  readonly traces: number;
}

function sentenceOf({ market, own, ownRate, from, r0, rate, traces }: Words): string {
  const source = from === 'availability traces' ? `${traces} availability traces` : `the ${from}`;
  const before = `${source}: 1 in ${Math.round(1 / r0)} h`;
  const seen =
    own.hours > 0
      ? `its own record of ${own.hours.toFixed(own.hours < 10 ? 1 : 0)} instance-hours with ${own.interruptions} interruptions, ${oneIn(ownRate)}, drawn toward ${before}`
      : `${before}; there is no record of the market itself`;
  return `Capacity takes an instance of ${market} back ${oneIn(rate)}: from ${seen}.`;
}

/** The market of a record that is taken back least, where it is another than the one that is looked at, and not by a hair. */
export function seldomTaken(
  market: string,
  record: readonly InterruptionCount[],
  traces: readonly AvailabilityTrace[] = [],
): InterruptionHazard | undefined {
  const here = interruptionHazard(market, record, traces);
  const best = record
    .map((one) => interruptionHazard(one.market, record, traces))
    .reduce<InterruptionHazard | undefined>((a, b) => (a !== undefined && a.perHour <= b.perHour ? a : b), undefined);
  return best === undefined || best.market === market || best.perHour > WORTH_NAMING * here.perHour ? undefined : best;
}
