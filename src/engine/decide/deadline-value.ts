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

/** What one solution needs beside its table: chances without their zeros (`kept` and `lost` of up-times only), where each node's shifted slack lies, scratch. */
interface Solver {
  readonly table: ValueTable;
  readonly next: Sparse;
  readonly kept: Sparse;
  readonly lost: Sparse;
  readonly waited: Shift;
  readonly begun: Shift;
  readonly begunLost: Shift;
  readonly rows: readonly Float64Array[];
}

function solverOf(table: ValueTable): Solver {
  const { chain, grid, changeoverSteps: d } = table.problem;
  const lost = chain.next.map((p, at) => Math.max(0, p - (chain.kept[at] ?? 0)));
  return {
    table,
    next: sparse(chain.next),
    kept: sparse(chain.kept.subarray(0, AGE_BINS * STATES)),
    lost: sparse(lost.subarray(0, AGE_BINS * STATES)),
    waited: shiftOf(grid, 1),
    begun: shiftOf(grid, d),
    begunLost: shiftOf(grid, Math.min(1, d)),
    rows: Array.from({ length: 4 }, () => new Float64Array(STATES)),
  };
}

/** For each node the place of a slack that is `by` less: the node below it, -1 where there is none, and the share above. */
interface Shift {
  readonly by: number;
  readonly below: Int32Array;
  readonly share: Float64Array;
}

function shiftOf(grid: SlackGrid, by: number): Shift {
  const below = Int32Array.from(grid.nodes, (slack) => nodeBelow(grid, slack - by));
  return {
    by,
    below,
    share: Float64Array.from(below, (node, at) => shareAbove(grid, node, (grid.nodes[at] ?? 0) - by)),
  };
}

function solveNode(solver: Solver, time: number, node: number): void {
  const { table, next, kept, lost, rows } = solver;
  const { usd } = table;
  const { changeoverSteps: d, spotUsd, onDemandUsd, grid } = table.problem;
  const [idle, stay, held, row] = rows as [Float64Array, Float64Array, Float64Array, Float64Array];
  const slack = grid.nodes[node] ?? 0;
  // The same slack a step later needs no interpolation; nor is anything written where the work is done, so that it is 0.
  const same = ((time - 1) * grid.nodes.length + node) * CELL;
  const out = (time * grid.nodes.length + node) * CELL;
  shifted(solver, { shift: solver.begun, time, node, mode: ON_DEMAND }, row);
  means(next, { values: row, from: 0, plus: onDemandUsd }, idle);
  if (slack >= d + 1 - EPS) {
    shifted(solver, { shift: solver.waited, time, node, mode: IDLE }, row);
    means(next, { values: row, from: 0, plus: 0 }, stay);
    for (let x = 0; x < STATES; x++) idle[x] = Math.min(idle[x] ?? 0, stay[x] ?? 0);
  }
  if (slack >= d + Math.min(1, d) - EPS) {
    shifted(solver, { shift: solver.begun, time, node, mode: SPOT }, row);
    means(kept, { values: row, from: 0, plus: spotUsd }, stay);
    shifted(solver, { shift: solver.begunLost, time, node, mode: IDLE }, row);
    means(lost, { values: row, from: 0, plus: 0 }, held);
    for (let x = 0; x < AGE_BINS; x++) idle[x] = Math.min(idle[x] ?? 0, (stay[x] ?? 0) + (held[x] ?? 0));
  }
  for (let x = 0; x < STATES; x++) usd[out + x] = usd[out + SPOT * STATES + x] = idle[x] ?? 0;
  if (slack >= d - EPS) {
    means(kept, { values: usd, from: same + SPOT * STATES, plus: spotUsd }, stay);
    means(lost, { values: usd, from: same + IDLE * STATES, plus: 0 }, held);
    for (let x = 0; x < AGE_BINS; x++)
      usd[out + SPOT * STATES + x] = Math.min(idle[x] ?? 0, (stay[x] ?? 0) + (held[x] ?? 0));
  }
  means(next, { values: usd, from: same + ON_DEMAND * STATES, plus: onDemandUsd }, held);
  for (let x = 0; x < STATES; x++) usd[out + ON_DEMAND * STATES + x] = Math.min(idle[x] ?? 0, held[x] ?? 0);
}

