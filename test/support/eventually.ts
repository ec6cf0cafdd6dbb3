/** Between two looks at a fact of the operating system, which nobody announces. */
const LOOK_EVERY_MS = 40;

/** Waits for a fact: `look` returns it, or undefined while it is not so. The deadline only fails, naming what was waited for. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  options: { readonly withinMs: number; readonly everyMs?: number; readonly instead?: () => string },
): Promise<T> {
  const deadline = performance.now() + options.withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) {
      const instead = options.instead === undefined ? '' : `; instead:\n${options.instead()}`;
      throw new Error(`not within ${options.withinMs / 1_000} s: ${what}${instead}`);
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? LOOK_EVERY_MS));
  }
}

/** For `look`: the fact is so, or not yet. */
export function holds(condition: boolean): true | undefined {
  return condition ? true : undefined;
}
