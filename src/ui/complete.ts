import type { Frame } from './frame.ts';
import type { FilterSpec } from './screen-spec.ts';

/** The last word of a filter, while it may still become the name of a column. */
function namePart(text: string): string | undefined {
  return /(?:^|[\s!])([a-z-]*)$/i.exec(text)?.[1]?.toLowerCase();
}

/** Columns that the last word may become, in their own order. All of them where nothing of it is typed yet. */
export function columnsFor({ columns }: FilterSpec, text: string): readonly string[] {
  const part = namePart(text);
  return part === undefined ? [] : columns.filter((column) => column.startsWith(part));
}

/** The text with its last word completed as far as it is certain; a whole name is followed by what its column takes. */
export function completed(filter: FilterSpec, text: string, frame: Pick<Frame, 'snapshot' | 'ui'>): string {
  const part = namePart(text);
  const names = columnsFor(filter, text);
  const [first] = names;
  if (part === undefined || first === undefined) return text;
  const start = text.slice(0, text.length - part.length);
  if (names.length === 1) return `${start}${first}${filter.isNumber(first, frame) ? '>' : ':'}`;
  return start + commonStart(names);
}

/** What all of them begin with. */
export function commonStart(words: readonly string[]): string {
  let [start = ''] = words;
  while (!words.every((word) => word.startsWith(start))) start = start.slice(0, -1);
  return start;
}
