import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintLine, span } from '../line.ts';
import type { Tone } from '../theme.ts';

const MESSAGE_TONES: Readonly<Record<'told' | 'attention' | 'broken', Tone>> = {
  told: 'plain',
  attention: 'attention',
  broken: 'broken',
};

/** The line above the footer: the filter while it is typed, else what came of the last act, else nothing. */
export function drawPrompt({ ui, theme, width }: Frame): Painted {
  if (ui.prompt !== undefined) {
    const hint = ui.log === undefined && ui.screen === 'jobs' ? '   words, column:value, !not' : '';
    return paintLine(theme, width, [
      span(' /', 'strong'),
      span(ui.log === undefined ? ui.filters[ui.screen] : ui.log.search),
      span(' ', 'selected'),
      span(`   enter keeps it, esc puts the old one back${hint}`, 'dim'),
    ]);
  }
  if (ui.message === undefined) return BLANK;
  return paintLine(theme, width, [span(` ${ui.message.text}`, MESSAGE_TONES[ui.message.level])]);
}
