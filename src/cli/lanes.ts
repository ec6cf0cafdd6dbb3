/** Requests at a time: enough to hide the latency, few enough for a small machine. */
const AT_ONCE = 8;

/** Does it to all, several at a time, in their order. The first that rejects is thrown. */
export async function inLanes<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < all.length) await act(all[next++] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
