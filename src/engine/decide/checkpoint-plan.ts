import type { HazardChain } from '../market/hazard-chain.ts';
import { SAMPLE_MS } from '../market/up-samples.ts';
import type { CheckpointCosts } from './checkpoint-policy.ts';
import { HOUR_MS } from '../model/units.ts';

/** When to save, for every state that a run can be in: the cheapest on average, as far as the chain tells the future. */
export interface CheckpointPlan {
  /** Whether to save now. Times in ms; `billedMs`: since the instance's billed hour began. */
  saves(run: { unsavedMs: number; workLeftMs: number; billedMs: number; state: number }): boolean;
}

/** Steps of work left that are told apart; what lies further off is decided as at 500 minutes. */
const LEFT_MAX = 100;
/** Steps of unsaved work that are told apart: 2.5 hours. No plan lets more come together at a hazard worth planning for. */
const UNSAVED_MAX = 30;
/** What an hour of work costs, in paid hours, once it must be done again: itself and its share of saving and losing. */
const REWORK = 1.08;
/** Paid hours that a new life costs beside its work: the restart, and the part of a last hour that is paid for nothing. */
const NEW_LIFE_HOURS = 0.25;

/**
 * Dynamic programming, backward in the work left. In steps of 5 minutes, with r work left, u of it unsaved,
 * e = (phase of the billed hour + r) modulo the hour, which is where in its hour the job would end, and x the chain's state:
 *
 *   work:  k(x) * lost + (1 - k(x)) * (pay + E[V(r-1, u+1, e, x')])
 *   save:  k(x) * lost + (1 - k(x)) * (pay + E[V(r, 0, e + t_c, x')]),        V = the smaller of the two
 *   lost = REWORK * (r + u) hours + NEW_LIFE;   V(0, u, e) = 1 paid hour if e > 0, else 0
 *
 * `pay` is 1 paid hour when the step ends one, for an hour that EC2 cuts short is free; where billing is by the second, a step's
 * share of an hour, and e is left out. So it saves before danger, not after; and where an hour must be paid to its end
 * anyway, saving in what is left of it costs nothing, and is done. For a constant hazard and long work it is Young's rule.
 * A save of less than half a step leaves the state as it is; a fraction of a step in e is interpolated.
 */
export function checkpointPlan(chain: HazardChain, costs: CheckpointCosts, hourly: boolean): CheckpointPlan {
  const phases = hourly ? HOUR_MS / SAMPLE_MS : 1;
  const width = phases * chain.states;
  const layer = (UNSAVED_MAX + 1) * width;
  const saves = new Uint8Array((LEFT_MAX + 1) * layer);
  let [before, now] = [new Float64Array(layer), new Float64Array(layer)];
  if (hourly) for (let at = 0; at < layer; at++) before[at] = at % width < chain.states ? 0 : 1;
  const step = planStep(chain, costs.checkpointMs / SAMPLE_MS, phases);
  for (let left = 1; left <= LEFT_MAX; left++) {
    step({ left, before, now, saves: saves.subarray(left * layer, (left + 1) * layer) });
    [before, now] = [now, before];
  }
  return {
    saves: ({ unsavedMs, workLeftMs, billedMs, state }) => {
      const unsaved = Math.min(UNSAVED_MAX, Math.round(unsavedMs / SAMPLE_MS));
      const left = Math.min(LEFT_MAX, Math.ceil(workLeftMs / SAMPLE_MS));
      if (unsaved === 0 || left <= 0) return false;
      const endMs = (billedMs + workLeftMs) % HOUR_MS;
      const phase = hourly ? Math.ceil(endMs / SAMPLE_MS) % phases : 0;
      return saves[left * layer + unsaved * width + phase * chain.states + state] === 1;
    },
  };
}

interface Layer {
  readonly left: number;
  /** Values for one step less of work left, and for this many: the second is written. */
  readonly before: Float64Array;
  readonly now: Float64Array;
  readonly saves: Uint8Array;
}

function planStep(chain: HazardChain, saveSteps: number, phases: number): (layer: Layer) => void {
  const { states, taken, from, to, chance } = chain;
  const width = phases * states;
  const whole = Math.floor(saveSteps);
  const part = saveSteps - whole;
  const moves = saveSteps >= 0.5;
  const survives = taken.map((risk) => (1 - risk) ** saveSteps);
  const stepHours = SAMPLE_MS / HOUR_MS;
  // Hours that end in `steps` from a phase.
  const paid = (phase: number, steps: number): number =>
    phases === 1 ? steps * stepHours : Math.floor((phase + steps) / phases);
  const moved = new Float64Array(width);
  // E[V] over the chain's next state, for a row of states.
  const expect = (values: Float64Array, row: number, x: number): number => {
    let sum = 0;
    for (let i = from[x]!; i < from[x + 1]!; i++) sum += chance[i]! * values[row + to[i]!]!;
    return sum;
  };
  /** What comes after a save, from the row of nothing unsaved; it is the same however much was saved. */
  const afterSave = (left: number, now: Float64Array): void => {
    for (let end = 0; end < phases; end++) {
      const phase = phaseOf(end, left, phases);
      const [low, high] = [((end + whole) % phases) * states, ((end + whole + 1) % phases) * states];
      const payment =
        phases === 1 ? paid(0, saveSteps) : (1 - part) * paid(phase, whole) + part * paid(phase, whole + 1);
      for (let x = 0; x < states; x++) {
        const lower = moves ? expect(now, low, x) : now[low + x]!;
        const higher = part === 0 ? 0 : moves ? expect(now, high, x) : now[high + x]!;
        moved[end * states + x] = survives[x]! * (payment + (1 - part) * lower + part * higher);
      }
    }
  };
  return ({ left, before, now, saves }) => {
    for (let unsaved = 0; unsaved <= UNSAVED_MAX; unsaved++) {
      if (unsaved === 1) afterSave(left, now);
      const lost = REWORK * stepHours * (left + unsaved) + NEW_LIFE_HOURS;
      for (let end = 0; end < phases; end++) {
        const here = unsaved * width + end * states;
        const worked = Math.min(UNSAVED_MAX, unsaved + 1) * width + end * states;
        const payment = paid(phaseOf(end, left, phases), 1);
        for (let x = 0; x < states; x++) {
          // `expect`, written out: this line is most of the time that a plan takes.
          let ahead = 0;
          for (let i = from[x]!; i < from[x + 1]!; i++) ahead += chance[i]! * before[worked + to[i]!]!;
          const work = taken[x]! * lost + (1 - taken[x]!) * (payment + ahead);
          const save = unsaved === 0 ? Infinity : (1 - survives[x]!) * lost + moved[end * states + x]!;
          saves[here + x] = save < work ? 1 : 0;
          now[here + x] = save < work ? save : work;
        }
      }
    }
  };
}

/** Phase of the billed hour now, for a job that would end at phase `end` after `left` steps. */
function phaseOf(end: number, left: number, phases: number): number {
  return (((end - left) % phases) + phases) % phases;
}
