import type { AuditEntry, AuditState } from '../model/audit.ts';
import type { EpochMs } from '../model/units.ts';

/** One act as a list shows it: its confirmation and its outcome are one row. */
export interface AuditLine {
  /** The plan's id, or the intent's. */
  readonly id: string;
  /** When it was confirmed; of what a leader decided itself, when it was done. */
  readonly at: EpochMs;
  readonly by: string;
  readonly from: string;
  readonly verb: string;
  readonly title: string;
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
    acts.set(key, lineOf(entry, acts.get(key)));
  }
  return [...acts.values()].sort((a, b) => b.at - a.at);
}

function lineOf(entry: AuditEntry, before: AuditLine | undefined): AuditLine {
  const { actId, by, from, verb, title, state, outcome, targets, targetCount, usdPerHour, losesMs, writer } = entry;
  return {
    id: actId,
    at: before?.at ?? entry.at,
    by,
    from,
    verb,
    title,
    state,
    outcome,
    targets,
    targetCount,
    usdPerHour,
    losesMs,
    leader: writer === 'console' ? '' : writer,
  };
}
