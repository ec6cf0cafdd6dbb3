import { needsOf } from '../engine/select/needs.ts';
import type { Cockpit } from './cockpit.ts';
import { type Multiplexer, throughTo } from './clipboard.ts';
import { safe } from './safe-text.ts';

/** How an operator who looks elsewhere is called: not at all, by the bell, or by a note of the terminal's own (OSC 9). */
export const ALERTS = ['none', 'bell', 'note'] as const;
export type Alert = (typeof ALERTS)[number];

/** One after the other at once is one call: whoever comes sees all of them. */
const QUIET_MS = 30_000;
const SENTENCE_MAX = 200;
const BEL = '\u0007';

/** What a terminal gets for a sentence; '' where nobody is to be called. */
export function alertSequence(alert: Alert, sentence: string, multiplexer: Multiplexer): string {
  if (alert === 'none') return '';
  if (alert === 'bell') return BEL;
  // A ";" would begin a progress report of other terminals, were the first word a number; it is none.
  return throughTo(`\u001b]9;cbas: ${safe(sentence).slice(0, SENTENCE_MAX)}${BEL}`, multiplexer);
}

/**
 * Calls when something new needs somebody: not what was there when the console was opened, not what was acknowledged, and not while a
 * screen is paused. Returns the way to stop.
 */
export function keepAlerting({ engine, store, clock }: Cockpit, call: (sentence: string) => void): () => void {
  let known: ReadonlySet<string> | undefined;
  let calledMs = -Infinity;
  let snapshot = engine.snapshot();
  const look = (): void => {
    const { frozen, acknowledged } = store.getState();
    const newest = engine.snapshot();
    if (frozen !== undefined || (newest === snapshot && known !== undefined) || newest.deployment === undefined) return;
    snapshot = newest;
    const needs = needsOf(newest, clock.now()).filter(({ id }) => !acknowledged.has(id));
    const fresh = known === undefined ? undefined : needs.find(({ id }) => known?.has(id) === false);
    known = new Set(needs.map(({ id }) => id));
    if (fresh === undefined || clock.monotonicMs() - calledMs < QUIET_MS) return;
    calledMs = clock.monotonicMs();
    call(fresh.sentence);
  };
  look();
  return clock.every(1_000, look);
}
