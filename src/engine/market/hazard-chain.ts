import { RiskTable } from './risk-table.ts';
import { SAMPLE_MS, type UpFeatures, type UpSamples } from './up-samples.ts';

/**
 * How likely a bid's instance is to be taken back in the next `SAMPLE_MS`, given what can be seen now, and what will be seen
 * then: a Markov chain learned from a bid's past. A state is (time since the newest change of price, class of risk); the
 * class comes from the age of the up-interval, the price's rank among those at or below the bid, and its direction.
 */
export interface HazardChain {
  readonly states: number;
  /** Per state: P(taken back within one step). */
  readonly taken: Float64Array;
  /** Where survivors go: of state x, `to[i]` with chance `chance[i]`, for i in [from[x], from[x + 1]). */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly chance: Float64Array;
  stateOf(features: UpFeatures): number;
}

/** A chain of fewer samples than this (17 hours of up-time) would be chance; who asks must do without. */
const SAMPLES_MIN = 200;
/** Time since the newest change: steps of 5 minutes to 100, for prices were set some 70 minutes apart; then doublings. */
const FINE = 20;
const SINCE = FINE + 4;
/** Weight of the prior, in deaths, by which a marginal is drawn to the market's mean, and a state to the product of its marginals. */
const PRIOR_DEATHS = 4;
/** Rarer moves are left out: they are half of all and change no decision, and planning takes time by the move. */
const CHANCE_MIN = 0.01;

/** What was learned from samples in [fromMs, untilMs), nothing later; undefined where they are too few. */
export function hazardChain(samples: UpSamples, past: { fromMs: number; untilMs: number }): HazardChain | undefined {
  const range = {
    from: countBefore(samples.atMs, past.fromMs),
    to: countBefore(samples.atMs, past.untilMs - SAMPLE_MS),
  };
  if (range.to - range.from < SAMPLES_MIN) return undefined;
  const risk = new RiskTable(samples, range, past.untilMs);
  const classes = risk.classes;
  const cellOf = (features: UpFeatures): number => sinceBin(features.sinceChangeMs) * classes + risk.classOf(features);
  const counts = counted(samples, range, { states: SINCE * classes, stateOf: cellOf });
  const { stateOfCell, cells } = seenStates(counts.seen, classes);
  const taken = takenPerStep(counts, classes);
  return {
    states: cells.length,
    stateOf: (features) => stateOfCell[cellOf(features)]!,
    taken: Float64Array.from(cells, (cell) => taken[cell]!),
    ...survivors(counts, { stateOfCell, cells, classes }),
  };
}

interface SeenStates {
  /** Per state its cell, (since, class). */
  readonly cells: readonly number[];
  /** Per cell its state; one that was never seen is taken for the nearest that was, in time first. */
  readonly stateOfCell: Int32Array;
}

/** Only cells that were seen become states: planning takes time by the state, and half of them never are. */
function seenStates(seen: Float64Array, classes: number): SeenStates {
  const cells = Array.from(seen.keys()).filter((cell) => seen[cell]! > 0);
  const stateOfCell = new Int32Array(seen.length);
  for (let cell = 0; cell < seen.length; cell++) {
    let nearest = Infinity;
    for (const [state, other] of cells.entries()) {
      const since = Math.abs(Math.floor(cell / classes) - Math.floor(other / classes));
      const distance = since * classes + Math.abs((cell % classes) - (other % classes));
      if (distance < nearest) [nearest, stateOfCell[cell]] = [distance, state];
    }
  }
  return { cells, stateOfCell };
}

interface Counts {
  readonly seen: Float64Array;
  readonly taken: Float64Array;
  /** Survivors from state to state, row by row. */
  readonly moves: Float64Array;
}

function counted(
  samples: UpSamples,
  { from, to }: { from: number; to: number },
  { states, stateOf }: { states: number; stateOf: (features: UpFeatures) => number },
): Counts {
  const seen = new Float64Array(states);
  const taken = new Float64Array(states);
  const moves = new Float64Array(states * states);
  let state = -1;
  for (let i = from; i < to; i++) {
    const consecutive = i > from && samples.atMs[i]! - samples.atMs[i - 1]! === SAMPLE_MS;
    const survived = consecutive && samples.endMs[i - 1]! > samples.atMs[i]!;
    const now = stateOf(sampleAt(samples, i));
    if (survived) moves[state * states + now]! += 1;
    state = now;
    seen[state]! += 1;
    if (samples.endMs[i]! <= samples.atMs[i]! + SAMPLE_MS) taken[state]! += 1;
  }
  return { seen, taken, moves };
}

/** Shares that were taken, drawn toward what the two marginals say together where a state was seldom seen. */
function takenPerStep({ seen, taken }: Counts, classes: number): Float64Array {
  const total = { seen: sum(seen), taken: sum(taken) };
  const base = (total.taken + 0.5) / (total.seen + 10);
  // Seen over expected deaths, drawn toward 1 where few were expected (gamma prior of a Poisson rate).
  const drawn = (deaths: number, expected: number): number => (deaths + PRIOR_DEATHS) / (expected + PRIOR_DEATHS);
  const marginal = (size: number, at: (state: number) => number): Float64Array => {
    const n = new Float64Array(size);
    const d = new Float64Array(size);
    for (let x = 0; x < seen.length; x++) {
      n[at(x)]! += seen[x]!;
      d[at(x)]! += taken[x]!;
    }
    return n.map((count, i) => drawn(d[i]!, count * base));
  };
  const bySince = marginal(SINCE, (x) => Math.floor(x / classes));
  const byClass = marginal(classes, (x) => x % classes);
  return seen.map((count, x) => {
    const expected = base * bySince[Math.floor(x / classes)]! * byClass[x % classes]!;
    return Math.min(0.9, expected * drawn(taken[x]!, count * expected));
  });
}

function survivors(
  { moves, seen }: Counts,
  { cells, stateOfCell, classes }: SeenStates & { classes: number },
): Pick<HazardChain, 'from' | 'to' | 'chance'> {
  const from = new Int32Array(cells.length + 1);
  const to: number[] = [];
  const chance: number[] = [];
  for (const [state, cell] of cells.entries()) {
    const row = moves.subarray(cell * seen.length, (cell + 1) * seen.length);
    const least = sum(row) * CHANCE_MIN;
    const kept = sum(row.filter((count) => count > least));
    // A state that nobody was seen to leave alive: time goes on, nothing else changes.
    if (kept === 0) {
      to.push(stateOfCell[Math.min(seen.length - classes + (cell % classes), cell + classes)]!);
      chance.push(1);
    }
    for (let other = 0; kept > 0 && other < seen.length; other++) {
      if (row[other]! <= least) continue;
      to.push(stateOfCell[other]!);
      chance.push(row[other]! / kept);
    }
    from[state + 1] = to.length;
  }
  return { from, to: Int32Array.from(to), chance: Float64Array.from(chance) };
}

function sinceBin(ms: number): number {
  const steps = Math.floor(ms / SAMPLE_MS);
  return steps < FINE ? steps : Math.min(SINCE - 1, FINE + Math.floor(Math.log2(steps / FINE)));
}

const sample = { sinceChangeMs: 0, upMs: 0, usdPerHour: 0, rose: false };

/** One sample as features; the object is reused. */
export function sampleAt(samples: UpSamples, i: number): UpFeatures {
  sample.sinceChangeMs = samples.sinceChangeMs[i]!;
  sample.upMs = samples.upMs[i]!;
  sample.usdPerHour = samples.usdPerHour[i]!;
  sample.rose = samples.rose[i] === 1;
  return sample;
}

function countBefore(rising: Float64Array, value: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
