import type { Frame } from '../frame.ts';
import { type Painted, paintEnds, span } from '../line.ts';
import { SCREEN_TITLES, type ScreenId, screenKey, TABS } from '../screens.ts';

interface Tab {
  readonly screen: ScreenId;
  /** Column of its first character. */
  readonly start: number;
  readonly text: string;
}

/** Letters of a title: all, or what still tells it from the others. */
const LETTERS = [9, 4];
const LETTERS_LEAST = 3;

/** Every tab whole, with air between them; where that is too wide without the air; then with shorter titles but for the open one. */
export function tabsOf(width: number, here: ScreenId): readonly Tab[] {
  const airy = placed((screen) => ` ${screenKey(screen)} ${SCREEN_TITLES[screen]} `, 1);
  if (isWithin(airy, width)) return airy;
  for (const letters of LETTERS) {
    const tabs = placed((screen) => tightText(screen, screen === here ? Infinity : letters), 0);
    if (isWithin(tabs, width)) return tabs;
  }
  return placed((screen) => tightText(screen, screen === here ? Infinity : LETTERS_LEAST), 0);
}

function tightText(screen: ScreenId, letters: number): string {
  return ` ${screenKey(screen)} ${SCREEN_TITLES[screen].slice(0, letters)}`;
}

function placed(textOf: (screen: ScreenId) => string, gap: number): readonly Tab[] {
  let start = 0;
  return TABS.map((screen) => {
    const tab = { screen, start, text: textOf(screen) };
    start += tab.text.length + gap;
    return tab;
  });
}

const HELP_COLUMNS = ' ? help '.length;

function isWithin(tabs: readonly Tab[], width: number): boolean {
  const last = tabs.at(-1);
  return last === undefined || last.start + last.text.length + HELP_COLUMNS < width;
}

/** Line 3: the screens with their keys. */
export function drawTabs({ ui, theme, keymap, width }: Frame): Painted {
  let column = 0;
  const left = tabsOf(width, ui.screen).flatMap(({ screen, start, text }) => {
    const isHere = screen === ui.screen && !ui.isHelpOpen;
    const before = ' '.repeat(start - column);
    column = start + text.length;
    return [span(before), span(text, isHere ? 'selected' : 'plain')];
  });
  return paintEnds(theme, width, {
    left,
    right: [span(` ${keymap.shown('?')} help `, ui.isHelpOpen ? 'selected' : 'dim')],
  });
}

/** The screen whose tab is at a column, from 0; undefined between them and behind. */
export function screenAt(column: number, width: number, here: ScreenId): ScreenId | undefined {
  return tabsOf(width, here).find(({ start, text }) => column >= start && column < start + text.length)?.screen;
}
