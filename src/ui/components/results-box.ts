import type { StepOutcome } from '../../engine/model/command.ts';
import { commandAgain } from '../confirm.ts';
import type { Frame } from '../frame.ts';
import { type Painted, type Span, span } from '../line.ts';
import type { Results } from '../dialog.ts';
import type { Tone } from '../theme.ts';
import { cell } from '../line.ts';
import { drawBox, type LineOf } from './box.ts';

const TONES: Readonly<Record<StepOutcome['state'], Tone>> = {
  done: 'plain',
  asked: 'plain',
  conflict: 'attention',
  skipped: 'attention',
  failed: 'broken',
};
const WORDS: Readonly<Record<StepOutcome['state'], string>> = {
  done: 'done',
  asked: 'asked',
  conflict: 'changed',
  skipped: 'not done',
  failed: 'failed',
};
const NAME_COLUMNS = 22;
/** Borders and the line with the keys. */
const BOX_ROWS = 3;

/** How many lines of results are seen at once. */
export function resultRows(height: number): number {
  return Math.max(1, height - BOX_ROWS);
}

/** What came of an act on several, id by id; what did not come off stands first. */
export function drawResults(frame: Frame, { plan, lines, top }: Results, height: number): readonly Painted[] {
  const { theme, keymap } = frame;
  const shown = lines.slice(top, top + resultRows(height));
  const glyphOf = (state: StepOutcome['state']): string =>
    state === 'done' || state === 'asked' ? theme.glyphs.done : theme.glyphs.failed;
  const rows = shown.map(({ name, state, detail }): LineOf => [
    span(`${glyphOf(state)} ${WORDS[state].padEnd(9)}`, TONES[state]),
    span(`${cell(name, NAME_COLUMNS)}  `),
    span(detail, 'dim'),
  ]);
  const below = lines.length - top - shown.length;
  const done = lines.filter(({ state }) => state === 'done' || state === 'asked').length;
  const again =
    commandAgain(plan, lines) === undefined
      ? []
      : [span(keymap.keyOf('results-again'), 'strong'), span(' try the others again   ')];
  const keys: Span[] = [
    span(`${done} of ${lines.length} done   `),
    ...again,
    span(keymap.keyOf('results-close'), 'strong'),
    span(' close'),
    span(below > 0 ? `   ${below} more below` : '', 'dim'),
  ];
  return drawBox(frame, { key: '', title: plan.title, lines: [...rows, keys] }, height);
}
