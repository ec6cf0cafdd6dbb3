import type { Plan, PlanStep } from '../../engine/model/command.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, type Span, span, spansWidth } from '../line.ts';
import { scrollTop } from '../list.ts';
import type { Dialog } from '../dialog.ts';
import { tokenOf } from '../token.ts';
import { boxColumns, drawBox, type LineOf } from './box.ts';
import { widthOf } from '../width.ts';
import { wrapWords } from './fields.ts';

/** More steps than this are counted, not listed: nobody reads a hundred of them. */
const STEPS_SHOWN_MAX = 8;
/** Borders, and the line with the buttons: what is left of the height is for steps and sentences. */
const BOX_ROWS = 3;

type PlanDialog = Extract<Dialog, { kind: 'plan' }>;

/** The plan that is asked about: its steps, what it costs and loses with the steps as they stand, and how to confirm it. */
export function drawPlan(frame: Frame, dialog: PlanDialog, height: number): readonly Painted[] {
  const { plan, openedBy } = dialog;
  // Enter is no key of an act: it led here from a question, or from what was typed.
  const key = openedBy === 'enter' ? '' : openedBy;
  return drawBox(frame, { key, title: plan.title, lines: planLines(frame, dialog, height) }, height);
}

function planLines(frame: Frame, dialog: PlanDialog, boxHeight: number): readonly LineOf[] {
  const { plan } = dialog;
  const room = boxColumns(frame) - 4;
  const reason = reasonLine(dialog);
  const height = boxHeight - reason.length;
  const sentences = [...(dialog.isDryRun ? [DRY_RUN] : []), ...costs(plan), ...plan.notes].flatMap((note) => wrapWords(note, room - 5)); // prettier-ignore
  // What will be called comes before what is told of it; the first sentence, what it costs and loses, is always there.
  const wanted = Math.max(Math.min(plan.steps.length, height - BOX_ROWS - 1), height - BOX_ROWS - sentences.length - 1);
  const stepRoom = Math.max(1, Math.min(STEPS_SHOWN_MAX, wanted));
  const spare = height - BOX_ROWS - sentences.length - Math.min(stepRoom, plan.steps.length);
  const lines: LineOf[] = [...stepLines(frame, dialog, { rows: stepRoom, spare })];
  const sentenceRoom = Math.max(0, height - BOX_ROWS - lines.length);
  for (const sentence of sentences.slice(0, sentenceRoom)) lines.push([span(`    ${sentence}`)]);
  const buttons = buttonsOf(frame, dialog);
  const hint = switchHint(frame, dialog, room - spansWidth(buttons));
  const gap = Math.max(0, room - spansWidth(buttons) - spansWidth(hint));
  return [...lines, ...reason, [...hint, span(' '.repeat(gap)), ...buttons]];
}

/** Why it is done: as it is typed, or as it was. */
function reasonLine({ plan, reasonTyped }: PlanDialog): readonly LineOf[] {
  if (reasonTyped !== undefined) return [[span('    reason: ', 'strong'), span(reasonTyped, 'strong'), span(' ', 'selected'), span('  enter keeps it', 'dim')]]; // prettier-ignore
  return plan.reason === undefined ? [] : [[span(`    reason: ${plan.reason}`)]];
}

const DRY_RUN = 'dry run: it is only told what would be done, and nothing is written';

/**
 * A window of the steps around the one that the arrows stand on; those that may be left out have a box. `spare`: so many notes that do
 * not fit beside their step may have a line of their own.
 */
