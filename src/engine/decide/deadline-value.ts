import { AGE_BINS } from '../market/availability-record.ts';
import { type Chain, STATES } from './availability-chain.ts';
import { nodeBelow, shareAbove, type SlackGrid } from './slack-grid.ts';

/** Modes in a table: idle, on a spot instance past its changeover, on such an on-demand instance. */
export const IDLE = 0;
export const SPOT = 1;
export const ON_DEMAND = 2;

/** A job under a chain. Amounts are per step of `stepS`; slack and changeover are in steps. */
export interface ValueProblem {
  readonly stepS: number;
  readonly changeoverSteps: number;
  readonly spotUsd: number;
  readonly onDemandUsd: number;
  readonly chain: Chain;
  /** The longest time left that will be asked for, in steps. */
  readonly timeSteps: number;
  readonly grid: SlackGrid;
}

/**
 * Least expected cost to the end, by time left, slack (time left less work left), mode and state of availability, for one
 * who will always choose best under the chain and may never become unable to finish on on-demand.
 */
export interface ValueTable {
  readonly problem: ValueProblem;
  /** [((time * nodes + node) * 3 + mode) * STATES + state], USD. */
  readonly usd: Float64Array;
}

const CELL = 3 * STATES;
const EPS = 1e-9;

/**
 * Stochastic dynamic programming by time left. With d the changeover in steps, T time left, s slack, E over the chain:
 *
 *   wait        E idle(T-1, s-1)                                             if s >= 1 + d
 *   spot        spotUsd + E[kept: spot(T-1, s); lost: idle(T-1, s)]          if s >= d
 *   start spot  spotUsd + E[kept: spot(T-1, s-d); lost: idle(T-1, s-min(d,1))]   if s >= d + min(d,1)
 *   on-demand   onDemandUsd + E onDemand(T-1, s), or (T-1, s-d) where it starts
 *
 * The conditions are those of the safety net (safety-net.ts). All work is done where s >= T.
 */
export function solveValue(problem: ValueProblem): ValueTable {
  const { timeSteps, grid } = problem;
  const { nodes } = grid;
  const usd = new Float64Array((timeSteps + 1) * nodes.length * CELL);
  const solver = solverOf({ problem, usd });
  for (let time = 1; time <= timeSteps; time++)
    for (let node = 0; node < nodes.length; node++) {
      if ((nodes[node] ?? 0) < time - EPS) solveNode(solver, time, node);
    }
  return solver.table;
}

/** Scratch of one solution: expected values of what a step may lead to, by state. */
interface Solver {
  readonly table: ValueTable;
  readonly next: Sparse;
  readonly kept: Sparse;
  readonly lost: Sparse;
  readonly waited: Float64Array;
  readonly stayed: Float64Array;
  readonly dropped: Float64Array;
  readonly begun: Float64Array;
  readonly begunLost: Float64Array;
  readonly held: Float64Array;
  readonly bought: Float64Array;
}

function solverOf(table: ValueTable): Solver {
  const { chain } = table.problem;
  const row = (): Float64Array => new Float64Array(STATES);
  return {
    table,
    next: sparse(chain.next),
    kept: sparse(chain.kept),
    lost: sparse(chain.next.map((p, at) => Math.max(0, p - (chain.kept[at] ?? 0)))),
    waited: row(),
    stayed: row(),
    dropped: row(),
    begun: row(),
    begunLost: row(),
    held: row(),
    bought: row(),
  };
}

function solveNode(solver: Solver, time: number, node: number): void {
  const { table, next, kept, lost, waited, stayed, dropped, begun, begunLost, held, bought } = solver;
  const { changeoverSteps: d, spotUsd, onDemandUsd, grid } = table.problem;
  const slack = grid.nodes[node] ?? 0;
  const before = time - 1;
  const mayWait = slack >= d + 1 - EPS;
  const mayStay = slack >= d - EPS;
  const mayStart = slack >= d + Math.min(1, d) - EPS;
  rowAt(table, { time: before, slack, mode: ON_DEMAND }, held);
  rowAt(table, { time: before, slack: slack - d, mode: ON_DEMAND }, bought);
  if (mayWait) rowAt(table, { time: before, slack: slack - 1, mode: IDLE }, waited);
  if (mayStay) {
    rowAt(table, { time: before, slack, mode: SPOT }, stayed);
    rowAt(table, { time: before, slack, mode: IDLE }, dropped);
  }
  if (mayStart) {
    rowAt(table, { time: before, slack: slack - d, mode: SPOT }, begun);
    rowAt(table, { time: before, slack: slack - Math.min(1, d), mode: IDLE }, begunLost);
  }
  const { usd } = table;
  const row = (time * grid.nodes.length + node) * CELL;
  for (let x = 0; x < STATES; x++) {
    const up = x < AGE_BINS;
    const wait = mayWait ? mean(next, x, waited) : Infinity;
    const start = mayStart && up ? spotUsd + mean(kept, x, begun) + mean(lost, x, begunLost) : Infinity;
    const idle = Math.min(wait, start, onDemandUsd + mean(next, x, bought));
    const stay = mayStay && up ? spotUsd + mean(kept, x, stayed) + mean(lost, x, dropped) : Infinity;
    usd[row + x] = idle;
    usd[row + STATES + x] = Math.min(idle, stay);
    usd[row + 2 * STATES + x] = Math.min(idle, onDemandUsd + mean(next, x, held));
  }
}

interface Point {
  /** Whole steps. */
  readonly time: number;
  readonly slack: number;
  readonly mode: number;
}

/** Values of all states at a point, slack interpolated. */
export function rowAt({ problem, usd }: ValueTable, { time, slack, mode }: Point, out: Float64Array): void {
  const { grid, onDemandUsd, changeoverSteps } = problem;
  if (slack >= time - EPS) {
    out.fill(0);
    return;
  }
  const below = nodeBelow(grid, slack);
  if (below < 0) {
    // Out of time: what is left is bought on demand. The net keeps decisions away from here.
    out.fill(onDemandUsd * (time - slack + (mode === ON_DEMAND ? 0 : changeoverSteps)));
    return;
  }
  const share = shareAbove(grid, below, slack);
  const a = (time * grid.nodes.length + below) * CELL + mode * STATES;
  const b = a + CELL;
  for (let x = 0; x < STATES; x++) out[x] = (1 - share) * (usd[a + x] ?? 0) + share * (usd[b + x] ?? 0);
}

/** Rows of a matrix without their zeros. */
interface Sparse {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly chance: Float64Array;
}

const NEGLIGIBLE = 1e-5;

function sparse(matrix: Float64Array): Sparse {
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

function mean({ from, to, chance }: Sparse, x: number, values: Float64Array): number {
  let sum = 0;
  const end = from[x + 1] ?? 0;
  for (let at = from[x] ?? 0; at < end; at++) sum += (chance[at] ?? 0) * (values[to[at] ?? 0] ?? 0);
  return sum;
}

/** E of `values` after a step from x; a matrix whose rows are less than one leaves the rest out. */
export function expected(matrix: Float64Array, x: number, values: Float64Array): number {
  let sum = 0;
  for (let y = 0; y < STATES; y++) sum += (matrix[x * STATES + y] ?? 0) * (values[y] ?? 0);
  return sum;
}
