import type { Rows } from '../model/rows.ts';
import type { BookEntry, Snapshot } from '../model/snapshot.ts';

/** A number estimated from a book, and how sure it is. */
export interface Estimate {
  readonly field: string;
  readonly mean: number;
  /** Standard error of the mean; undefined with fewer than two samples. */
  readonly standardError: number | undefined;
  /** Samples behind it. */
  readonly samples: number;
}

export interface BookSummary {
  readonly name: string;
  readonly entries: Rows<BookEntry>;
  readonly estimates: readonly Estimate[];
}

interface Moments {
  readonly n: number;
  readonly sum: number;
  readonly sumSq: number;
}

/**
 * Pooled mean and its standard error from sums: variance = (sumSq - sum^2/n)/(n-1), error = sqrt(variance/n).
 * n=4, sum=10, sumSq=30 -> mean 2.5, variance 1.667, error 0.645.
 */
export function pooled(field: string, { n, sum, sumSq }: Moments): Estimate {
  const mean = n === 0 ? 0 : sum / n;
  // Rounding can leave a variance of nearly nothing just below zero.
  const variance = n < 2 ? undefined : Math.max(0, (sumSq - (sum * sum) / n) / (n - 1));
  return { field, mean, standardError: variance === undefined ? undefined : Math.sqrt(variance / n), samples: n };
}

/** Fields shown of a book whose records are plain named numbers. */
const FIELDS_MAX = 4;

function isMoments(value: BookEntry['value']): boolean {
  return value['n'] !== undefined && value['sum'] !== undefined && value['sumSq'] !== undefined;
}

/** Records {n, sum, sumSq} are pooled into one estimate; of other records each field is one sample an entry. */
function estimate(entries: Rows<BookEntry>): readonly Estimate[] {
  const fields = new Map<string, { n: number; sum: number; sumSq: number }>();
  const add = (field: string, moments: Moments): void => {
    const into = fields.get(field) ?? { n: 0, sum: 0, sumSq: 0 };
    if (!fields.has(field) && fields.size >= FIELDS_MAX) return;
    fields.set(field, into);
    into.n += moments.n;
    into.sum += moments.sum;
    into.sumSq += moments.sumSq;
  };
  for (const { value } of entries) {
    if (isMoments(value)) add('mean', { n: value['n'] ?? 0, sum: value['sum'] ?? 0, sumSq: value['sumSq'] ?? 0 });
    else for (const [field, x] of Object.entries(value)) add(field, { n: 1, sum: x, sumSq: x * x });
  }
  return [...fields].map(([field, moments]) => pooled(field, moments));
}

const summaries = new WeakMap<Rows<BookEntry>, readonly Estimate[]>();

/** Every book with its estimates, by name. Sums are taken once per change of a book. */
export function bookSummaries(snapshot: Snapshot): readonly BookSummary[] {
  return Object.keys(snapshot.books)
    .sort()
    .flatMap((name) => {
      const entries = snapshot.books[name];
      if (entries === undefined) return [];
      const estimates = summaries.get(entries) ?? estimate(entries);
      summaries.set(entries, estimates);
      return [{ name, entries, estimates }];
    });
}
