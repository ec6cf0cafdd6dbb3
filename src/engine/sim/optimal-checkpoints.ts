import type { CheckpointCosts, CheckpointPolicy } from '../decide/checkpoint-policy.ts';

/**
 * The bound for all policies at the same bid: it is told every interruption in advance, and makes one checkpoint that ends exactly
 * then; none where the job is done before. No life can save more useful work, so no policy needs more of them.
 */
export function optimalPolicy({ checkpointMs }: CheckpointCosts): CheckpointPolicy {
  return {
    name: 'opt',
    readsPrices: false,
    askEveryMs: Infinity,
    noticeMs: Infinity,
    nextAtMs: ({ nowMs, workLeftMs, killAtMs, unsavedMs }) =>
      nowMs + workLeftMs <= killAtMs || unsavedMs + (killAtMs - checkpointMs - nowMs) <= 0
        ? Infinity
        : killAtMs - checkpointMs,
  };
}
