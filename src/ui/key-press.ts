import type { Key } from 'ink';
import { graphemesOf } from './graphemes.ts';

/** One key: the name that the keymap uses, and the text that it types, if it types any. */
export interface KeyPress {
  readonly name: string;
  readonly text: string;
}

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/** Ink hands over what was typed between two reads at once; here it becomes keys again. */
export function keyPresses(input: string, key: Key): readonly KeyPress[] {
  if (key.eventType === 'release') return [];
  for (const [flag, name] of NAMED) if (key[flag]) return [{ name, text: '' }];
  if (key.tab) return [{ name: key.shift ? 'shift-tab' : 'tab', text: '' }];
  if (key.ctrl) return [{ name: `ctrl-${input}`, text: '' }];
  if (key.meta) return [{ name: `meta-${input}`, text: '' }];
  return graphemesOf(input).map(typed);
}

function typed(segment: string): KeyPress {
  if (segment === '\r' || segment === '\n' || segment === '\r\n') return { name: 'enter', text: '' };
  if (segment === '\t') return { name: 'tab', text: '' };
  if (segment === ' ') return { name: 'space', text: ' ' };
  return /^\p{Cc}/u.test(segment) ? { name: '', text: '' } : { name: segment, text: segment };
}
