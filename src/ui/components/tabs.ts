import type { Frame } from '../frame.ts';
import { type Painted, paintEnds, span } from '../line.ts';
import { SCREEN_TITLES, SCREENS } from '../screens.ts';

/** Line 3: the screens with their keys. */
export function drawTabs({ ui, theme, width }: Frame): Painted {
  const left = SCREENS.flatMap((screen, number) => {
    const isHere = screen === ui.screen && !ui.isHelpOpen;
    return [
      span(number === 0 ? '' : ' '),
      span(` ${number + 1} ${SCREEN_TITLES[screen]} `, isHere ? 'selected' : 'plain'),
    ];
  });
  return paintEnds(theme, width, { left, right: [span(' ? help ', ui.isHelpOpen ? 'selected' : 'dim')] });
}
