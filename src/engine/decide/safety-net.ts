/**
 * The last moment for on-demand, after "Can't Be Late" (Wu et al., NSDI 2024): with `workLeft` hours of work and `timeLeft`
 * hours to the deadline, a job that is not on an on-demand instance must go there once
 *
 *   timeLeft < workLeft + 2 * changeover        (hours; changeover is paid and makes no progress)
 *
 * One changeover is that to on-demand itself. The other is the reserve for an instance that is taken back in the very
 * moment of the change. A policy that asks this at least once in every `changeover` hours cannot miss its deadline; one
 * that asks every `everyH` hours must give that as well, for that much can pass before it is asked again.
 * Example: 4 h of work, changeover 0.2 h, asked every 1/6 h: on-demand from 4.4 h + 0.167 h before the deadline on.
 */
export function mustGoOnDemand(left: { workH: number; timeH: number; changeoverH: number; everyH: number }): boolean {
  return left.timeH < left.workH + 2 * left.changeoverH + left.everyH;
}

/** The same moment as an instant: `mustGoOnDemand` holds from just after it. `workMs`: what is left, counting only saved work. */
export function lastMomentMs(left: {
  deadlineAtMs: number;
  workMs: number;
  changeoverMs: number;
  everyMs: number;
}): number {
  return left.deadlineAtMs - left.workMs - 2 * left.changeoverMs - left.everyMs;
}
