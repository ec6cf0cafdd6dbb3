export type Suspend = (during: () => Promise<void> | void) => Promise<void>;

/**
 * The terminal is lent to one at a time: to the shell behind ctrl-z, to a program, or for a moment to be painted anew. Whoever asks while it
 * is away is told so by false and gets nothing; it is painted anew when it comes back anyway. `back`: it is ours again.
 */
export function lender(suspend: Suspend, back: () => void): (during: () => Promise<void> | void) => Promise<boolean> {
  let isLent = false;
  return async (during) => {
    if (isLent) return false;
    isLent = true;
    try {
      await suspend(during);
      return true;
    } finally {
      isLent = false;
      back();
    }
  };
}
