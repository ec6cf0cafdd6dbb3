import type { Frame } from '../frame.ts';
import { type Painted, span, spansWidth } from '../line.ts';
import type { Dialog } from '../dialog.ts';
import { drawBox, type LineOf } from './box.ts';

/** So that what may be typed stands still while something is. */
const VALUE_COLUMNS = 10;

/** Asks for a priority, a deadline, or both. */
export function drawUrgency(
  frame: Frame,
  dialog: Extract<Dialog, { kind: 'urgency' }>,
  height: number,
): readonly Painted[] {
  const field = (name: 'priority' | 'deadline', now: string, help: string): LineOf => {
    const typed = dialog[name];
    const isHere = dialog.field === name;
    const value = isHere
      ? [span(` ${typed}`, 'strong'), span(' ', 'selected'), span(typed === '' ? ` ${now}` : '', 'dim')]
      : [span(` ${typed === '' ? now : typed}`)];
    const gap = Math.max(3, VALUE_COLUMNS - spansWidth(value));
    return [span(name.padEnd(11)), ...value, span(' '.repeat(gap)), span(help, 'dim')];
  };
  const lines: LineOf[] = [
    field('priority', dialog.now.priority, '-1000 to 1000; higher goes first'),
    field('deadline', dialog.now.deadline, '90m, 4h, 2d, 2026-12-01T12:00Z, or none'),
    dialog.problem === '' ? [] : [span(dialog.problem, 'attention')],
    [
      span('tab', 'strong'),
      span(' the other one   '),
      span('enter', 'strong'),
      span(' plan…   '),
      span('esc', 'strong'),
      span(' leave'),
    ],
  ];
  return drawBox(frame, { key: 'P', title: `priority and deadline of ${dialog.what}`, lines }, height);
}
