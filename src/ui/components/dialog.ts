import { hasLeader } from '../../engine/decide/has-leader.ts';
import type { Plan } from '../../engine/model/command.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, paintLine, type Span, span, spansWidth } from '../line.ts';
import type { Dialog } from '../state.ts';
import { wrapWords } from './fields.ts';

/** Wide enough for a sentence, narrow enough to be read in one look. */
const BOX_COLUMNS_MAX = 110;
/** More steps than this are counted, not listed: nobody reads a hundred of them. */
const STEPS_SHOWN_MAX = 8;

type LineOf = readonly Span[];

/** What stands under the list while something is asked. Empty for the tuner, which lives in the chart itself. */
export function drawDialog(frame: Frame, dialog: Dialog, height: number): readonly Painted[] {
  switch (dialog.kind) {
    case 'bid':
      return [];
    case 'launch':
      return drawBox(frame, { key: 'L', title: 'launch workers', lines: launchLines(dialog) }, height);
    case 'leave':
      return drawBox(frame, { key: 'q', title: 'leave', lines: leaveLines(frame, dialog) }, height);
    case 'plan':
      return drawBox(
        frame,
        { key: dialog.openedBy, title: dialog.plan.title, lines: planLines(frame, dialog.plan, height) },
        height,
      );
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

/** Borders, and the line with the buttons: what is left of the height is for steps and sentences. */
const BOX_ROWS = 3;

function planLines(frame: Frame, plan: Plan, height: number): readonly LineOf[] {
  const room = boxColumns(frame) - 4;
  const sentences = [...costs(plan), ...plan.notes].flatMap((note) => wrapWords(note, room - 5));
  const stepRoom = Math.max(1, Math.min(STEPS_SHOWN_MAX, height - BOX_ROWS - sentences.length - 1));
  const shown = plan.steps.length > stepRoom ? plan.steps.slice(0, Math.max(1, stepRoom - 1)) : plan.steps;
  const stepColumns = Math.min(Math.floor(room * 0.55), Math.max(...shown.map((step) => step.text.length), 0));
  const lines: LineOf[] = shown.map((step, number) => [
    span(`${String(number + 1).padStart(2)}  `, 'dim'),
    span(step.text.padEnd(stepColumns)),
    span(step.note === '' ? '' : `    ${step.note}`, 'dim'),
  ]);
  if (shown.length < plan.steps.length)
    lines.push([span(`    and ${plan.steps.length - shown.length} more like these`, 'dim')]);
  const sentenceRoom = Math.max(0, height - BOX_ROWS - lines.length);
  for (const sentence of sentences.slice(0, sentenceRoom)) lines.push([span(`    ${sentence}`)]);
  const buttons: LineOf = [span(' Cancel ', 'selected'), span('     '), span('y', 'strong'), span('  do it  ')];
  return [...lines, [span(' '.repeat(Math.max(0, room - spansWidth(buttons)))), ...buttons]];
}

/** What it costs, in money and in work; nothing where it costs nothing. */
function costs(plan: Plan): readonly string[] {
  const parts: string[] = [];
  if (plan.usdPerHour !== 0) parts.push(`spending ${plan.usdPerHour > 0 ? '+' : ''}${format.rate(plan.usdPerHour)}`);
  if (plan.usd !== 0) parts.push(`costs ${format.money(plan.usd)}`);
  parts.push(plan.losesMs > 0 ? `loses ${format.duration(plan.losesMs)} of work` : 'loses no work');
  return [parts.join('   ')];
}

function boxColumns({ width }: Frame): number {
  return Math.min(BOX_COLUMNS_MAX, width - 2);
}

function drawBox(
  frame: Frame,
  box: { readonly key: string; readonly title: string; readonly lines: readonly LineOf[] },
  height: number,
): readonly Painted[] {
  const { theme, width } = frame;
  const { top, bottom, horizontal, vertical } = theme.glyphs.box;
  const columns = boxColumns(frame);
  const head: Span[] = [span(` ${box.key}`, 'strong'), span(`  ${box.title} `)];
  const rule = (spans: LineOf): Span => span(horizontal.repeat(Math.max(0, columns - 3 - spansWidth(spans))));
  const inside = box.lines.slice(0, Math.max(1, height - 2)).map((line) => {
    const rest = Math.max(0, columns - 4 - spansWidth(line));
    return paintLine(theme, width, [
      span(` ${vertical} `),
      ...clip(line, columns - 4),
      span(`${' '.repeat(rest)} ${vertical}`),
    ]);
  });
  return [
    paintLine(theme, width, [span(` ${top[0]}${horizontal}`), ...clip(head, columns - 4), rule(head), span(top[1])]),
    ...inside,
    paintLine(theme, width, [span(` ${bottom[0]}${horizontal.repeat(columns - 2)}${bottom[1]}`)]),
  ];
}

/** The spans of a line, cut where the box ends. */
function clip(spans: LineOf, columns: number): readonly Span[] {
  const kept: Span[] = [];
  let left = columns;
  for (const one of spans) {
    const width = spansWidth([one]);
    if (width > left) {
      kept.push(span(`${one.text.slice(0, Math.max(0, left - 1))}…`, one.tone));
      break;
    }
    kept.push(one);
    left -= width;
  }
  return kept;
}
