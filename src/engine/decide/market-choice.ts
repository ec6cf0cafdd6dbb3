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
  /** How long the difference of price to the current market lasts, hours: `expectedStayH`, or `usualSaving`. */
  readonly stayH: number;
  /** What an hour here usually saves against the current market; what differs from it now lasts `stayH`. Default 0. */
  readonly usualUsdPerHour?: number;
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
  /** What work costs where nothing is moved and no spot is had: no market saves more than this. Default: no such limit. */
  readonly onDemandUsdPerHour?: UsdPerHour;
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
 * and a stopped one starts where its data is, unless the same holds (without t_c and t_r, which it pays anywhere) against
 * the best market that it can reach for nothing. Example: 0.10 here, 0.06 there, 5 min to restart, difference lasts 2 h:
 * 0.08 saved for 0.005, so it moves; with 10 GB at 0.02 to bring it stays.
 */
export function chooseMarket(question: MarketQuestion): MarketChoice {
  const { options, current } = question;
  assert(options.length > 0, 'there is no market to choose from');
  const usdPerWorkHour = options.map((option) => costOfWork(option, question));
  const isRunning = current !== undefined && options[current] !== undefined;
  const here = isRunning ? current : leastOf(usdPerWorkHour.map((cost, at) => (isFree(options[at]) ? cost : Infinity)));
  const hereUsd = isRunning
    ? (usdPerWorkHour[here] ?? 0)
    : Math.min(usdPerWorkHour[here] ?? 0, question.onDemandUsdPerHour ?? Infinity);
  const savings = options.map((option, at) => {
    // What a stopped job reaches for nothing is compared by its cost alone, and `here` is the best of it.
    if (at === here || (!isRunning && isFree(option))) return 0;
    const lostH = (isRunning ? question.checkpointH + question.restartH : 0) + (option.transferH ?? 0);
    if (lostH > (question.slackH ?? Infinity)) return -Infinity;
    const perHour = hereUsd - (usdPerWorkHour[at] ?? Infinity);
    return gainUsd(option, { perHour, lostH, workLeftH: question.workLeftH });
  });
  const best = leastOf(savings.map((saving) => -saving));
  const savingUsd = savings[best] ?? 0;
  if (savingUsd > 0) return { kind: isRunning ? 'move' : 'start', option: best, usdPerWorkHour, savingUsd };
  return { kind: isRunning ? 'stay' : 'start', option: here, usdPerWorkHour, savingUsd: 0 };
}

/**
 * What a move saves, its price taken off. Where moves are paid for, the difference g of now is expected to go back to its
 * usual value u, and the job stays to its end, or returns when the difference has closed and pays once more:
 *
 *   S(h) = u h + (g - u) stay (1 - rho^h),   rho = 1 - 1/stay;   the larger of S(work left) - price, S(h0) - 2 price
 */
function gainUsd(
  option: MarketOption,
  { perHour, lostH, workLeftH }: { perHour: number; lostH: number; workLeftH: number },
): Usd {
  const priceUsd = option.usdPerHour * lostH + (option.transferUsd ?? 0);
  const { stayH, usualUsdPerHour: usual } = option;
  if (usual === undefined) return perHour * Math.min(stayH, workLeftH) - priceUsd;
  const rho = 1 - 1 / Math.max(1, stayH);
  const saved = (hours: number): Usd => usual * hours + (perHour - usual) * stayH * (1 - rho ** hours);
  const toTheEnd = saved(workLeftH) - priceUsd;
  if (usual >= 0 || perHour <= 0) return toTheEnd;
  const closesH = rho === 0 ? 1 : Math.log(-usual / (perHour - usual)) / Math.log(rho);
  return closesH >= workLeftH ? toTheEnd : Math.max(toTheEnd, saved(closesH) - 2 * priceUsd);
}

function isFree(option: MarketOption | undefined): boolean {
  return (option?.transferUsd ?? 0) === 0 && (option?.transferH ?? 0) === 0;
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
  const saved = `about $${choice.savingUsd.toFixed(4)} saved after ${isFree(to) ? 'the move is' : `the move ($${(to.transferUsd ?? 0).toFixed(2)}, ${(to.transferH ?? 0).toFixed(2)} h) is`} paid`;
  if (choice.kind === 'start' && choice.savingUsd > 0) return `Start on ${to.name}: ${cost(choice.option)}, ${saved}.`;
  if (choice.kind === 'start')
    return `Start on ${to.name}: ${cost(choice.option)}, the least of ${options.length} market${options.length === 1 ? '' : 's'}${notWorth(question, choice)}.`;
  if (choice.kind === 'move')
    return `Move to ${to.name}: ${cost(choice.option)} instead of ${cost(current ?? 0)}, ${saved}.`;
  return `Stay on ${to.name} (${cost(choice.option)}): no other market would save more than the move costs${notWorth(question, choice)}.`;
}

/** The cheapest market that is left aside for what it takes to get there. */
function notWorth({ options, workLeftH }: MarketQuestion, { option, usdPerWorkHour }: MarketChoice): string {
  const cheapest = leastOf(usdPerWorkHour);
  const other = options[cheapest];
  if (cheapest === option || other === undefined || isFree(other)) return '';
  const perHour = (usdPerWorkHour[option] ?? 0) - (usdPerWorkHour[cheapest] ?? 0);
  if (!(perHour > 0)) return '';
  const price = (other.transferUsd ?? 0) + other.usdPerHour * (other.transferH ?? 0);
  const saves = gainUsd(other, { perHour, lostH: 0, workLeftH }) + (other.transferUsd ?? 0);
  const what = saves > 0 ? `is expected to save $${saves.toFixed(4)}` : `is cheaper now, but not for long`;
  return `; ${other.name} ${what}, and to go there costs $${price.toFixed(4)}`;
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

/**
 * What an hour there usually saves, and how long a departure from it lasts: as `expectedStayH`, of the differences from their
 * mean. Where none ever departed, the first that does is expected to last as long as there was none.
 */
export function usualSaving(
  here: Float64Array,
  there: Float64Array,
  { from, to, slotsPerHour }: { from: number; to: number; slotsPerHour: number },
): { readonly usualUsdPerHour: number; readonly stayH: number } {
  const gapAt = (slot: number): number => (here[slot] ?? 0) - (there[slot] ?? 0);
  let [sum, count] = [0, 0];
  for (let slot = from; slot < to; slot++) {
    const gap = gapAt(slot);
    if (!Number.isFinite(gap)) continue;
    sum += gap;
    count++;
  }
  if (count === 0) return { usualUsdPerHour: 0, stayH: 1 };
  const mean = sum / count;
  let [products, squares] = [0, 0];
  for (let slot = from; slot + slotsPerHour < to; slot++) {
    const [gap, later] = [gapAt(slot) - mean, gapAt(slot + slotsPerHour) - mean];
    if (!Number.isFinite(gap) || !Number.isFinite(later)) continue;
    products += gap * later;
    squares += gap * gap;
  }
  const longest = Math.max(1, count / slotsPerHour);
  // Rounding leaves a trace of a constant difference.
  const isConstant = squares <= count * (1e-9 * Math.max(1e-6, Math.abs(mean))) ** 2;
  const rho = Math.min(1 - 1 / longest, Math.max(0, isConstant ? 1 : products / squares));
  return { usualUsdPerHour: mean, stayH: 1 / (1 - rho) };
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
