import type { TerminalControl } from './cockpit.ts';

/** What the terminal does for the keys, but for what only Ink can. */
export interface TerminalHands {
  /** Resolves when the terminal owes us no answer, or after a moment. */
  settled(): Promise<void>;
  /** The terminal is the shell's meanwhile. Resolves when we go on. */
  stop(): Promise<void>;
  /** The terminal is ours again. */
  back(): void;
  /** false: the text is too long. */
  copy(text: string): boolean;
  /** Told once Ink has the terminal. */
  ready(control: TerminalControl): void;
}
