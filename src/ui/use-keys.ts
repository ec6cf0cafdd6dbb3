import { useInput } from 'ink';
import type { Cockpit, TerminalControl } from './cockpit.ts';
import { dispatch } from './dispatch.ts';
import { keyPresses } from './key-press.ts';

/** The one place in the program that reads the keyboard. */
export function useKeys(cockpit: Cockpit, terminal: TerminalControl): void {
  useInput((input, key) => dispatch(cockpit, terminal, keyPresses(input, key)));
}
