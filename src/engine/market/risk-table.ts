import { SAMPLE_MS, type UpFeatures, type UpSamples } from './up-samples.ts';

/** Age of the up-interval: doublings of 5 minutes, to 21 hours. */
const AGES = 9;
/** Price among those at or below the bid: fifths of up-time, each with its last direction. */
const RANKS = 5;
const CELLS = AGES * RANKS * 2;
/** Risk is looked at over this many steps: 15 minutes, a checkpoint and what it would have to come before. */
const AHEAD = 3;
/** Weight of the prior in deaths: what was seen counts as much as what was expected once this many deaths were expected. */
const PRIOR_DEATHS = 4;
/** A class ends at this multiple of the market's mean risk. Five classes: finer ones helped in no set, coarser hurt where prices leap. */
const CLASS_ENDS = [0.25, 0.7, 2, 6];

/** Sorts what is seen of a market, its clock left aside, into classes of like risk. Learned from samples [from, to) known at `untilMs`. */
export class RiskTable {
  readonly classes = CLASS_ENDS.length + 1;
  readonly #cuts: Float64Array;
  readonly #classOf = new Uint8Array(CELLS);

  constructor(samples: UpSamples, { from, to }: { from: number; to: number }, untilMs: number) {
    const prices = samples.usdPerHour.slice(from, to).sort();
    this.#cuts = Float64Array.from(
      { length: RANKS - 1 },
      (_, i) => prices[Math.floor(((i + 1) / RANKS) * prices.length)]!,
    );
    const seen = new Float64Array(CELLS);
    const taken = new Float64Array(CELLS);
    const sample = { sinceChangeMs: 0, upMs: 0, usdPerHour: 0, rose: false };
    for (let i = from; i < to; i++) {
      const aheadMs = samples.atMs[i]! + AHEAD * SAMPLE_MS;
      if (aheadMs > untilMs) break;
      sample.upMs = samples.upMs[i]!;
      sample.usdPerHour = samples.usdPerHour[i]!;
      sample.rose = samples.rose[i] === 1;
      const cell = this.#cell(sample);
      seen[cell]! += 1;
      if (samples.endMs[i]! <= aheadMs) taken[cell]! += 1;
    }
    this.#classify(seen, taken);
  }

  classOf(features: UpFeatures): number {
    return this.#classOf[this.#cell(features)]!;
  }

  #cell({ upMs, usdPerHour, rose }: UpFeatures): number {
    const age = Math.min(AGES - 1, Math.floor(Math.log2(1 + upMs / SAMPLE_MS)));
    let rank = 0;
    while (rank < RANKS - 1 && usdPerHour > this.#cuts[rank]!) rank++;
    return (age * RANKS + rank) * 2 + (rose ? 1 : 0);
  }

  /** The risk of a cell: its own share, drawn toward the product of what its age and its price say where it was seldom seen. */
  #classify(seen: Float64Array, taken: Float64Array): void {
    const prices = RANKS * 2;
    const [ageSeen, ageTaken] = [new Float64Array(AGES), new Float64Array(AGES)];
    const [priceSeen, priceTaken] = [new Float64Array(prices), new Float64Array(prices)];
    let [all, allTaken] = [0, 0];
    for (let cell = 0; cell < CELLS; cell++) {
      const [age, price] = [Math.floor(cell / prices), cell % prices];
      ageSeen[age]! += seen[cell]!;
      ageTaken[age]! += taken[cell]!;
      priceSeen[price]! += seen[cell]!;
      priceTaken[price]! += taken[cell]!;
      all += seen[cell]!;
      allTaken += taken[cell]!;
    }
    const base = (allTaken + 0.5) / (all + 10);
    for (let cell = 0; cell < CELLS; cell++) {
      const [age, price] = [Math.floor(cell / prices), cell % prices];
      const byAge = drawn(ageTaken[age]!, ageSeen[age]! * base);
      const byPrice = drawn(priceTaken[price]!, priceSeen[price]! * base);
      const expected = byAge * byPrice;
      const ratio = expected * drawn(taken[cell]!, seen[cell]! * base * expected);
      this.#classOf[cell] = CLASS_ENDS.filter((end) => ratio > end).length;
    }
  }
}

/** Seen over expected, drawn toward 1 where little was expected (gamma prior of a Poisson rate). */
function drawn(taken: number, expected: number): number {
  return (taken + PRIOR_DEATHS) / (expected + PRIOR_DEATHS);
}
