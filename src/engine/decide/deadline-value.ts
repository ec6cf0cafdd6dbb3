import { AGE_BINS } from '../market/availability-record.ts';
import { type Chain, STATES } from './availability-chain.ts';

/** Modes in a table: idle, on a spot instance past its changeover, on such an on-demand instance. */
export const IDLE = 0;
export const SPOT = 1;
export const ON_DEMAND = 2;

/** A job under a chain. Amounts are per step of `stepS`; a changeover takes no more than one. */
export interface ValueProblem {
  readonly stepS: number;
  readonly changeoverSteps: number;
  readonly spotUsd: number;
  readonly onDemandUsd: number;
  readonly chain: Chain;
  /** The largest work and slack (time left less work left) that will be asked for, in steps. */
  readonly workSteps: number;
  readonly slackSteps: number;
}

/**
 * Least expected cost to the end, by work left, slack, mode and state of availability, for one who will always choose best
 * under the chain and may never become unable to finish on on-demand.
 */
export interface ValueTable {
  readonly problem: ValueProblem;
  /** [((work * slacks + slack) * 3 + mode) * STATES + state], USD. */
  readonly usd: Float64Array;
  readonly slacks: number;
}

const CELL = 3 * STATES;
const EPS = 1e-9;

/**
 * Stochastic dynamic programming by time left. With d the changeover in steps, W work and T time left, E over the chain:
 *
 *   wait        E idle(W, T-1)                                          if T - W >= d + 1
 *   spot        spotUsd + E[kept: spot(W-1, T-1); lost: idle(W-1, T-1)] if T - W >= d
 *   start spot  spotUsd + E[kept: spot(W-1+d, T-1); lost: idle(W-1+d, T-1)] if T - W >= 2d
 *   on-demand   onDemandUsd + E onDemand(W-1, T-1), or (W-1+d, T-1) where it starts
 *
 * The conditions are those of the safety net (safety-net.ts). Work between two steps is interpolated.
 */
export function solveValue(problem: ValueProblem): ValueTable {
  const { workSteps, slackSteps } = problem;
  const slacks = slackSteps + 1;
  const table = { problem, usd: new Float64Array((workSteps + 1) * slacks * CELL), slacks };
  const chances = { next: dense(problem.chain.next), kept: dense(problem.chain.kept), lost: dense(lostOf(problem.chain)) };
  for (let time = 1; time <= workSteps + slackSteps; time++)
    for (let work = Math.max(1, time - slackSteps); work <= Math.min(workSteps, time); work++)
      solveNode(table, chances, { work, time });
  return table;
}

interface Chances {
  readonly next: Sparse;
  readonly kept: Sparse;
  readonly lost: Sparse;
}

const waited = new Float64Array(STATES);
const stayed = new Float64Array(STATES);
const dropped = new Float64Array(STATES);
const begun = new Float64Array(STATES);
const begunLost = new Float64Array(STATES);
const held = new Float64Array(STATES);
const bought = new Float64Array(STATES);

function solveNode(table: ValueTable, { next, kept, lost }: Chances, { work, time }: { work: number; time: number }): void {
  const { changeoverSteps: d, spotUsd, onDemandUsd } = table.problem;
  const slack = time - work;
  const mayWait = slack >= d + 1 - EPS;
  const mayStay = slack >= d - EPS;
  const mayStart = slack >= 2 * d - EPS;
  valuesAt(table, { work: work - 1, time: time - 1, mode: ON_DEMAND }, held);
  valuesAt(table, { work: work - 1 + d, time: time - 1, mode: ON_DEMAND }, bought);
  if (mayWait) valuesAt(table, { work, time: time - 1, mode: IDLE }, waited);
  if (mayStay) {
    valuesAt(table, { work: work - 1, time: time - 1, mode: SPOT }, stayed);
    valuesAt(table, { work: work - 1, time: time - 1, mode: IDLE }, dropped);
  }
  if (mayStart) {
    valuesAt(table, { work: work - 1 + d, time: time - 1, mode: SPOT }, begun);
    valuesAt(table, { work: work - 1 + d, time: time - 1, mode: IDLE }, begunLost);
  }
  const row = (work * table.slacks + slack) * CELL;
  for (let x = 0; x < STATES; x++) {
    const buy = onDemandUsd + mean(next, x, bought);
    const start = mayStart && x < AGE_BINS ? spotUsd + mean(kept, x, begun) + mean(lost, x, begunLost) : Infinity;
    const idle = Math.min(buy, start, mayWait ? mean(next, x, waited) : Infinity);
    table.usd[row + x] = idle;
    table.usd[row + STATES + x] =
      mayStay && x < AGE_BINS ? Math.min(idle, spotUsd + mean(kept, x, stayed) + mean(lost, x, dropped)) : idle;
    table.usd[row + 2 * STATES + x] = Math.min(idle, onDemandUsd + mean(next, x, held));
  }
}

