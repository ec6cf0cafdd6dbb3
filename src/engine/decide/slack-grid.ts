/**
 * Where a value table keeps its nodes along slack (time left less work left), in steps: fine near zero, where a changeover
 * more or less decides, then ever coarser. `below` and `share` say how to read a value between two nodes.
 */
export interface SlackGrid {
  readonly nodes: Float64Array;
}

/** Up to here the grid has a node on every unit, so that the last few starts are counted exactly; but no more nodes than that. */
const FINE_STEPS = 6;
const FINE_NODES = 30;
/** Then each gap is so much of the slack at which it begins. */
const GROWTH = 0.1;

/**
 * @param unit divides both a step and a changeover where they have a divisor that is not too small.
 * @param most the largest slack that will be asked for.
 */
export function slackGrid(unit: number, most: number): SlackGrid {
  const nodes = [0];
  const fine = Math.min(FINE_STEPS, FINE_NODES * unit);
  for (let at = 0; at < most;) {
    at += at < fine - 1e-9 ? unit : Math.max(unit, unit * Math.round((at * GROWTH) / unit));
    nodes.push(at);
  }
  return { nodes: Float64Array.from(nodes) };
}

/** Index of the last node at or below a slack, at most the last but one; slack below zero gives -1. */
export function nodeBelow({ nodes }: SlackGrid, slack: number): number {
  if (slack < -1e-9) return -1;
  let low = 0;
  let high = nodes.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((nodes[middle] ?? 0) <= slack + 1e-9) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** How far a slack lies from the node below it to the one above, in [0, 1]. */
export function shareAbove({ nodes }: SlackGrid, below: number, slack: number): number {
  const from = nodes[below] ?? 0;
  const to = nodes[below + 1] ?? from;
  return to > from ? Math.min(1, Math.max(0, (slack - from) / (to - from))) : 0;
}

/** The greatest length that divides both, in steps of `stepS`, not under a twelfth of a step. */
export function commonUnit(stepS: number, changeoverS: number): number {
  let [a, b] = [Math.round(stepS), Math.round(changeoverS)];
  while (b > 0) [a, b] = [b, a % b];
  return a >= stepS / 12 ? a / stepS : 1 / 6;
}
