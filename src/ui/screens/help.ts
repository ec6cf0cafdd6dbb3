import type { Frame } from '../frame.ts';
import { type KeyBinding, placeOf, worksOn } from '../keymap.ts';
import { BLANK, cell, type Painted, paintLine, type Span, span } from '../line.ts';
import { SCREEN_TITLES } from '../screens.ts';

const ENTRY_COLUMNS = 29;
const TIGHT_COLUMNS = 26;
const KEYS_COLUMNS = 11;
/** Below, what to press is worth more than what is meant by it. */
const SENTENCE_FROM_COLUMNS = 110;

/** The keys of this screen, in as many columns as fit; those that act stand first. */
export function drawHelp({ ui, theme, keymap, width }: Frame, height: number): readonly Painted[] {
  const bindings = keymap.bindings.filter(
    (binding) => binding.keys.length > 0 && worksOn(binding, placeOf(ui)) && !/^screen-[2-9]$/.test(binding.id),
  );
  const room = Math.max(1, height - 2);
  const airy = Math.max(1, Math.floor((width - 1) / ENTRY_COLUMNS));
  // Where they do not all fit, a shorter label is better than a key that nobody is told of.
  const perRow = airy * room >= bindings.length ? airy : Math.max(1, Math.floor((width - 1) / TIGHT_COLUMNS));
  const columns = Math.min(perRow, Math.max(1, Math.ceil(bindings.length / Math.min(room, 14))));
  const rows = Math.ceil(bindings.length / columns);
  const lines = Array.from({ length: rows }, (_, row) => {
    const spans: Span[] = [span(' ')];
    for (let column = 0; column < columns; column++) {
      const binding = bindings[column * rows + row];
      if (binding !== undefined) spans.push(...entry(binding, Math.floor((width - 1) / columns)));
    }
    return paintLine(theme, width, spans);
  });
  return [
    paintLine(theme, width, [
      span(` Keys ${ui.log === undefined ? `on ${SCREEN_TITLES[ui.screen]}` : 'in a log'}`, 'strong'),
      span(
        width < SENTENCE_FROM_COLUMNS ? '   ' : '   lower case looks, capitals act; every act shows its plan first   ',
        'dim',
      ),
      span(keymap.shown('/'), 'strong'),
      span(' finds and does   '),
      span('esc', 'strong'),
      span(' closes'),
    ]),
    BLANK,
    ...lines,
  ];
}

function entry(binding: KeyBinding, columns: number): readonly Span[] {
  return [
    span(cell(keysShown(binding), KEYS_COLUMNS), 'strong'),
    span(`${cell(labelShown(binding), Math.max(1, columns - KEYS_COLUMNS - 1))} `, binding.act ? 'attention' : 'plain'),
  ];
}

/** The screens' number keys share one entry. */
function keysShown({ id, keys }: KeyBinding): string {
  if (id === 'screen-1') return '1-9';
  const all = keys.join(' ');
  return all.length < KEYS_COLUMNS ? all : (keys[0] ?? '');
}

function labelShown({ id, label }: KeyBinding): string {
  return id === 'screen-1' ? 'screens' : label;
}
