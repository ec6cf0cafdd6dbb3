import type { Cells } from './cells.ts';
import { safe } from './safe-text.ts';

/** Files that rows can be written to, by the end of their name. */
export const EXPORT_FORMATS = ['csv', 'md', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Rows of one piece: keys are answered between two of them. */
export const PIECE_ROWS = 1_000;

export function exportFormat(file: string): ExportFormat | undefined {
  const end = file.toLowerCase().split('.').at(-1) ?? '';
  return EXPORT_FORMATS.find((format) => format === end);
}

/**
 * Rows as the text of a file, piece by piece. csv (RFC 4180) and md have the columns in sight; json has all that is known of each row.
 * `whole`: of a row that is gone meanwhile, undefined.
 */
export function* exportPieces(
  format: ExportFormat,
  cells: Cells,
  whole: (id: string) => object | undefined,
): Generator<string> {
  if (format === 'json') yield* jsonPieces(cells, whole);
  else {
    yield format === 'csv' ? csvLine(cells.titles) : markdownHead(cells.titles);
    const line = format === 'csv' ? csvLine : markdownLine;
    for (let from = 0; from < cells.length; from += PIECE_ROWS)
      yield cells
        .rows(from, PIECE_ROWS)
        .map((row) => line(row))
        .join('');
  }
}

function* jsonPieces(cells: Cells, whole: (id: string) => object | undefined): Generator<string> {
  yield '[';
  let lead = '\n';
  for (let from = 0; from < cells.length; from += PIECE_ROWS) {
    const texts: string[] = [];
    for (let at = from; at < Math.min(cells.length, from + PIECE_ROWS); at++) {
      const id = cells.idAt(at);
      texts.push(JSON.stringify(whole(id) ?? { id }));
    }
    yield lead + texts.join(',\n');
    lead = ',\n';
  }
  yield '\n]\n';
}

/** A spreadsheet would carry out what begins like this: it is written as a text. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[-+]?[\d.,]+%?$/;

function csvLine(texts: readonly string[]): string {
  const cells = texts.map((text) => {
    const known = safe(text.trim());
    const kept = FORMULA.test(known) && !NUMBER.test(known) ? `'${known}` : known;
    return /[",\n]/.test(kept) ? `"${kept.replaceAll('"', '""')}"` : kept;
  });
  return `${cells.join(',')}\r\n`;
}

function markdownLine(texts: readonly string[]): string {
  return `| ${texts.map((text) => markdownText(text.trim())).join(' | ')} |\n`;
}

function markdownHead(titles: readonly string[]): string {
  return markdownLine(titles) + `|${'---|'.repeat(titles.length)}\n`;
}

/** Text from anywhere as Markdown shows it: as it stands. */
export function markdownText(text: string): string {
  return safe(text).replace(/[\\`*_[\]<>|#!]/g, '\\$&');
}
