import type { Frame } from '../frame.ts';
import { type KeyBinding, type KeyContext, placeOf } from '../keymap.ts';
import type { Theme } from '../theme.ts';
import { type Painted, paintEnds, type Span, span, spansWidth } from '../line.ts';

const GAP = '  ';

/**
 * The last line: what can be pressed here. Acts first; one that cannot work now stays in its place, dim. Where not all fit, those
 * that are seldom of use give way, and then the last ones.
 */
export function drawFooter({ ui, theme, keymap, width }: Frame, context: KeyContext): Painted {
  const bindings = keymap.footerBindings(placeOf(ui));
  const last = bindings.at(-1);
  const right = last === undefined ? [] : [...keySpans(theme, last, context), span(' ')];
  const offered = bindings.slice(0, -1);
  let chosen: readonly KeyBinding[] = [];
  for (const binding of offered.toSorted((a, b) => rank(a) - rank(b))) {
    const more = offered.filter((one) => one === binding || chosen.includes(one));
    if (spansWidth(leftSpans(theme, more, context)) + spansWidth(right) + 1 > width) break;
    chosen = more;
  }
  return paintEnds(theme, width, { left: leftSpans(theme, chosen, context), right });
}

function rank({ footer }: KeyBinding): number {
  return footer === 'seldom' ? 1 : 0;
}

function leftSpans(theme: Theme, bindings: readonly KeyBinding[], context: KeyContext): readonly Span[] {
  return bindings.flatMap((binding, at) => {
    const gap = at === 0 ? ' ' : bindings[at - 1]?.act === binding.act ? GAP : `${GAP}${GAP}${GAP}`;
    return [span(gap), ...keySpans(theme, binding, context)];
  });
}

function keySpans(theme: Theme, binding: KeyBinding, context: KeyContext): readonly Span[] {
  const isOff = binding.disabledReason?.(context) !== undefined;
  const [name = ''] = binding.keys;
  const key = capOf(theme, name);
  return isOff ? [span(`${key} ${binding.label}`, 'dim')] : [span(key, 'strong'), span(` ${binding.label}`)];
}

/** Keys that a terminal names by a word have an arrow on their cap. */
function capOf({ glyphs }: Theme, name: string): string {
  const arrows: Readonly<Record<string, string>> = {
    left: glyphs.left,
    right: glyphs.right,
    up: glyphs.up,
    down: glyphs.down,
  };
  return arrows[name] ?? name;
}
