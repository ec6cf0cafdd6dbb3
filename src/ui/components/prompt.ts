import type { Frame } from '../frame.ts';
import { commandHint } from '../commands.ts';
import { secondsLeft } from '../held-acts.ts';
import { BLANK, cutSpans, type Painted, paintEnds, paintLine, type Span, span, spansWidth } from '../line.ts';
import type { Tone } from '../theme.ts';

const MESSAGE_TONES: Readonly<Record<'told' | 'attention' | 'broken', Tone>> = {
  told: 'plain',
  attention: 'attention',
  broken: 'broken',
};

/**
 * The line above the footer: a command or the filter while it is typed, else what came of the last act, else nothing. What is held
 * back counts down at its right end, or in its place, whatever else is told.
 */
export function drawPrompt(frame: Frame): Painted {
  const { theme, width } = frame;
  const left = told(frame);
  const right = heldSpans(frame);
  if (right.length === 0) return left.length === 0 ? BLANK : paintLine(theme, width, left);
  const room = width - spansWidth(right) - 2;
  return paintEnds(theme, width, { left: room > 0 ? cutSpans(left, room, theme.glyphs.ellipsis) : [], right });
}

/** The newest one, for that is what `U` takes back. */
function heldSpans({ ui, width }: Frame): readonly Span[] {
  const newest = ui.held.at(-1);
  if (newest === undefined) return [];
  const others = ui.held.length > 1 ? ` (and ${ui.held.length - 1} more)` : '';
  const title = newest.plan.title.length > width / 2 ? `${newest.plan.title.slice(0, Math.floor(width / 2))}…` : newest.plan.title; // prettier-ignore
  return [
    span(` ${title}${others} in ${secondsLeft(newest, ui.heldNowMs)} s   `, 'attention'),
    span('U', 'strong'),
    span(' undo '),
  ];
}

function told({ ui }: Frame): readonly Span[] {
  if (ui.dialog?.kind === 'command') {
    return [
      span(' :', 'strong'),
      span(ui.dialog.typed),
      span(' ', 'selected'),
      span(`   ${commandHint(ui.dialog.typed)}`, 'dim'),
    ];
  }
  if (ui.prompt !== undefined) {
    const hint = ui.log === undefined && ui.screen === 'jobs' ? '   words, column:value, !not' : '';
    return [
      span(' /', 'strong'),
      span(ui.log === undefined ? ui.filters[ui.screen] : ui.log.search),
      span(' ', 'selected'),
      span(`   enter keeps it, esc puts the old one back${hint}`, 'dim'),
    ];
  }
  return ui.message === undefined ? [] : [span(` ${ui.message.text}`, MESSAGE_TONES[ui.message.level])];
}
