/** What a retry costs, in answered calls: a service in trouble gets a fifth more load from us, not three times as much. */
const RETRY_COSTS = 5;
/** Saved up at most, and there at the start, ten retries: a process that has hardly called yet may try again as well. */
const SAVED_MAX = 10 * RETRY_COSTS;

/** A token bucket of retries for one service, filled by calls that were answered. */
export class RetryBudget {
  #saved = SAVED_MAX;

  earn(): void {
    this.#saved = Math.min(SAVED_MAX, this.#saved + 1);
  }

  /** false: none is left, and the fault stands. */
  spend(): boolean {
    if (this.#saved < RETRY_COSTS) return false;
    this.#saved -= RETRY_COSTS;
    return true;
  }
}
