import type { EventOf } from '../model/event.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { note } from './notables.ts';
import type { Operator } from './plan-parts.ts';

/** Why a console plans no act; undefined where it does. What was asked for comes before what was found out. */
export function whyReadOnly(
  operator: Pick<Operator, 'mode'>,
  snapshot: Pick<Snapshot, 'missingRight' | 'deployment'>,
): string | undefined {
  if (operator.mode === 'read-only') return 'this console is read-only; start it without --read-only to act';
  const missing = missingSentence(snapshot);
  return missing === undefined ? undefined : `read-only: ${missing}`;
}

/** Which right is missing to whom, and where it stands what an operator needs. */
export function missingSentence({
  missingRight,
  deployment,
}: Pick<Snapshot, 'missingRight' | 'deployment'>): string | undefined {
  if (missingRight === undefined) return undefined;
  const { action, target } = missingRight;
  const who = deployment?.identity || 'this identity';
  return `${action} is not allowed to ${who} on ${target}; operators need: cbas policy print --role operator`;
}

/** Told once when it is found out, and once when it is over. */
export function noteRights(snapshot: Snapshot, { at }: EventOf<'rights.observed'>): Snapshot {
  const missing = missingSentence(snapshot);
  return note(snapshot, {
    at,
    group: `rights:${snapshot.missingRight?.action ?? ''}:${snapshot.missingRight?.target ?? ''}`,
    level: missing === undefined ? 'handled' : 'attention',
    say: () => (missing === undefined ? 'this console may act again' : `read-only: ${missing}`),
  });
}
