import type { AuditEntry, AuditState } from '../model/audit.ts';
import type { EpochMs } from '../model/units.ts';

/** One act as a list shows it: its confirmation and its outcome are one row. */
export interface AuditLine {
  /** Its own among all of them: what an operator asked for and what a leader made of it may share their id. */
  readonly key: string;
  /** The plan's id, or the intent's. */
  readonly id: string;
  /** When it was confirmed; of what a leader decided itself, when it was done. */
  readonly at: EpochMs;
  readonly by: string;
  readonly from: string;
  readonly verb: string;
  readonly title: string;
  /** Why, in the operator's own words; empty where nobody said. */
  readonly reason: string;
  readonly state: AuditState;
  readonly outcome: string;
  /** The first ids, and how many there are in all. */
  readonly targets: AuditEntry['targets'];
  readonly targetCount: number;
  readonly usdPerHour: number;
  readonly losesMs: number;
  /** What a leader wrote of it, where one carried it out. */
  readonly leader: string;
}

/**
 * Lines folded into acts, newest first: what has an outcome shows it, what has none stays 'confirmed' (it is under way, or its console
 * died). A leader's line is a row of its own, for an intent may be settled long after its plan.
 */
export function auditLines(entries: readonly AuditEntry[]): readonly AuditLine[] {
  const acts = new Map<string, AuditLine>();
  for (const entry of entries.toSorted((a, b) => (a.seq < b.seq ? -1 : 1))) {
    const key = `${entry.writer === 'console' ? '' : 'leader '}${entry.actId}`;
    acts.set(key, lineOf(key, entry, acts.get(key)));
  }
  return [...acts.values()].sort((a, b) => b.at - a.at);
}

function lineOf(key: string, entry: AuditEntry, before: AuditLine | undefined): AuditLine {
  // A clock that was set back between them: what came of it stands.
  if (before !== undefined && before.state !== 'confirmed' && entry.state === 'confirmed') return { ...before, at: entry.at }; // prettier-ignore
  const { actId, by, from, verb, title, reason = '', state, outcome } = entry;
  const { targets, targetCount, usdPerHour, losesMs, writer } = entry;
  const at = before?.at ?? entry.at;
  const leader = writer === 'console' ? '' : writer;
  return { key, id: actId, at, by, from, verb, title, reason, state, outcome, targets, targetCount, usdPerHour, losesMs, leader }; // prettier-ignore
}

/** Who did it with his own hands: a leader, where one carried out what was asked for, or the operator. */
export function whoDid({ by, leader }: AuditLine): string {
  return leader || by;
}

/** Where he sat; of a leader, for whom he did it. */
export function whereFrom({ by, from, leader }: AuditLine): string {
  if (leader === '') return from;
  return leader === by ? '' : `for ${by}`;
}

export function whatCame({ outcome, state }: AuditLine): string {
  return outcome === '' && state === 'confirmed' ? 'under way, or its console ended before it knew' : outcome;
}

/** Lines known, newest first, with what was read since; a line that was known already is the same line. */
export function joinAudit(
  known: readonly AuditEntry[],
  read: readonly AuditEntry[],
  max: number,
): readonly AuditEntry[] {
  const seqs = new Set(known.map(({ seq }) => seq));
  const fresh = read.filter(({ seq }) => !seqs.has(seq));
  if (fresh.length === 0) return known;
  return [...fresh, ...known].sort((a, b) => (a.seq < b.seq ? 1 : -1)).slice(0, max);
}