/** Values a step after a node, its slack less by a shift. */
function shifted(
  { table: { problem, usd } }: Solver,
  { shift, time, node, mode }: { shift: Shift; time: number; node: number; mode: number },
  out: Float64Array,
): void {
  const { grid } = problem;
  const below = shift.below[node] ?? -1;
  const slack = (grid.nodes[node] ?? 0) - shift.by;
  if (below < 0) return void out.fill(outOfTimeUsd(problem, { time: time - 1, slack, mode }));
  if (slack >= time - 1 - EPS) return void out.fill(0);
  blend(usd, ((time - 1) * grid.nodes.length + below) * CELL + mode * STATES, { share: shift.share[node] ?? 0, out });
}

/** Out of time: what is left is bought on demand. The net keeps decisions away from here. */
function outOfTimeUsd({ onDemandUsd, changeoverSteps }: ValueProblem, { time, slack, mode }: Point): number {
  return onDemandUsd * (time - slack + (mode === ON_DEMAND ? 0 : changeoverSteps));
}

function blend(usd: Float64Array, at: number, { share, out }: { share: number; out: Float64Array }): void {
  if (share < EPS) for (let x = 0; x < STATES; x++) out[x] = usd[at + x] ?? 0;
  else for (let x = 0; x < STATES; x++) out[x] = (1 - share) * (usd[at + x] ?? 0) + share * (usd[at + CELL + x] ?? 0);
}

interface Point {
  /** Whole steps. */
  readonly time: number;
  readonly slack: number;
  readonly mode: number;
}

/** Values of all states at a point, slack interpolated. */
export function rowAt({ problem, usd }: ValueTable, point: Point, out: Float64Array): void {
  const { grid } = problem;
  const { time, slack, mode } = point;
  const below = nodeBelow(grid, slack);
  if (slack >= time - EPS) out.fill(0);
  else if (below < 0) out.fill(outOfTimeUsd(problem, point));
  else
    blend(usd, (time * grid.nodes.length + below) * CELL + mode * STATES, {
      share: shareAbove(grid, below, slack),
      out,
    });
}

/** Rows of a matrix without their zeros. */
interface Sparse {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly chance: Float64Array;
}

const NEGLIGIBLE = 1e-5;

function sparse(matrix: Float64Array): Sparse {
  const rows = matrix.length / STATES;
  const from = new Int32Array(rows + 1);
  const to: number[] = [];
  const chance: number[] = [];
  for (let x = 0; x < rows; x++) {
    from[x] = to.length;
    for (let y = 0; y < STATES; y++) {
      const p = matrix[x * STATES + y] ?? 0;
      if (p <= NEGLIGIBLE) continue;
      to.push(y);
      chance.push(p);
    }
  }
  from[rows] = to.length;
  return { from, to: Int32Array.from(to), chance: Float64Array.from(chance) };
}

/** For each row of chances the mean of `values` (from an index on) after a step, and a constant. */
function means(
  { from: rows, to, chance }: Sparse,
  { values, from, plus }: { values: Float64Array; from: number; plus: number },
  out: Float64Array,
): void {
  let at = 0;
  for (let x = 0; x + 1 < rows.length; x++) {
    let sum = plus;
    for (const end = rows[x + 1] ?? 0; at < end; at++) sum += (chance[at] ?? 0) * (values[from + (to[at] ?? 0)] ?? 0);
    out[x] = sum;
  }
}

/** E of `values` after a step from x; a matrix whose rows are less than one leaves the rest out. */
export function expected(matrix: Float64Array, x: number, values: Float64Array): number {
  let sum = 0;
  for (let y = 0; y < STATES; y++) sum += (matrix[x * STATES + y] ?? 0) * (values[y] ?? 0);
  return sum;
}
