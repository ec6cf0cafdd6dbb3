import { hasLeader } from '../../engine/decide/has-leader.ts';
import type { Frame } from '../frame.ts';
import { secondsLeft } from '../held-acts.ts';
import { type Painted, span } from '../line.ts';
import type { Dialog } from '../dialog.ts';
import { boxColumns, drawBox, type LineOf } from './box.ts';
import { wrapWords } from './fields.ts';
import { drawPlan } from './plan-box.ts';
import { drawUrgency } from './urgency-box.ts';

/** What stands under the list while something is asked. Empty for the tuner, which lives in the chart itself. */
export function drawDialog(frame: Frame, dialog: Dialog, height: number): readonly Painted[] {
  switch (dialog.kind) {
    case 'bid':
      return [];
    case 'launch':
      return drawBox(frame, { key: 'L', title: 'launch workers', lines: launchLines(dialog) }, height);
    case 'leave':
      return drawBox(frame, { key: 'q', title: 'leave', lines: leaveLines(frame, dialog) }, height);
    case 'leave-held':
      return drawBox(frame, { key: 'q', title: 'leave', lines: leaveHeldLines(frame, dialog) }, height);
    case 'urgency':
      return drawUrgency(frame, dialog, height);
    case 'problems':
      return drawBox(
        frame,
        { key: ':', title: dialog.title, lines: problemLines(frame, dialog.lines, height) },
        height,
      );
    case 'plan':
      return drawPlan(frame, dialog, height);
  }
}

function launchLines(dialog: Extract<Dialog, { kind: 'launch' }>): readonly LineOf[] {
  return [
    [
      span('how many   '),
      span(` ${dialog.typed === '' ? '1' : dialog.typed} `, 'selected'),
      span('   '),
      span('+ -', 'strong'),
      span(' or a number'),
    ],
    [
      span('where      '),
      span(dialog.pool ?? 'the engine chooses the pool', 'strong'),
      span('   '),
      span('tab', 'strong'),
      span(' another pool'),
    ],
    [],
    [span('enter', 'strong'), span(' plan…   '), span('esc', 'strong'), span(' leave')],
  ];
}

function leaveLines(frame: Frame, { masterId, state }: Extract<Dialog, { kind: 'leave' }>): readonly LineOf[] {
  const { leader, deployment } = frame.snapshot;
  const isLeading = leader?.id === masterId && hasLeader(frame.snapshot, frame.now);
  const what = `the master that you started, ${masterId}, ${isLeading ? 'leads' : 'stands by for'} ${deployment?.name ?? ''}`;
  const words = state === 'stopping' ? 'stopping it: it hands the lead over and ends' : what;
  const text = wrapWords(words, boxColumns(frame) - 4).map((line): LineOf => [span(line)]);
  if (state === 'stopping') return text;
  const answers = [
    span('k', 'strong'),
    span(' keep it running   '),
    span('s', 'strong'),
    span(' stop it   '),
    span('esc', 'strong'),
    span(' stay here'),
  ];
  return [...text, [], answers];
}

function leaveHeldLines(frame: Frame, { state }: Extract<Dialog, { kind: 'leave-held' }>): readonly LineOf[] {
  const { held, heldNowMs } = frame.ui;
  if (state === 'leaving') return [[span('carrying out what was confirmed; ctrl-c leaves at once')]];
  const acts = held.map((act): LineOf => [span(act.plan.title), span(`   in ${secondsLeft(act, heldNowMs)} s`, 'dim')]);
  return [
    [span(held.length === 0 ? 'nothing is held back any more' : 'confirmed, and not carried out yet:')],
    ...acts,
    [],
    [
      span('d', 'strong'),
      span(' drop and leave   '),
      span('c', 'strong'),
      span(' carry out now and leave   '),
      span('esc', 'strong'),
      span(' stay here'),
    ],
  ];
}

/** Borders, and the line with the way out. */
const PROBLEM_FRAME_ROWS = 3;

function problemLines(frame: Frame, lines: readonly string[], height: number): readonly LineOf[] {
  const text = lines.flatMap((line) => wrapWords(line, boxColumns(frame) - 4));
  const room = Math.max(1, height - PROBLEM_FRAME_ROWS);
  const shown = text.slice(0, room).map((line): LineOf => [span(line)]);
  const below = text.length - shown.length;
  return [...shown, [span('esc', 'strong'), span(' close'), span(below > 0 ? `   ${below} more lines` : '', 'dim')]];
}
