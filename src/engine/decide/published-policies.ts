import type { DeadlinePolicy, Known, Wish } from './deadline-policy.ts';

/**
 * Published deadline policies, with the rules of "Can't Be Late" (Wu et al., NSDI 2024). C(t) is the work left, R(t) the time
 * left, d a changeover. Each has its own safety net, `idle and R < C + 2d -> on-demand to the end`, which they keep here, so
 * that figures compare; the exact net (safety-net.ts) stands behind every policy.
 */

const ON_DEMAND: Wish = { mode: 'on-demand', reason: 'This policy runs on on-demand only.' };
const KEEP: Wish = { mode: 'spot', reason: 'The spot instance runs on until it is taken back.' };
const TAKE: Wish = { mode: 'spot', reason: 'Spot is available.' };
const WAIT: Wish = { mode: 'idle', reason: 'There is no spot, and there is time to wait.' };
const LATE: Wish = { mode: 'on-demand', reason: 'The time left is only just enough for the work left on on-demand.' };
const BEHIND: Wish = { mode: 'on-demand', reason: 'Progress is behind the even pace to the deadline.' };
const STAY: Wish = { mode: 'on-demand', reason: 'There is no spot to change to.' };
const CATCH_UP: Wish = { mode: 'on-demand', reason: 'On-demand stays until progress is ahead of the even pace again.' };

/** On-demand from the start to the end. */
export const alwaysOnDemand: DeadlinePolicy = { name: 'on-demand', wish: () => ON_DEMAND };

/** Spot when there is spot, else wait, until the safety net. */
export const greedy: DeadlinePolicy = {
  name: 'greedy',
  wish: (known) => greedyWithin(known, known.workLeftS, known.timeLeftS),
};

function greedyWithin(known: Known, workLeftS: number, timeLeftS: number): Wish {
  if (known.mode === 'spot') return KEEP;
  // At a start nothing has been bought yet; once on-demand was needed it is needed to the end.
  if (known.mode === 'on-demand') return LATE;
  if (timeLeftS < workLeftS + 2 * known.changeoverS) return LATE;
  return known.available ? TAKE : WAIT;
}

/** Greedy in `slices` equal parts of the time, each with an equal part of the work. */
export function timeSliced(slices: number): DeadlinePolicy {
  return {
    name: `time-sliced-${slices}`,
    wish(known) {
      const { workS, deadlineS, workLeftS, timeLeftS } = known;
      const sliceS = deadlineS / slices;
      const slice = Math.min(slices, Math.floor((deadlineS - timeLeftS) / sliceS + 1e-9) + 1);
      const sliceWorkS = workLeftS - workS * (1 - slice / slices);
      const sliceTimeS = slice * sliceS - (deadlineS - timeLeftS);
      if (sliceWorkS <= 0) return known.mode === 'spot' ? KEEP : known.available ? TAKE : WAIT;
      // A new slice may leave on-demand again.
      const mode = known.mode === 'on-demand' && sliceTimeS >= sliceWorkS + 2 * known.changeoverS ? 'idle' : known.mode;
      return greedyWithin({ ...known, mode }, sliceWorkS, sliceTimeS);
    },
  };
}

/** Work done keeps an even pace: cp(t) = C(0) - C(t) against ep(t) = t * C(0) / R(0). */
export const uniformProgress: DeadlinePolicy = {
  name: 'uniform-progress',
  wish(known) {
    const { workS, deadlineS, workLeftS, timeLeftS, changeoverS, mode } = known;
    const doneS = workS - workLeftS;
    const elapsedS = deadlineS - timeLeftS;
    const expectedS = (atS: number): number => (atS * workS) / deadlineS;
    if (mode === 'spot') return KEEP;
    if (mode === 'on-demand') {
      if (timeLeftS < workLeftS + 2 * changeoverS) return LATE;
      if (doneS < expectedS(elapsedS + 2 * changeoverS)) return CATCH_UP;
      return known.available ? TAKE : STAY;
    }
    if (timeLeftS < workLeftS + 2 * changeoverS) return LATE;
    if (known.available) return TAKE;
    return doneS < expectedS(elapsedS) ? BEHIND : WAIT;
  },
};
