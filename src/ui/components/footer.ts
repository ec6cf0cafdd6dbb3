import type { Frame } from '../frame.ts';
import { footerBindings, type KeyBinding, type KeyContext, placeOf } from '../keymap.ts';
import { type Painted, paintEnds, type Span, span, spansWidth } from '../line.ts';

const GAP = '  ';

/** The last line: what can be pressed here. Acts first; one that cannot work now stays in its place, dim. */
export function drawFooter({ ui, theme, width }: Frame, context: KeyContext): Painted {
  const bindings = footerBindings(placeOf(ui));
  const last = bindings.at(-1);
  const right = last === undefined ? [] : [...keySpans(last, context), span(' ')];
  const left: Span[] = [span(' ')];
  let wasAct: true | undefined;
  for (const binding of bindings.slice(0, -1)) {
    const gap = left.length === 1 ? '' : binding.act === wasAct ? GAP : `${GAP}${GAP}${GAP}`;
    const spans = [span(gap), ...keySpans(binding, context)];
    if (spansWidth(left) + spansWidth(spans) + spansWidth(right) + 1 > width) break;
    left.push(...spans);
    wasAct = binding.act;
  }
  return paintEnds(theme, width, { left, right });
}

function keySpans(binding: KeyBinding, context: KeyContext): readonly Span[] {
  const isOff = binding.disabledReason?.(context) !== undefined;
  const key = binding.keys[0] ?? '';
  return isOff ? [span(`${key} ${binding.label}`, 'dim')] : [span(key, 'strong'), span(` ${binding.label}`)];
}