/** Values of all states at a point, work (and with it slack) interpolated between two steps. */
export function valuesAt(
  table: ValueTable,
  { work, time, mode }: { work: number; time: number; mode: number },
  out: Float64Array,
): void {
  if (work <= EPS) {
    out.fill(0);
    return;
  }
  const low = Math.floor(work + EPS);
  const share = Math.max(0, work - low);
  const inside = share < EPS ? 1 : 1 - share;
  blend(table, { work: low, time, mode }, { out, share: inside, onto: 0 });
  if (share >= EPS) blend(table, { work: low + 1, time, mode }, { out, share, onto: 1 });
}

/** out = onto * out + share * values of a node. */
function blend(
  { problem, usd, slacks }: ValueTable,
  { work, time, mode }: { work: number; time: number; mode: number },
  { out, share, onto }: { out: Float64Array; share: number; onto: number },
): void {
  const slack = time - work;
  if (slack < 0) {
    // Out of time: what is left is bought on demand. Only neighbours of what the net allows are weighed with this.
    const late = share * problem.onDemandUsd * (work + (mode === ON_DEMAND ? 0 : problem.changeoverSteps));
    for (let x = 0; x < STATES; x++) out[x] = onto * (out[x] ?? 0) + late;
    return;
  }
  const row = (Math.min(work, problem.workSteps) * slacks + Math.min(slack, slacks - 1)) * CELL + mode * STATES;
  for (let x = 0; x < STATES; x++) out[x] = onto * (out[x] ?? 0) + share * (usd[row + x] ?? 0);
}

/** Rows of a matrix without their zeros. */
interface Sparse {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly chance: Float64Array;
}

const NEGLIGIBLE = 1e-6;

function dense(matrix: Float64Array): Sparse {
  const from = new Int32Array(STATES + 1);
  const to: number[] = [];
  const chance: number[] = [];
  for (let x = 0; x < STATES; x++) {
    from[x] = to.length;
    for (let y = 0; y < STATES; y++) {
      const p = matrix[x * STATES + y] ?? 0;
      if (p <= NEGLIGIBLE) continue;
      to.push(y);
      chance.push(p);
    }
  }
  from[STATES] = to.length;
  return { from, to: Int32Array.from(to), chance: Float64Array.from(chance) };
}

function lostOf({ next, kept }: Chain): Float64Array {
  return next.map((p, at) => Math.max(0, p - (kept[at] ?? 0)));
}

function mean({ from, to, chance }: Sparse, x: number, values: Float64Array): number {
  let sum = 0;
  const end = from[x + 1] ?? 0;
  for (let at = from[x] ?? 0; at < end; at++) sum += (chance[at] ?? 0) * (values[to[at] ?? 0] ?? 0);
  return sum;
}

/** E over the chain of `values` at the state x. */
export function expected(matrix: Float64Array, x: number, values: Float64Array): number {
  let sum = 0;
  for (let y = 0; y < STATES; y++) sum += (matrix[x * STATES + y] ?? 0) * (values[y] ?? 0);
  return sum;
}
