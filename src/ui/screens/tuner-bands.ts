import type { Tuner, TunerAnswer } from '../../engine/model/tuner.ts';
import * as format from '../format.ts';
import { cell, type Painted, paintLine, type Span, span } from '../line.ts';
import type { Theme } from '../theme.ts';

/** An outcome over all bids, drawn as a row of small bars; what it is at the cursor stands behind it. */
interface Band {
  readonly title: string;
  /** What the bar is as high as; undefined where nothing ran. */
  readonly valueOf: (answer: TunerAnswer) => number | undefined;
  readonly text: (answer: TunerAnswer, now: number) => string;
  /** The lowest bar stands for 0, or for the least of all values. */
  readonly fromZero: boolean;
}

const never = (ms: number): boolean => !Number.isFinite(ms);

const BANDS: readonly Band[] = [
  {
    title: 'safe',
    valueOf: ({ noInterruption }) => noInterruption?.probability,
    text: ({ noInterruption }) =>
      noInterruption === undefined ? 'not known' : format.percent(100 * noInterruption.probability),
    fromZero: true,
  },
  {
    title: 'taken back',
    valueOf: ({ replayed, availability }) => (availability > 0 ? replayed.interruptions : undefined),
    text: ({ replayed, availability }) =>
      availability > 0 ? `${replayed.interruptions.toFixed(1)} times` : 'never ran',
    fromZero: true,
  },
  {
    title: 'costs',
    valueOf: ({ replayed, availability }) => (availability > 0 ? replayed.medianUsd : undefined),
    text: ({ replayed, availability }) => (availability > 0 ? format.money(replayed.medianUsd) : format.NONE),
    fromZero: false,
  },
  {
    title: 'done by',
    valueOf: ({ replayed }) => (never(replayed.eta.p50Ms) ? undefined : replayed.eta.p50Ms),
    text: ({ replayed }, now) =>
      never(replayed.eta.p50Ms) ? 'not known' : format.clockMinute(now + replayed.eta.p50Ms),
    fromZero: false,
  },
];

/** Columns before the bars and behind them. */
export const BAND_LEAD = 12;
const BAND_TAIL = 13;

export function bandColumns(width: number): number {
  return Math.max(10, width - BAND_LEAD - BAND_TAIL);
}

/** The column of a bid on the log axis. */
export function columnOf(tuner: Tuner, bid: number, columns: number): number {
  return Math.max(0, Math.min(columns - 1, Math.round(tuner.place(bid) * (columns - 1))));
}

const answersOfStops = new WeakMap<Tuner, readonly TunerAnswer[]>();
/** Answers at all stops. Asked for when all are known, so that none is computed here. */
function stopAnswers(tuner: Tuner): readonly TunerAnswer[] {
  let known = answersOfStops.get(tuner);
  if (known === undefined) {
    known = [...tuner.stops].map((stop) => tuner.at(stop));
    answersOfStops.set(tuner, known);
  }
  return known;
}

interface Looked {
  readonly theme: Theme;
  readonly width: number;
  readonly now: number;
}

/** The four outcomes over the axis of bids, one vertical line through all of them where the cursor stands. */
export function drawBands({ theme, width, now }: Looked, tuner: Tuner, bid: number): readonly Painted[] {
  const columns = bandColumns(width);
  const cursor = columnOf(tuner, bid, columns);
  const answers = stopAnswers(tuner);
  const places = answers.map(({ bidUsdPerHour }) => tuner.place(bidUsdPerHour) * (columns - 1));
  // A bid between two stops has what the lower of them has.
  const ofColumn: (TunerAnswer | undefined)[] = [];
  for (let column = 0, stop = 0; column < columns; column++) {
    while (stop + 1 < places.length && (places[stop + 1] ?? Infinity) <= column + 0.5) stop++;
    ofColumn.push(answers[stop]);
  }
  const here = tuner.at(bid);
  return BANDS.map((band) => {
    const bars = barsOf(theme, ofColumn.map((answer) => (answer === undefined ? undefined : band.valueOf(answer))), band.fromZero); // prettier-ignore
    return paintLine(theme, width, [
      span(` ${cell(band.title, BAND_LEAD - 2)} `),
      span(bars.slice(0, cursor).join(''), 'dim'),
      span(theme.glyphs.box.vertical, 'strong'),
      span(bars.slice(cursor + 1).join(''), 'dim'),
      span(`  ${band.text(here, now)}`, 'strong'),
    ]);
  });
}

function barsOf(theme: Theme, values: readonly (number | undefined)[], fromZero: boolean): readonly string[] {
  const known = values.filter((value) => value !== undefined);
  const low = fromZero ? 0 : Math.min(...known);
  const high = Math.max(...known);
  const { spark } = theme.glyphs;
  return values.map((value) => {
    if (value === undefined) return ' ';
    const share = high > low ? (value - low) / (high - low) : 0;
    return spark[Math.round(share * (spark.length - 1))] ?? ' ';
  });
}

/** Bids that are worth a name, under the axis; where two would touch, the earlier in this list stays. */
export function drawMarks({ theme, width }: Looked, tuner: Tuner, best: number | undefined): Painted {
  const columns = bandColumns(width);
  const ruled = (rule: string): number | undefined => tuner.marks.find((mark) => mark.rule === rule)?.bidUsdPerHour;
  const named: readonly (readonly [string, number | undefined])[] = [
    ['now', ruled('now')],
    ['recommended', best],
    ['on-demand', ruled('on-demand')],
    ['safe 95%', ruled('guarantee')],
  ];
  return labels(theme, width, { columns, named: named.map(([name, bid]) => [`${theme.glyphs.up}${name}`, bid === undefined ? undefined : columnOf(tuner, bid, columns)]), tone: 'plain' }); // prettier-ignore
}

/** Prices along the axis, at a few of its stops. */
export function drawAxis({ theme, width }: Looked, tuner: Tuner): Painted {
  const columns = bandColumns(width);
  const [low = 0, high = low] = [tuner.stops[0], tuner.stops.at(-1)];
  const ticks = Math.max(2, Math.min(7, Math.floor(columns / 12)));
  const named = Array.from({ length: ticks }, (_, tick): readonly [string, number] => {
    const bid = low * (high / Math.max(low, 1e-9)) ** (tick / (ticks - 1));
    return [format.price(bid), Math.round((tick / (ticks - 1)) * (columns - 1))];
  });
  return labels(theme, width, { columns, named, tone: 'dim', title: `${tuner.axis} $/h` });
}

function labels(
  theme: Theme,
  width: number,
  {
    columns,
    named,
    tone,
    title = '',
  }: {
    readonly columns: number;
    readonly named: readonly (readonly [string, number | undefined])[];
    readonly tone: Span['tone'];
    readonly title?: string;
  },
): Painted {
  const room = columns + BAND_TAIL - 1;
  const row: string[] = Array.from({ length: room }, () => ' ');
  for (const [text, column] of named) {
    if (column === undefined) continue;
    const at = Math.max(0, Math.min(column, room - text.length));
    const isFree = row.slice(Math.max(0, at - 1), at + text.length + 1).every((one) => one === ' ');
    if (isFree) for (const [offset, character] of [...text].entries()) row[at + offset] = character;
  }
  return paintLine(theme, width, [span(` ${cell(title, BAND_LEAD - 2)} `, 'dim'), span(row.join('').trimEnd(), tone)]);
}
