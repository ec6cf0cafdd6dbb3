import type { Frame } from '../frame.ts';
import type { KeyContext } from '../keymap.ts';
import { cell, type Painted, paintLine, paintSelected, type Span, span } from '../line.ts';
import { type PaletteEntry, paletteEntries } from '../palette.ts';

/** A list of more is scrolled past what one reads; the screen behind it stays in sight. */
const ROWS_MAX = 12;
const AT_COLUMNS = 13;
const COLUMNS_MAX = 120;

/** What the text after `:` may mean, above it: as many lines as there is room for, the chosen one among them. */
export function drawPalette(frame: Frame, context: KeyContext, room: number): readonly Painted[] {
  const { ui, theme, width } = frame;
  if (ui.prompt?.kind !== 'command') return [];
  const entries = paletteEntries(frame, context, ui.prompt.text);
  const { chosen } = ui.prompt;
  const rows = Math.max(1, Math.min(ROWS_MAX, room - 1));
  const top = Math.max(0, chosen - rows + 1);
  const rule = paintLine(theme, width, [span(theme.glyphs.box.horizontal.repeat(width), 'dim')]);
  if (entries.length === 0) return [rule, paintLine(theme, width, [span('   nothing is called that', 'dim')])];
  const lines = entries.slice(top, top + rows).map((entry, at) => {
    const isChosen = top + at === Math.min(chosen, entries.length - 1);
    const spans = entrySpans(frame, entry, isChosen);
    return isChosen ? paintSelected(theme, width, spans) : paintLine(theme, width, spans);
  });
  return [rule, ...lines];
}

function entrySpans({ theme, ...frame }: Frame, entry: PaletteEntry, isChosen: boolean): readonly Span[] {
  // Farther apart the eye loses the line.
  const width = Math.min(frame.width, COLUMNS_MAX);
  const isAlone = (entry.off ?? entry.about) === '';
  const titleColumns = isAlone
    ? width - AT_COLUMNS - 6
    : Math.max(16, Math.min(44, Math.floor((width - AT_COLUMNS) * 0.45)));
  const aboutColumns = Math.max(0, width - titleColumns - AT_COLUMNS - 6);
  const tone = isChosen ? 'plain' : entry.off === undefined ? 'plain' : 'dim';
  return [
    span(` ${isChosen ? theme.glyphs.cursor : ' '} `),
    span(cell(entry.title, titleColumns), tone),
    span(' '),
    span(cell(entry.off ?? entry.about, aboutColumns), isChosen ? 'plain' : 'dim'),
    span(' '),
    span(cell(entry.at, AT_COLUMNS, 'right'), isChosen ? 'plain' : 'strong'),
  ];
}
