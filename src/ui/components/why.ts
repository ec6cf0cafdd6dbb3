import type { Frame } from '../frame.ts';
import { type Painted, paintLine, span } from '../line.ts';
import { safe } from '../safe-text.ts';
import { wrapWords } from './fields.ts';

/** More lines would hide what they are about. */
const LINES_MAX = 8;
/** As wide as is read in one look. */
const COLUMNS_MAX = 110;

/** Why something is as it is, under the list it is about. Nothing where nobody asked. */
export function drawWhy({ ui, theme, width }: Frame, height: number): readonly Painted[] {
  const { why } = ui;
  if (why === undefined) return [];
  const room = Math.min(COLUMNS_MAX, width - 4);
  const lines = why.sentences.flatMap((sentence) =>
    wrapWords(safe(sentence), room).map((part, at) => `${at === 0 ? '  ' : '    '}${part}`),
  );
  const shown = lines.slice(0, Math.max(1, Math.min(LINES_MAX, height - 1)));
  return [
    paintLine(theme, width, [span(' w', 'strong'), span(' why   '), span(why.title, 'strong')]),
    ...shown.map((line) => paintLine(theme, width, [span(line)])),
  ];
}
