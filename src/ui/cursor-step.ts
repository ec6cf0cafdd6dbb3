import type { KeyId } from './keymap.ts';

/** Where the cursor goes for a key, as an index; undefined when the key does not move it. */
export function cursorStep(
  id: KeyId,
  at: { readonly index: number; readonly length: number; readonly page: number },
): number | undefined {
  const half = Math.max(1, Math.floor(at.page / 2));
  switch (id) {
    case 'up':
      return at.index - 1;
    case 'down':
      return at.index + 1;
    case 'top':
      return 0;
    case 'bottom':
      return at.length - 1;
    case 'page-down':
      return at.index + at.page;
    case 'page-up':
      return at.index - at.page;
    case 'half-down':
      return at.index + half;
    case 'half-up':
      return at.index - half;
    default:
      return undefined;
  }
}
