import type { EpochMs } from './units.ts';

/** What a master's push endpoint has taken and refused since it was opened. */
export interface PushFigures {
  /** Where SNS delivers. */
  readonly endpoint: string;
  /** Topics that it is subscribed to, and those that have not confirmed yet. */
  readonly confirmed: number;
  readonly pending: number;
  readonly accepted: number;
  /** By the word of the reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** The newest refusal, for a person; untrusted text. `at` 0 = there was none. */
  readonly newest: { readonly at: EpochMs; readonly reason: string; readonly detail: string };
}
