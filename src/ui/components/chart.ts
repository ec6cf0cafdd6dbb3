import asciichart from 'asciichart';
import type { UsdPerHour } from '../../engine/model/units.ts';
import * as format from '../format.ts';
import { BLANK, type Painted, paintLine, type Span, span } from '../line.ts';
import type { Theme, Tone } from '../theme.ts';

/** A horizontal line with its name: the bid, on-demand. */
export interface ChartLevel {
  readonly name: string;
  readonly value: UsdPerHour;
  readonly tone: Tone;
}

export interface ChartShape {
  readonly rows: number;
  readonly columns: number;
  readonly levels: readonly ChartLevel[];
}

const LABEL_COLUMNS = 9;
/** asciichart draws a blank and the axis between the label and the first point. */
export const CHART_LEAD = LABEL_COLUMNS + 2;
/** A level further from the prices than this would press them flat: it is named above the chart instead. */
const FAR = 2.5;

/**
 * Prices over time with levels across, always exactly `rows` lines: asciichart alone throws on gaps and on nothing, and
 * draws a constant price as a single line, which would make the screen jump.
 */
export function drawChart(
  theme: Theme,
  values: readonly (UsdPerHour | undefined)[],
  shape: ChartShape,
): readonly Painted[] {
  const first = values.findIndex((value) => value !== undefined && Number.isFinite(value));
  const rows = Math.max(2, shape.rows);
  if (first < 0) return padRows([paintLine(theme, shape.columns, [span(' no prices known yet', 'dim')])], rows);
  const range = rangeOf(values, shape.levels);
  const toRow = (value: number): number => Math.round(((value - range.low) / (range.high - range.low)) * (rows - 1));
  const text = asciichart.plot(known(values, first).map(toRow), {
    min: 0,
    max: rows - 1,
    height: rows - 1,
    symbols: theme.glyphs.chart,
    format: (row) => format.price(range.low + (row / (rows - 1)) * (range.high - range.low)).padStart(LABEL_COLUMNS),
  });
  const lines = text.split('\n').map((line) => {
    const lead = line.slice(0, CHART_LEAD);
    return lead + ' '.repeat(first) + line.slice(CHART_LEAD);
  });
  return padRows(
    lines.map((line, number) =>
      paintLine(theme, shape.columns, withLevels(theme, line, levelsOn(rows - 1 - number, shape, toRow))),
    ),
    rows,
  );
}

function padRows(lines: readonly Painted[], rows: number): readonly Painted[] {
  return Array.from({ length: rows }, (_, number) => lines[number] ?? BLANK);
}

/** From the first known price on; a gap holds the price before it, for a price is in force until the next one. */
function known(values: readonly (UsdPerHour | undefined)[], first: number): readonly number[] {
  let last = values[first] ?? 0;
  return values.slice(first).map((value) => {
    if (value !== undefined && Number.isFinite(value)) last = value;
    return last;
  });
}

interface Range {
  readonly low: number;
  readonly high: number;
}

function rangeOf(values: readonly (UsdPerHour | undefined)[], levels: readonly ChartLevel[]): Range {
  const prices = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  const top = Math.max(...prices);
  const near = levels.map((level) => level.value).filter((value) => value <= top * FAR);
  const [low, high] = [Math.min(...prices, ...near), Math.max(...prices, ...near)];
  // A price that never moved still gets a chart of its full height, in the middle of it.
  const room = Math.max((high - low) * 0.05, high * 0.02, 1e-6);
  return { low: Math.max(0, low - room), high: high + room };
}

export function isFar(values: readonly (UsdPerHour | undefined)[], level: ChartLevel): boolean {
  const prices = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  return prices.length > 0 && level.value > Math.max(...prices) * FAR;
}

function levelsOn(row: number, shape: ChartShape, toRow: (value: number) => number): readonly ChartLevel[] {
  return shape.levels.filter((level) => toRow(level.value) === row);
}

/** The level fills what the curve leaves free of its row, and carries its name near the right edge. */
function withLevels(theme: Theme, line: string, levels: readonly ChartLevel[]): readonly Span[] {
  const level = levels[0];
  if (level === undefined) return [span(line)];
  const spans: Span[] = [span(line.slice(0, CHART_LEAD))];
  for (const run of line.slice(CHART_LEAD).match(/ +|[^ ]+/g) ?? []) {
    spans.push(run.startsWith(' ') ? span(theme.glyphs.dash.repeat(run.length), level.tone) : span(run));
  }
  return [...spans, span(` ${levels.map((one) => one.name).join(', ')}`, level.tone)];
}
