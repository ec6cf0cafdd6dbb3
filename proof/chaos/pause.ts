/** The moments of a chaos are times by their nature: nothing announces them. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
