import type { Pct, UsdPerHour } from '../../engine/model/units.ts';
import type { CellKind } from '../../engine/select/fleet.ts';
import { type Span, span } from '../line.ts';
import type { Glyphs, Theme, Tone } from '../theme.ts';

/** A bar of `columns` for a share; blanks when the share is not known. */
export function bar(glyphs: Glyphs, columns: number, pct: Pct | undefined): string {
  if (pct === undefined) return ' '.repeat(columns);
  const full = Math.round((Math.min(100, Math.max(0, pct)) / 100) * columns);
  return glyphs.barFull.repeat(full) + glyphs.barEmpty.repeat(columns - full);
}

/** A small curve. Its floor is zero-based in spirit: a price that hardly moves stays low and calm, a doubling shows. */
export function sparkline(glyphs: Glyphs, values: readonly (UsdPerHour | undefined)[]): string {
  const known = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  if (known.length === 0) return ' '.repeat(values.length);
  const low = Math.min(...known);
  // Less than this above the lowest is no movement worth a glance.
  const high = Math.max(Math.max(...known), low * 1.5);
  const steps = glyphs.spark.length - 2;
  return values
    .map((value) => {
      if (value === undefined || !Number.isFinite(value)) return ' ';
      const step = high === low ? 0 : Math.round(((value - low) / (high - low)) * steps);
      return glyphs.spark[1 + step] ?? ' ';
    })
    .join('');
}

export const CELL_WORDS: Readonly<Record<CellKind, string>> = {
  busy: 'busy',
  idle: 'idle',
  booting: 'booting',
  leaving: 'leaving',
  lost: 'lost',
};
const CELL_TONES: Readonly<Record<CellKind, Tone>> = {
  busy: 'plain',
  idle: 'plain',
  booting: 'plain',
  leaving: 'attention',
  lost: 'broken',
};

export function cellTone(kind: CellKind): Tone {
  return CELL_TONES[kind];
}

/** One glyph a worker; neighbours of one tone share a span. `selected` is an index into them, or -1. */
export function cellSpans(theme: Theme, cells: readonly CellKind[], selected = -1): readonly Span[] {
  const spans: { text: string; tone: Tone }[] = [];
  cells.forEach((kind, index) => {
    const tone = index === selected ? 'selected' : CELL_TONES[kind];
    const last = spans.at(-1);
    if (last?.tone === tone) last.text += theme.glyphs[kind];
    else spans.push({ text: theme.glyphs[kind], tone });
  });
  return spans;
}

/** ■ busy □ idle · booting ▲ leaving ✕ lost */
export function cellLegend(theme: Theme): readonly Span[] {
  const kinds: readonly CellKind[] = ['busy', 'idle', 'booting', 'leaving', 'lost'];
  return kinds.flatMap((kind, index) => [
    span(index === 0 ? '' : '  '),
    span(theme.glyphs[kind], CELL_TONES[kind]),
    span(` ${CELL_WORDS[kind]}`, 'dim'),
  ]);
}
