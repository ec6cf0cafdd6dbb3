import { columnsFor } from '../complete.ts';
import type { Frame } from '../frame.ts';
import { secondsLeft } from '../held-acts.ts';
import { cutSpans, BLANK, type Painted, paintEnds, paintLine, type Span, span, spansWidth } from '../line.ts';
import { promptText } from '../prompt-keys.ts';
import { SCREEN_SPECS } from '../screens/index.ts';
import type { Prompt } from '../state.ts';
import type { Tone } from '../theme.ts';
import { truncate } from '../width.ts';

const MESSAGE_TONES: Readonly<Record<'told' | 'attention' | 'broken', Tone>> = {
  told: 'plain',
  attention: 'attention',
  broken: 'broken',
};
const SIGNS: Readonly<Record<Prompt['kind'], string>> = { filter: '/', search: '\\', command: ':' };

/**
 * The line above the footer: what is being typed, else what came of the last act, else what is left out of the list. What is held back
 * counts down at its right end, or in its place, whatever else is told.
 */
export function drawPrompt(frame: Frame): Painted {
  const { theme, width } = frame;
  const left = told(frame);
  const right = heldSpans(frame);
  if (right.length === 0) return left.length === 0 ? BLANK : paintLine(theme, width, left);
  const room = width - spansWidth(right) - 2;
  return paintEnds(theme, width, { left: room > 0 ? cutSpans(left, room, theme.glyphs.ellipsis) : [], right });
}

function told(frame: Frame): readonly Span[] {
  const { ui } = frame;
  const { prompt, message } = ui;
  if (prompt !== undefined) {
    return [
      span(` ${SIGNS[prompt.kind]}`, 'strong'),
      span(promptText(ui, prompt)),
      span(' ', 'selected'),
      ...about(frame, prompt),
    ];
  }
  return message === undefined ? leftOut(frame) : [span(` ${message.text}`, MESSAGE_TONES[message.level])];
}

/** The newest one, for that is what `U` takes back. */
function heldSpans({ ui, width, keymap, theme }: Frame): readonly Span[] {
  const newest = ui.held.at(-1);
  if (newest === undefined) return [];
  const others = ui.held.length > 1 ? ` (and ${ui.held.length - 1} more)` : '';
  return [
    span(` ${truncate(newest.plan.title, Math.floor(width / 2), theme.glyphs.ellipsis)}${others} in ${secondsLeft(newest, ui.heldNowMs)} s   `, 'attention'),
    span(keymap.keyOf('undo'), 'strong'),
    span(' undo '),
  ]; // prettier-ignore
}

/** What is wrong with the text so far, what it may become, or how it is left. */
function about({ ui, snapshot }: Frame, prompt: Prompt): readonly Span[] {
  if (prompt.kind === 'command') return [];
  const keys = prompt.kind === 'search' ? 'enter keeps it, n N go on, esc goes back' : 'enter keeps it, esc puts the old one back'; // prettier-ignore
  const { filter } = SCREEN_SPECS[ui.screen];
  if (prompt.kind === 'search' || ui.log !== undefined || filter === undefined) return [span(`   ${keys}`, 'dim')];
  const text = ui.filters[ui.screen];
  const { problems, hints } = filter.parse(text);
  const names = columnsFor(filter, text);
  const wrong = problems.find((problem) => !isBeingTyped(problem, names));
  if (wrong !== undefined) return [span(`   ${wrong}`, 'attention')];
  if (hints[0] !== undefined) return [span(`   ${hints[0]}`, 'dim')];
  const isNamed = names.length > 0 && /[a-z]$/i.test(text);
  if (isNamed) return [span(`   tab: ${names.map((name) => name + (filter.isNumber(name, { snapshot, ui }) ? '>' : ':')).join(' ')}`, 'dim')]; // prettier-ignore
  return [span(`   ${keys}   ${text === '' ? 'word, column:value, age>10m, !not, /regex/; tab: columns' : ''}`, 'dim')];
}

/** A comparison without its number is half typed, and no mistake yet. */
function isBeingTyped(problem: string, names: readonly string[]): boolean {
  return names.length > 0 || problem.endsWith('wants a number');
}

/** Where the screen does not say it itself: rows that are left out must not be forgotten. */
function leftOut({ ui }: Frame): readonly Span[] {
  const { tellsFilter, filter } = SCREEN_SPECS[ui.screen];
  const parts = [ui.faultsOnly[ui.screen] ? 'faults only' : '', ui.filters[ui.screen]].filter((part) => part !== '');
  if (tellsFilter === true || filter === undefined || ui.log !== undefined || parts.length === 0) return [];
  return [span(' filter: ', 'dim'), span(parts.join(' '), 'strong'), span('   esc shows all', 'dim')];
}
