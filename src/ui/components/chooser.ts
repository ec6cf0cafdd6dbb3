import { columnChoices } from '../choose-columns.ts';
import type { Frame } from '../frame.ts';
import { type Painted, paintLine, type Span, span, spansWidth } from '../line.ts';
import { SCREEN_TITLES } from '../screens.ts';

/** The columns of the screen under its table: what is shown stands first, in its order. Nothing where none are chosen. */
export function drawChooser(frame: Frame): readonly Painted[] {
  const { ui, theme, width } = frame;
  if (ui.chooser === undefined) return [];
  const choices = columnChoices(frame);
  const index = Math.min(ui.chooser.index, choices.length - 1);
  const sort = ui.tables[ui.screen].sort;
  const head = [
    span(` Columns of ${SCREEN_TITLES[ui.screen]}`, 'strong'),
    span('   in this order, from the left; where it is narrow the less important ones give way', 'dim'),
  ];
  const rows: Span[][] = [[span(' ')]];
  choices.forEach(({ title, id, isShown }, at) => {
    const arrow = sort?.column === id ? (sort.direction === 'up' ? theme.glyphs.up : theme.glyphs.down) : '';
    const text = ` ${isShown ? '[x]' : '[ ]'} ${title || id}${arrow} `;
    const piece = span(text, at === index ? 'selected' : isShown ? 'plain' : 'dim');
    const last = rows.at(-1) ?? [];
    if (spansWidth(last) + spansWidth([piece]) + 1 > width) rows.push([span(' '), piece, span(' ')]);
    else last.push(piece, span(' '));
  });
  return [paintLine(theme, width, head), ...rows.map((row) => paintLine(theme, width, row))];
}
