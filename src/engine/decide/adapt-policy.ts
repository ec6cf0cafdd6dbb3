import type { PriceSeries } from '../market/price-series.ts';
import { type HazardChain, hazardChain } from '../market/hazard-chain.ts';
import { SAMPLE_MS, type UpSamples, upSamples } from '../market/up-samples.ts';
import { type CheckpointPlan, checkpointPlan } from './checkpoint-plan.ts';
import { type CheckpointCosts, type CheckpointPolicy, periodMs, type RunState } from './checkpoint-policy.ts';
import { DAY_MS } from '../model/units.ts';

/** How far back a plan learns: what DescribeSpotPriceHistory tells. */
const LOOK_BACK_MS = 90 * DAY_MS;
/** A plan is made anew when its past has grown by this share, and at most once a day: 18 days apart in the end. */
const RENEW_SHARE = 0.2;
/** Plans kept, some 5 MB each: jobs that are replayed in order of their starts touch two or three. */
const PLANS_MAX = 3;
/** Before enough is known of a market: as if interruptions came six hours apart. */
const UNKNOWN_MEAN_UP_MS = 6 * 3_600_000;

interface Learned {
  readonly fromMs: number;
  readonly chain: HazardChain | undefined;
  readonly plan: CheckpointPlan | undefined;
}

/** A market at a bid, whose past plans learn from. The samples may be of a longer series: none is used before it is past. */
export interface AdaptMarket {
  readonly series: PriceSeries;
  readonly bidUsdPerHour: number;
  /** Whether hours are billed whole. */
  readonly hourly: boolean;
}

/**
 * Saves when that lowers the expected bill, given what earlier prices say about the next minutes (`checkpointPlan`). Learns anew
 * every few days, from prices before that moment alone.
 */
export function adaptPolicy(costs: CheckpointCosts, { series, bidUsdPerHour, hourly }: AdaptMarket): CheckpointPolicy {
  const samples = upSamples(series, bidUsdPerHour);
  const plans: Learned[] = [];
  const features = { sinceChangeMs: 0, upMs: 0, usdPerHour: 0, rose: false };
  const run = { unsavedMs: 0, workLeftMs: 0, billedMs: 0, state: 0 };
  return {
    name: 'adapt',
    readsPrices: true,
    askEveryMs: SAMPLE_MS,
    noticeMs: 0,
    nextAtMs: (state: RunState) => {
      if (state.unsavedMs === 0) return Infinity;
      const { chain, plan } = learned(plans, learnedAtMs(samples.firstMs, state.nowMs), (untilMs) =>
        learn(samples, untilMs, { costs, hourly }),
      );
      if (chain === undefined || plan === undefined)
        return state.nowMs - state.unsavedMs + periodMs(costs.checkpointMs, UNKNOWN_MEAN_UP_MS);
      features.sinceChangeMs = state.nowMs - state.priceSinceMs;
      features.upMs = state.nowMs - state.upSinceMs;
      features.usdPerHour = state.usdPerHour;
      features.rose = state.usdPerHour > state.previousUsdPerHour;
      run.unsavedMs = state.unsavedMs;
      run.workLeftMs = state.workLeftMs;
      run.billedMs = state.nowMs - state.instanceStartMs;
      run.state = chain.stateOf(features);
      return plan.saves(run) ? state.nowMs : Infinity;
    },
  };
}

function learn(
  samples: UpSamples,
  untilMs: number,
  { costs, hourly }: { costs: CheckpointCosts; hourly: boolean },
): Learned {
  const chain = hazardChain(samples, { fromMs: untilMs - LOOK_BACK_MS, untilMs });
  return { fromMs: untilMs, chain, plan: chain === undefined ? undefined : checkpointPlan(chain, costs, hourly) };
}

function learned(plans: Learned[], atMs: number, make: (untilMs: number) => Learned): Learned {
  for (const plan of plans) if (plan.fromMs === atMs) return plan;
  const made = make(atMs);
  plans.push(made);
  if (plans.length > PLANS_MAX) plans.shift();
  return made;
}

/** The newest moment of learning at or before an instant; the same for all runs, so that they share a plan. */
function learnedAtMs(firstMs: number, nowMs: number): number {
  let atMs = firstMs;
  for (;;) {
    const nextMs = atMs + Math.max(DAY_MS, RENEW_SHARE * Math.min(LOOK_BACK_MS, atMs - firstMs));
    if (nextMs > nowMs) return atMs;
    atMs = nextMs;
  }
}
