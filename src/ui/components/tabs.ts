import type { Frame } from '../frame.ts';
import { type Painted, paintEnds, span } from '../line.ts';
import { SCREEN_TITLES, type ScreenId, SCREENS } from '../screens.ts';

/** A tab as it stands in the line, and the blank before it. */
function tabText(screen: ScreenId): { readonly before: string; readonly text: string } {
  const number = SCREENS.indexOf(screen);
  return { before: number === 0 ? '' : ' ', text: ` ${number + 1} ${SCREEN_TITLES[screen]} ` };
}

/** Line 3: the screens with their keys. */
export function drawTabs({ ui, theme, keymap, width }: Frame): Painted {
  const left = SCREENS.flatMap((screen) => {
    const isHere = screen === ui.screen && !ui.isHelpOpen;
    const { before, text } = tabText(screen);
    return [span(before), span(text, isHere ? 'selected' : 'plain')];
  });
  return paintEnds(theme, width, {
    left,
    right: [span(` ${keymap.shown('?')} help `, ui.isHelpOpen ? 'selected' : 'dim')],
  });
}

/** The screen whose tab is at a column, from 0; undefined between them and behind. */
export function screenAt(column: number): ScreenId | undefined {
  let start = 0;
  return SCREENS.find((screen) => {
    const { before, text } = tabText(screen);
    const isHit = column >= start + before.length && column < start + before.length + text.length;
    start += before.length + text.length;
    return isHit;
  });
}
