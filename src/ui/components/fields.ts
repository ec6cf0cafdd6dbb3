import { BLANK, cell, type Painted, paintLine, span } from '../line.ts';
import type { Theme, Tone } from '../theme.ts';
import { widthOf } from '../width.ts';

/** A named value of a detail. */
export interface Field {
  readonly label: string;
  readonly text: string;
  readonly tone?: Tone;
}

/** A field, and when it gives way where there is not room for all: the highest rank first, 0 never. */
export interface RankedField extends Field {
  readonly rank: number;
}

const LABEL_COLUMNS = 12;

/** Labels in a column, values wrapped at words under themselves; `undefined` leaves a blank row. */
export function paintFields(theme: Theme, width: number, fields: readonly (Field | undefined)[]): readonly Painted[] {
  const room = Math.max(8, width - LABEL_COLUMNS - 3);
  return fields.flatMap((field) => {
    if (field === undefined) return [BLANK];
    return wrapWords(field.text, room).map((part, number) =>
      paintLine(theme, width, [
        span(` ${cell(number === 0 ? field.label : '', LABEL_COLUMNS)} `, 'dim'),
        span(part, field.tone ?? 'plain'),
      ]),
    );
  });
}

/** Breaks between words; a longer word is left whole, and cut where it is painted. */
export function wrapWords(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
