import type { UsdPerHour } from '../model/units.ts';
import { levelOf, type PriceOutlook } from './price-outlook.ts';

export type RunOrWait = 'run' | 'wait' | 'on-demand';
const CHOICES: readonly RunOrWait[] = ['wait', 'run', 'on-demand'];
const [WAIT, RUN, ON_DEMAND] = [0, 1, 2] as const;

/** Where the job is: stopped after a run, on spot, on on-demand, or never started (its first slot is not lost). */
export const MODE = { stopped: 0, spot: 1, onDemand: 2, fresh: 3 } as const;
export type Mode = (typeof MODE)[keyof typeof MODE];
const MODES = 4;
/** Waiting must promise to save so much of a slot's price: its promise rests on counted levels, the price now is real. */
const WAIT_MARGIN = 0.5;

/** For each (slots left, work left, level, mode) the choice that is expected to cost least. */
export interface RunOrWaitPlan {
  readonly outlook: PriceOutlook;
  readonly workSlots: number;
  readonly choice: Uint8Array;
}

export interface PlanQuestion {
  readonly onDemandUsdPerHour: UsdPerHour;
  readonly workSlots: number;
  readonly deadlineSlots: number;
  /** Slots that must be left beside the work for on-demand to save the deadline (the safety net). */
  readonly reserveSlots: number;
  /** Slots that waiting leaves on top of those: restarts and moves to come, of which the levels know nothing. */
  readonly spareSlots: number;
}

/**
 * When to run, when to wait for a lower price and when to work on on-demand, by expected cost to the end (dynamic
 * programming backwards):
 *
 *   wait       E[ V(t-1, w, next level, stopped) ]
 *   run        c(level) + E[ V(t-1, w-1, next level, spot) ]      w instead of w-1 in the slot that a restart loses
 *   on-demand  d + E[ V(t-1, w-1, next level, on-demand) ]        the same
 *
 * t slots left, w slots of work left, c price of the level, d that of on-demand, V the least of the three. Below
 * t = w + reserve only on-demand is left, to the end.
 */
export function runOrWaitPlan(outlook: PriceOutlook, question: PlanQuestion): RunOrWaitPlan {
  const { workSlots, deadlineSlots, reserveSlots } = question;
  const row = outlook.mean.length * MODES;
  const width = (workSlots + 1) * row;
  const choice = new Uint8Array((deadlineSlots + 1) * width).fill(ON_DEMAND);
  let before = new Float64Array(width);
  let now = new Float64Array(width);
  const expected = new Float64Array(width);
  for (let work = 0; work <= workSlots; work++) saved(before, { work, row }, question);
  for (let left = 1; left <= deadlineSlots; left++) {
    expect(outlook, { from: before, into: expected, rows: workSlots + 1 });
    now.fill(0, 0, row);
    for (let work = 1; work <= workSlots; work++)
      if (left < work + reserveSlots) saved(now, { work, row }, question);
      else decide(outlook, { question, expected, into: now, choice, work, left, choiceAt: left * width });
    [before, now] = [now, before];
  }
  return { outlook, workSlots, choice };
}

/** On-demand to the end: what is left when nothing else may be tried. */
function saved(into: Float64Array, { work, row }: { work: number; row: number }, question: PlanQuestion): void {
  for (let i = 0; i < row; i++) {
    const lost = work > 0 && (i % MODES === MODE.stopped || i % MODES === MODE.spot) ? 1 : 0;
    into[work * row + i] = (work + lost) * question.onDemandUsdPerHour;
  }
}

interface Step {
  readonly question: PlanQuestion;
  readonly expected: Float64Array;
  readonly into: Float64Array;
  readonly choice: Uint8Array;
  readonly choiceAt: number;
  readonly work: number;
  readonly left: number;
}

function decide({ mean }: PriceOutlook, { question, expected, into, choice, choiceAt, work, left }: Step): void {
  const row = mean.length * MODES;
  const onDemand = question.onDemandUsdPerHour;
  const mayWait = left > work + question.reserveSlots + question.spareSlots;
  for (let level = 0; level < mean.length; level++) {
    const price = mean[level] ?? 0;
    const lost = work * row + level * MODES;
    const worked = lost - row;
    for (let mode = 0; mode < MODES; mode++) {
      const fresh = mode === MODE.fresh;
      const wait = mayWait ? (expected[lost + (fresh ? MODE.fresh : MODE.stopped)] ?? 0) : Infinity;
      const run = price + (expected[(fresh || mode === MODE.spot ? worked : lost) + MODE.spot] ?? 0);
      const safe = onDemand + (expected[(fresh || mode === MODE.onDemand ? worked : lost) + MODE.onDemand] ?? 0);
      const chosen = run <= wait + WAIT_MARGIN * price && run <= safe ? RUN : wait <= safe ? WAIT : ON_DEMAND;
      into[lost + mode] = chosen === RUN ? run : chosen === WAIT ? wait : safe;
      choice[choiceAt + lost + mode] = chosen;
    }
  }
}

/** into[work, level, mode] = sum over levels of next * from[work, that level, mode]. */
function expect(
  { mean: { length: levels }, next }: PriceOutlook,
  { from, into, rows }: { from: Float64Array; into: Float64Array; rows: number },
): void {
  const row = levels * MODES;
  into.fill(0);
  for (let level = 0; level < levels; level++) {
    for (let to = 0; to < levels; to++) {
      const share = next[level * levels + to] ?? 0;
      // Most levels never follow each other within one slot.
      if (share === 0) continue;
      for (let work = 0; work < rows; work++) {
        const a = work * row + level * MODES;
        const b = work * row + to * MODES;
        for (let mode = 0; mode < MODES; mode++) into[a + mode] = (into[a + mode] ?? 0) + share * (from[b + mode] ?? 0);
      }
    }
  }
}

/** The plan's choice at a price. */
export function runOrWait(
  plan: RunOrWaitPlan,
  now: { slotsLeft: number; workLeft: number; usdPerHour: UsdPerHour; mode: Mode },
): RunOrWait {
  const levels = plan.outlook.mean.length;
  const level = levelOf(plan.outlook.edges, now.usdPerHour);
  const at = ((now.slotsLeft * (plan.workSlots + 1) + now.workLeft) * levels + level) * MODES + now.mode;
  return CHOICES[plan.choice[at] ?? 2] ?? 'on-demand';
}
