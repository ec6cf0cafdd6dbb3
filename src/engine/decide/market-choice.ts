import { assert } from '../model/assert.ts';
import type { Usd, UsdPerHour } from '../model/units.ts';

/** One place where the job could run, as it is known at the moment of the choice. */
export interface MarketOption {
  /** "c3.xlarge/us-east-1a". */
  readonly name: string;
  readonly usdPerHour: UsdPerHour;
  /** Mean time between interruptions at the bid, hours; Infinity where none was seen. */
  readonly mtbfH: number;
  /** Work per hour, 1 = the type that the work was measured on. */
  readonly speed: number;
  /** How long the difference of price to the current market lasts, hours: `expectedStayH`. */
  readonly stayH: number;
  /** To bring the job there: data over zones or regions, and what a master there costs to set up; both 0 by default. */
  readonly transferUsd?: Usd;
  readonly transferH?: number;
}

export interface MarketQuestion {
  readonly options: readonly MarketOption[];
  /** Number of the option that the job runs on now; undefined where it is stopped. */
  readonly current?: number | undefined;
  readonly checkpointH: number;
  readonly restartH: number;
  readonly workLeftH: number;
  /** Time to the last moment for on-demand, hours; a move that would pass it is not made. Default: no deadline. */
  readonly slackH?: number;
}

export interface MarketChoice {
  readonly kind: 'start' | 'stay' | 'move';
  readonly option: number;
  /** Dollars per hour of useful work of each option, in their order. */
  readonly usdPerWorkHour: readonly number[];
  /** What the choice is expected to save against the current market, less what the move costs; 0 for the others. */
  readonly savingUsd: Usd;
}

/**
 * Where to run: the option with the least cost per hour of useful work,
 *
 *   price * (1 + overhead) / speed,     overhead = sqrt(2 t_c / MTBF) + t_r / MTBF
 *
 * t_c checkpoint, t_r restart (the loss with checkpoints at the best period, after Young). A running job moves only where
 *
 *   saving per hour * min(stay, work left)  >  new price * (t_c + t_r + transfer hours) + transfer dollars
 *
 * Example: 0.10 here, 0.06 there, 5 min to restart, difference lasts 2 h: 0.08 saved for 0.005, so it moves.
 */
export function chooseMarket(question: MarketQuestion): MarketChoice {
  const { options, current } = question;
  assert(options.length > 0, 'there is no market to choose from');
  const usdPerWorkHour = options.map((option) => costOfWork(option, question));
  const now = current === undefined ? undefined : options[current];
  if (now === undefined || current === undefined) {
    const totals = options.map(
      (option, at) => (usdPerWorkHour[at] ?? Infinity) * question.workLeftH + (option.transferUsd ?? 0),
    );
    return { kind: 'start', option: leastOf(totals), usdPerWorkHour, savingUsd: 0 };
  }
  const savings = options.map((option, at) => {
    if (at === current) return 0;
    const lasts = Math.min(option.stayH, question.workLeftH);
    const perHour = (usdPerWorkHour[current] ?? 0) - (usdPerWorkHour[at] ?? Infinity);
    const lostH = question.checkpointH + question.restartH + (option.transferH ?? 0);
    if (lostH > (question.slackH ?? Infinity)) return -Infinity;
    return perHour * lasts - option.usdPerHour * lostH - (option.transferUsd ?? 0);
  });
  const best = leastOf(savings.map((saving) => -saving));
  const savingUsd = savings[best] ?? 0;
  return savingUsd > 0
    ? { kind: 'move', option: best, usdPerWorkHour, savingUsd }
    : { kind: 'stay', option: current, usdPerWorkHour, savingUsd: 0 };
}

/** Dollars per hour of useful work in one market: what `chooseMarket` compares. */
export function costOfWork(
  { usdPerHour, mtbfH, speed }: Pick<MarketOption, 'usdPerHour' | 'mtbfH' | 'speed'>,
  { checkpointH, restartH }: Pick<MarketQuestion, 'checkpointH' | 'restartH'>,
): number {
  return (usdPerHour * (1 + Math.sqrt((2 * checkpointH) / mtbfH) + restartH / mtbfH)) / speed;
}

function leastOf(values: readonly number[]): number {
  let least = 0;
  for (const [at, value] of values.entries()) if (value < (values[least] ?? Infinity)) least = at;
  return least;
}

/** The choice in one sentence for the operator. */
export function marketSentence(question: MarketQuestion, choice: MarketChoice): string {
  const { options, current } = question;
  const to = options[choice.option];
  const cost = (at: number): string => `$${(choice.usdPerWorkHour[at] ?? 0).toFixed(4)} per hour of work`;
  if (to === undefined) return '';
  if (choice.kind === 'start')
    return `Start on ${to.name}: ${cost(choice.option)}, the least of ${options.length} market${options.length === 1 ? '' : 's'}.`;
  if (choice.kind === 'move')
    return `Move to ${to.name}: ${cost(choice.option)} instead of ${cost(current ?? 0)}, about $${choice.savingUsd.toFixed(4)} saved after the move is paid.`;
  return `Stay on ${to.name} (${cost(choice.option)}): no other market would save more than the move costs.`;
}

/**
 * How long a difference of price between two markets lasts, in hours' worth of today's difference, from slots [from, to):
 *
 *   rho = sum g(t) g(t+1h) / sum g(t)^2,   stay = 1 + rho + rho^2 + … = 1 / (1 - rho),   g = price here - price there
 *
 * A constant difference lasts for ever (capped by the work left), one that changes its sign every hour not even one.
 */
export function expectedStayH(
  here: Float64Array,
  there: Float64Array,
  window: { from: number; to: number; slotsPerHour: number },
): number {
  let products = 0;
  let squares = 0;
  for (let slot = window.from; slot + window.slotsPerHour < window.to; slot++) {
    const gap = (here[slot] ?? 0) - (there[slot] ?? 0);
    const later = (here[slot + window.slotsPerHour] ?? 0) - (there[slot + window.slotsPerHour] ?? 0);
    if (!Number.isFinite(gap) || !Number.isFinite(later)) continue;
    products += gap * later;
    squares += gap * gap;
  }
  if (squares === 0) return 1;
  const rho = Math.min(1 - 1e-6, Math.max(0, products / squares));
  return 1 / (1 - rho);
}

/** Mean time between interruptions at a bid, hours, from the highest prices of slots [from, to). Infinity: none seen. */
export function meanTimeBetweenH(
  highest: Float64Array,
  bidUsdPerHour: UsdPerHour,
  window: { from: number; to: number; slotsPerHour: number },
): number {
  let upSlots = 0;
  let interruptions = 0;
  let wasUp = false;
  for (let slot = window.from; slot < window.to; slot++) {
    const up = (highest[slot] ?? Infinity) <= bidUsdPerHour;
    if (up) upSlots++;
    else if (wasUp) interruptions++;
    wasUp = up;
  }
  return interruptions === 0 ? Infinity : upSlots / window.slotsPerHour / interruptions;
}
