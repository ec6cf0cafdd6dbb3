import stringWidth from 'string-width';
import { isNarrow } from './narrow.ts';

/** Our own colours and nothing else: they take no column. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');

/** Takes the place of `string-width` inside Ink: nearly all that Ink measures are our rows, which are simple. */
export function fastStringWidth(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  if (options !== undefined) return stringWidth(text, options);
  const visible = text.replace(SGR, '');
  return isNarrow(visible) ? visible.length : stringWidth(text);
}

// Ink and its packages import it by this name.
export { fastStringWidth as default };
