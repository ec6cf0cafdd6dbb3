import type { Notable, Snapshot } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, MINUTE_MS } from '../model/units.ts';
import { FAILED_GROUP, isLoud, type Need, needsOf } from './needs.ts';

/** Something that happened, told once, however many rows it touched. */
export interface Incident {
  /** The same for as long as it goes on. */
  readonly id: string;
  /** needs = it does not get better by itself; handled = it did; act = somebody did it; past = it was loud, and is over. */
  readonly kind: 'needs' | 'handled' | 'act' | 'past';
  readonly level: 'plain' | 'attention' | 'broken';
  /** When it began; 0 when that is not known. */
  readonly since: EpochMs;
  /** When something was last heard of it. */
  readonly at: EpochMs;
  readonly sentence: string;
  readonly count: number;
  /** Workers and jobs that it touched, as far as they are known. */
  readonly about: readonly string[];
  readonly lostMs: DurationMs;
  /** What to press, and its word; empty when there is nothing to press. */
  readonly key: string;
  /** The lines that it is made of, oldest first. */
  readonly parts: readonly Notable[];
}

/** A pool that takes workers back, and what then happens to their jobs, is one incident within this time. */
const TOGETHER_MS = 3 * MINUTE_MS;

/** What needs somebody, the worst first; then all else, newest first. */
export function incidentsOf(snapshot: Snapshot, now: EpochMs): readonly Incident[] {
  const needs = needsOf(snapshot, now).map(needed);
  // Jobs that failed are told with their number for as long as they stand failed.
  const told = snapshot.notables.filter(
    (line) => !isLoud(line, snapshot, now) && (line.group !== FAILED_GROUP || snapshot.jobCounts.FAILED === 0),
  );
  return [...needs, ...gathered(told).toReversed()];
}

function needed({ id, level, since, sentence, key, about = [] }: Need): Incident {
  return { id, kind: 'needs', level, since, at: since, sentence, count: Math.max(1, about.length), about, lostMs: 0, key, parts: [] }; // prettier-ignore
}

/** "taken:P", "moved:P:code" and "rebalance:P" are about pool P; every other line is about itself. */
export function subjectOf(group: string): string {
  const [, pool] = /^(?:taken|moved|rebalance):([^:]+)/.exec(group) ?? [];
  return pool === undefined ? group : `pool:${pool}`;
}

/** Lines of one subject that follow each other closely, as one. Oldest first. */
function gathered(lines: readonly Notable[]): readonly Incident[] {
  const open = new Map<string, Notable[]>();
  const groups: Notable[][] = [];
  for (const line of lines.toSorted((a, b) => sinceOf(a) - sinceOf(b))) {
    const subject = subjectOf(line.group);
    const known = subject.startsWith('pool:') ? open.get(subject) : undefined;
    const last = known?.at(-1);
    if (known !== undefined && last !== undefined && sinceOf(line) - last.at <= TOGETHER_MS) known.push(line);
    else {
      const fresh = [line];
      open.set(subject, fresh);
      groups.push(fresh);
    }
  }
  return groups.map(incident).sort((a, b) => a.at - b.at);
}

function sinceOf({ since, at }: Notable): EpochMs {
  return since ?? at;
}

function incident(parts: readonly Notable[]): Incident {
  const since = Math.min(...parts.map(sinceOf));
  const level = parts.some((part) => part.level === 'attention') ? 'past' : (parts[0]?.level ?? 'handled');
  return {
    id: `${subjectOf(parts[0]?.group ?? '')}@${since}`,
    kind: level === 'act' ? 'act' : level === 'past' ? 'past' : 'handled',
    level: 'plain',
    since,
    at: Math.max(...parts.map(({ at }) => at)),
    sentence: parts.toSorted(byWeight).map(({ sentence }) => sentence).join('; '), // prettier-ignore
    count: Math.max(...parts.map(({ count }) => count)),
    about: [...new Set(parts.flatMap(({ about = [] }) => about))],
    lostMs: parts.reduce((sum, { lostMs = 0 }) => sum + lostMs, 0),
    key: '',
    parts,
  };
}

/** What was taken first, then what became of the work, then that EC2 had warned. */
const WEIGHTS = ['taken:', 'moved:', 'rebalance:'];
function byWeight(a: Notable, b: Notable): number {
  const weightOf = ({ group }: Notable): number => WEIGHTS.findIndex((start) => group.startsWith(start));
  return weightOf(a) - weightOf(b) || sinceOf(a) - sinceOf(b);
}
