import type { Frame } from '../frame.ts';
import { type KeyBinding, type KeyContext, placeOf } from '../keymap.ts';
import { type Painted, paintEnds, type Span, span, spansWidth } from '../line.ts';

const GAP = '  ';

/**
 * The last line: what can be pressed here. Acts first; one that cannot work now stays in its place, dim. Where not all fit, those
 * that are seldom of use give way, and then the last ones.
 */
export function drawFooter({ ui, theme, keymap, width }: Frame, context: KeyContext): Painted {
  const bindings = keymap.footerBindings(placeOf(ui));
  const last = bindings.at(-1);
  const right = last === undefined ? [] : [...keySpans(last, context), span(' ')];
  const offered = bindings.slice(0, -1);
  let chosen: readonly KeyBinding[] = [];
  for (const binding of offered.toSorted((a, b) => rank(a) - rank(b))) {
    const more = offered.filter((one) => one === binding || chosen.includes(one));
    if (spansWidth(leftSpans(more, context)) + spansWidth(right) + 1 > width) break;
    chosen = more;
  }
  return paintEnds(theme, width, { left: leftSpans(chosen, context), right });
}

function rank({ footer }: KeyBinding): number {
  return footer === 'seldom' ? 1 : 0;
}

function leftSpans(bindings: readonly KeyBinding[], context: KeyContext): readonly Span[] {
  return bindings.flatMap((binding, at) => {
    const gap = at === 0 ? ' ' : bindings[at - 1]?.act === binding.act ? GAP : `${GAP}${GAP}${GAP}`;
    return [span(gap), ...keySpans(binding, context)];
  });
}

function keySpans(binding: KeyBinding, context: KeyContext): readonly Span[] {
  const isOff = binding.disabledReason?.(context) !== undefined;
  const key = binding.keys[0] ?? '';
  return isOff ? [span(`${key} ${binding.label}`, 'dim')] : [span(key, 'strong'), span(` ${binding.label}`)];
}
