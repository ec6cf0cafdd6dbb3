import type { Frame } from '../frame.ts';
import { type Painted, paintLine, type Span, span, spansWidth } from '../line.ts';
import { truncate } from '../width.ts';

/** Wide enough for a sentence, narrow enough to be read in one look. */
const BOX_COLUMNS_MAX = 110;

export type LineOf = readonly Span[];

export function boxColumns({ width }: Pick<Frame, 'width'>): number {
  return Math.min(BOX_COLUMNS_MAX, width - 2);
}

/** Lines in a frame, with the key that opened it ('' where none did) and what it is in its upper edge. At most `height` lines in all. */
export function drawBox(
  frame: Frame,
  box: { readonly key: string; readonly title: string; readonly lines: readonly LineOf[] },
  height: number,
): readonly Painted[] {
  const { theme, width } = frame;
  const { top, bottom, horizontal, vertical } = theme.glyphs.box;
  const columns = boxColumns(frame);
  const key = box.key === '' ? [] : [span(` ${box.key} `, 'strong')];
  const head: Span[] = [...key, span(` ${box.title} `)];
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
      kept.push(span(truncate(one.text, left, '…'), one.tone));
      break;
    }
    kept.push(one);
    left -= width;
  }
  return kept;
}
