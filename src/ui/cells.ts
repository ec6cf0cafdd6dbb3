/** Rows as texts. */
export interface Cells {
  readonly titles: readonly string[];
  readonly length: number;
  idAt(index: number): string;
  /** Of the rows from an index on, at most `count`, the text of each column: it costs as much as they are. */
  rows(from: number, count: number): readonly (readonly string[])[];
}

/** What is known of a row, and what else is known about it; undefined where there is no row. What is unknown is left out. */
export function withParts(row: object | undefined, parts: Readonly<Record<string, unknown>>): object | undefined {
  if (row === undefined) return undefined;
  return { ...row, ...Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) };
}