function stepLines(
  frame: Frame,
  { plan, step: at }: PlanDialog,
  { rows, spare }: { readonly rows: number; readonly spare: number },
): readonly LineOf[] {
  const { steps } = plan;
  const hasChoice = steps.some(({ choice }) => choice !== undefined);
  const count = steps.length > rows ? Math.max(1, rows - 1) : steps.length;
  const top = scrollTop(0, at, { rows: count, length: steps.length });
  const shown = steps.slice(top, top + count);
  const room = boxColumns(frame) - 4;
  const textColumns = Math.min(Math.floor(room * 0.55), Math.max(...shown.map(({ text }) => text.length), 0));
  const leadColumns = hasChoice ? 9 : 4;
  let left = spare;
  const lines = shown.flatMap((step, number): readonly LineOf[] => {
    const isHere = hasChoice && top + number === at;
    // Notes stand under each other where they fit so; else a note is worth more than its place.
    const aligned = step.text.padEnd(textColumns);
    const fits = leadColumns + widthOf(aligned) + 4 + widthOf(step.note) <= room;
    const isBelow = leadColumns + widthOf(step.text) + 2 + widthOf(step.note) > room && left > 0;
    if (isBelow) left -= 1;
    const beside = step.note === '' || isBelow ? '' : `${fits ? '    ' : '  '}${step.note}`;
    const line = [
      span(hasChoice ? (isHere ? frame.theme.glyphs.cursor : ' ') : ''),
      span(hasChoice ? boxOf(step) : '', step.choice === undefined ? 'dim' : 'strong'),
      span(`${String(top + number + 1).padStart(2)}  `, 'dim'),
      span(fits ? aligned : step.text, step.choice?.isOn === false ? 'dim' : 'plain'),
      span(beside, 'dim'),
    ];
    return isBelow ? [line, [span(`${' '.repeat(leadColumns)}${step.note}`, 'dim')]] : [line];
  });
  const more = steps.length - shown.length;
  return more > 0 ? [...lines, [span(`    and ${more} more like these`, 'dim'), ...(hasChoice ? [span('   ↑ ↓', 'dim')] : [])]] : lines; // prettier-ignore
}

/** How the step under the arrows is switched, where there is room for it. */
function switchHint({ snapshot, theme, keymap }: Frame, { plan, step: at }: PlanDialog, room: number): LineOf {
  if (!plan.steps.some(({ choice }) => choice !== undefined)) return [];
  const choice = plan.steps[at]?.choice;
  const { keys = [] } = keymap.bindings.find(({ id }) => id === 'plan-switch') ?? {};
  // Where a token is typed, a letter is part of it.
  const key = tokenOf(plan, snapshot) === undefined ? keys[0] : keys.find((one) => one.length > 1);
  const hint: LineOf = [
    span(`${theme.glyphs.up} ${theme.glyphs.down}`, 'strong'),
    span(' step   '),
    ...(choice === undefined ? [] : [span(key ?? '', 'strong'), span(` switch ${choice.isOn ? 'off' : 'on'}`)]),
  ];
  return spansWidth(hint) < room ? hint : [];
}

function boxOf({ choice }: PlanStep): string {
  return choice === undefined ? '    ' : choice.isOn ? '[x] ' : '[ ] ';
}

/** Cancel has the focus; what confirms stands beside it: a key, or what has to be typed. */
function buttonsOf({ snapshot, keymap }: Frame, { plan, typed }: PlanDialog): LineOf {
  const token = tokenOf(plan, snapshot);
  if (token === undefined)
    return [span(' Cancel ', 'selected'), span('     '), span(keymap.keyOf('plan-do'), 'strong'), span('  do it  ')];
  const isRight = typed === token.text;
  const field: Span[] = [span(` ${typed}`, 'strong'), span(' ', 'selected'), span(typed === '' ? ` ${token.text}` : '', 'dim')]; // prettier-ignore
  const answer = isRight ? [span('   enter', 'strong'), span('  do it  ')] : [span('   then enter', 'dim'), span('  ')];
  return [span(' Cancel ', isRight ? 'plain' : 'selected'), span(`   ${token.what}`), ...field, ...answer];
}

/** What it costs, in money and in work; nothing where it costs nothing. */
function costs(plan: Plan): readonly string[] {
  const parts: string[] = [];
  if (Math.abs(plan.usdPerHour) > 1e-9) parts.push(`spending ${plan.usdPerHour > 0 ? '+' : ''}${format.rate(plan.usdPerHour)}`); // prettier-ignore
  if (plan.usd !== 0) parts.push(`costs ${format.money(plan.usd)}`);
  parts.push(plan.losesMs > 0 ? `loses ${format.duration(plan.losesMs)} of work` : 'loses no work');
  return [parts.join('   ')];
}
