import { type Need, needsOf } from '../../engine/select/needs.ts';
import { staleSources } from '../../engine/select/stale.ts';
import type { Keymap } from '../effective-keys.ts';
import { age } from '../format.ts';
import type { Frame } from '../frame.ts';
import { cutSpans, type Painted, paintEnds, type Span, span, spansWidth } from '../line.ts';
import { safe } from '../safe-text.ts';
import { truncate } from '../width.ts';

/** Line 2 of every screen: does anybody need me, for what, and what do I press. Old data are told at the right edge. */
export function drawVerdict(frame: Frame): Painted {
  const { snapshot, theme, now, width, ui } = frame;
  const all = needsOf(snapshot, now);
  const needs = all.filter(({ id }) => !ui.acknowledged.has(id));
  const known = all.length - needs.length;
  const [oldest, ...more] = staleSources(snapshot, now);
  const right: Span[] = [];
  if (oldest !== undefined) {
    const others = more.length === 0 ? '' : ` +${more.length}`;
    right.push(span(`${oldest.source}${others} ${age(oldest.ageMs)} old `, 'attention'));
  }
  // Whoever reads old data must know it, however much else there is to tell.
  const room = width - spansWidth(right) - (right.length > 0 ? 1 : 0);
  const left = needs.length === 0 ? calm(frame, known) : loud({ ...frame, width: room }, needs);
  return paintEnds(theme, width, { left: cutSpans(left, room, theme.glyphs.ellipsis), right });
}

function calm({ snapshot, theme }: Frame, known: number): readonly Span[] {
  if (snapshot.deployment === undefined) return [span(' waiting for the first answer', 'dim')];
  if (known > 0)
    return [span(` ${theme.glyphs.done} nothing new needs you`), span(`   ${known} known   7 incidents`, 'dim')];
  return [span(` ${theme.glyphs.done} nothing needs you`)];
}

/** The key of the worst need is on the screen whatever its width: its sentence gives way. */
function loud({ theme, keymap, now, width }: Frame, needs: readonly Need[]): readonly Span[] {
  const worst = needs[0]?.level ?? 'attention';
  const spans: Span[] = [span(` ! ${needs.length} need${needs.length === 1 ? 's' : ''} you`, worst)];
  needs.forEach((need, number) => {
    spans.push(span(number === 0 ? '   ' : `   ${theme.glyphs.dot}   `, 'dim'));
    const after = [
      span(need.since > 0 ? ` (${age(now - need.since)})` : '', 'dim'),
      span(need.key === '' ? '' : `  ${keyShown(keymap, need.key)}`, 'strong'),
    ];
    const sentence = `${need.level === 'broken' ? theme.glyphs.failed : '!'} ${need.sentence}`;
    const room = number === 0 ? width - spansWidth([...spans, ...after]) : Infinity;
    spans.push(span(truncate(safe(sentence), Math.max(1, room), theme.glyphs.ellipsis), need.level), ...after);
  });
  return spans;
}

/** "R retry" with the key in force. */
function keyShown(keymap: Keymap, told: string): string {
  const [key = '', ...words] = told.split(' ');
  return [keymap.shown(key), ...words].join(' ');
}
