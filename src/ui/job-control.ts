/** A process group that nobody controls is not stopped at all: then the screen comes back after this long. */
const STOPS_WITHIN_MS = 200;

/**
 * Being stopped and continued. `running`; `away`: the operator pressed ctrl-z, the terminal is the shell's; and back by
 * SIGCONT. Who is stopped from outside (kill -STOP) does not know it before the SIGCONT, and then paints anew.
 */
export class JobControl {
  #isAway = false;

  /** true: the terminal is not ours now. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Stops the whole process group, as the terminal's driver would: npm and the shell script that started us as well. Resolves when we go on. */
  async stop(): Promise<void> {
    this.#isAway = true;
    await new Promise<void>((resolve) => {
      process.once('SIGCONT', resolve);
      // Who was stopped finds it over as soon as he runs again, and loses nothing by it.
      setTimeout(() => {
        process.off('SIGCONT', resolve);
        resolve();
      }, STOPS_WITHIN_MS);
      process.kill(0, 'SIGTSTP');
    });
    this.#isAway = false;
  }

  /** Calls back when we go on after being stopped from outside, until the returned function is called. */
  onContinued(call: () => void): () => void {
    const listener = (): void => {
      if (!this.#isAway) call();
    };
    process.on('SIGCONT', listener);
    return () => void process.off('SIGCONT', listener);
  }
}
