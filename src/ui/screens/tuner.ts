import type { Tuner, TunerAnswer } from '../../engine/model/tuner.ts';
import type { PoolLine } from '../../engine/select/market.ts';
import { paintItems } from '../components/flow.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintEnds, paintLine, span } from '../line.ts';
import type { Dialog } from '../dialog.ts';
import type { Tuning } from '../tuning-state.ts';
import { drawAxis, drawBands, drawMarks } from './tuner-bands.ts';
import { drawCapacity, drawHelp } from './tuner-modern.ts';
import { wordLines } from './tuner-words.ts';

type BidDialog = Extract<Dialog, { kind: 'bid' }>;

/** Rows of the chart of prices where there is room for one beside all else. */
const CHART_ROWS = 9;
/** Without a chart the tuner has so many lines at most. */
const LINES_MAX = 20;
const LINES_MODERN_MAX = 13;
const MARKETS_SHOWN = 3;
const STARTS_LEAST = 12;

/**
 * What would this bid do? Every key repaints all of it: outcomes over the axis of bids with one line at the cursor, what the
 * bid means in words, how the last days would have gone, what the last key changed, and better markets.
 */
export function drawTuner(
  frame: Frame,
  at: { readonly pool: PoolLine; readonly dialog: BidDialog; readonly height: number },
  drawPrices: (rows: number) => readonly Painted[],
): readonly Painted[] {
  const { ui, theme, width } = frame;
  const { pool, dialog, height } = at;
  const tuning = ui.tuning?.pool === pool.id ? ui.tuning : undefined;
  const head = drawHead(frame, pool, tuning);
  const foot = [drawScope(frame, pool)];
  const tuner = tuning?.tuner;
  const isModern = tuner?.axis === 'max price';
  // Of today's market the axis of bids tells little, and the price over time more.
  const linesMax = isModern ? LINES_MODERN_MAX : LINES_MAX;
  const chart = height >= linesMax + CHART_ROWS ? [...drawPrices(height - linesMax), BLANK] : [];
  if (tuning === undefined || tuner === undefined) {
    const why = waitingFor(pool, tuning);
    return [...head, ...chart, paintLine(theme, width, [span(` ${why}`, 'dim')]), ...foot];
  }
  const room = height - head.length - chart.length - foot.length;
  const outcomes = isModern
    ? drawModern(frame, { pool, tuning, tuner, dialog }).slice(0, room)
    : drawOutcomes(frame, { tuning, tuner, dialog, room });
  return [...head, ...chart, ...outcomes, ...foot];
}

function waitingFor(pool: PoolLine, tuning: Tuning | undefined): string {
  if (pool.points.length === 0) return 'no price of this pool is known: what a bid would do cannot be told';
  return tuning === undefined || tuning.failed === '' ? 'preparing what each bid would do' : tuning.failed;
}

function drawHead(
  { snapshot, theme, width, now }: Frame,
  pool: PoolLine,
  tuning: Tuning | undefined,
): readonly Painted[] {
  const region = snapshot.deployment?.region ?? '';
  const what =
    tuning?.tuner?.axis === 'max price'
      ? 'EC2 takes capacity back whatever you pay; a max price only caps the price'
      : 'a price above the bid takes the instance back';
  const title = paintEnds(theme, width, {
    left: [span(` ${format.shortPool(pool.id, region)}`, 'strong'), span(` ${theme.glyphs.dot} ${what}`)],
    right: [],
  });
  if (tuning === undefined) return [title];
  const { about, workH, deadlineH, checkpointS, prices, newestAt, assumed } = tuning;
  const left = `for ${about}: ${format.duration(workH * 3_600_000)} of work in ${format.duration(deadlineH * 3_600_000)}, ${format.duration(checkpointS * 1_000)} a checkpoint`;
  return [
    title,
    paintEnds(theme, width, {
      left: [span(` ${left}`)],
      right: [span(`${format.grouped(prices)} prices, newest ${format.age(now - newestAt)} old `, 'dim')],
    }),
    ...(assumed.length === 0
      ? []
      : [paintLine(theme, width, [span(` taken for granted: ${assumed.join(', ')}`, 'dim')])]),
  ];
}

/** As much as there is room for, the most important first; the order on the screen is another. */
function drawOutcomes(
  frame: Frame,
  { tuning, tuner, dialog, room }: { tuning: Tuning; tuner: Tuner; dialog: BidDialog; room: number },
): readonly Painted[] {
  const { theme, width, now } = frame;
  const bid = dialog.bidUsdPerHour;
  const answer = tuner.at(bid);
  const words = wordLines(frame, { answer, tuner, dialog });
  const looked = { theme, width, now };
  const bands = tuner.isOpen
    ? [
        drawAxis(looked, tuner),
        ...drawBands(looked, tuner, bid),
        drawMarks(looked, tuner, answer.regret?.bestBidUsdPerHour),
      ]
    : [paintLine(theme, width, [span(` trying all bids${'.'.repeat(1 + (tuning.parts % 3))}`, 'dim')])];
  const more = [
    ...drawChange(frame, tuner, dialog),
    ...drawHistory(frame, tuner, bid),
    ...drawMarkets(frame, tuner, answer),
  ];
  const left = Math.max(0, room - words.length);
  const shownBands = bands.length <= left ? bands : [];
  const shownMore = more.slice(0, Math.max(0, left - shownBands.length - (shownBands.length > 0 ? 2 : 1)));
  const gap = (lines: readonly Painted[]): readonly Painted[] =>
    lines.length > 0 && left > shownBands.length + more.length + 2 ? [BLANK] : [];
  return [...gap(shownBands), ...shownBands, ...gap(words), ...words, ...shownMore].slice(0, room);
}

/** The ceiling only caps the price: what takes the instance back, and what would help, stand beside it. */
function drawModern(
  frame: Frame,
  { pool, tuning, tuner, dialog }: { pool: PoolLine; tuning: Tuning; tuner: Tuner; dialog: BidDialog },
): readonly Painted[] {
  const bid = dialog.bidUsdPerHour;
  const answer = tuner.at(bid);
  const [ceiling = BLANK, ...words] = wordLines(frame, { answer, tuner, dialog });
  return [
    ceiling,
    ...(tuning.capacity === undefined ? [] : drawCapacity(frame, tuning.capacity, answer)),
    ...words,
    drawHelp(frame, { pool, tuning, tuner, bid }),
    ...drawChange(frame, tuner, dialog),
    ...drawMarkets(frame, tuner, answer),
  ];
}

function drawChange({ theme, width }: Frame, tuner: Tuner, { before, bidUsdPerHour }: BidDialog): readonly Painted[] {
  if (before === undefined || before === bidUsdPerHour) return [];
  return [paintLine(theme, width, [span(` ${tuner.changed(before, bidUsdPerHour)}`, 'dim')])];
}

function drawHistory({ theme, width }: Frame, tuner: Tuner, bid: number): readonly Painted[] {
  const starts = tuner.history(bid);
  // Fewer tell nothing of how often.
  if (starts.length < STARTS_LEAST) return [];
  const count = (kind: (typeof starts)[number]['kind']): number => starts.filter((start) => start.kind === kind).length;
  const days = Math.max(1, Math.round(starts.length / 24));
  const running = count('running');
  const said = `a start each hour of the last ${days === 1 ? 'day' : `${days} days`}: ${count('done')} done, ${count('interrupted')} taken back and done, ${count('late')} late${running > 0 ? `, ${running} would still run` : ''}`;
  return [paintItems(theme, width, { label: 'history', items: [[span(said)]] })];
}

/** Markets that cost less per hour of work than the chosen one. */
function drawMarkets({ theme, width, snapshot }: Frame, tuner: Tuner, answer: TunerAnswer): readonly Painted[] {
  const region = snapshot.deployment?.region ?? '';
  const all = tuner.markets(answer.bidUsdPerHour);
  if (all.length < 2) return [];
  const own = all.findIndex(({ isChosen }) => isChosen);
  const better = all.slice(0, Math.max(0, own)).slice(0, MARKETS_SHOWN);
  const items =
    better.length === 0
      ? [[span(`none of the ${all.length - 1} others costs less per hour of work`)]]
      : better.map(({ name, usdPerWorkHour, missed }) => [
          span(format.shortPool(name, region), 'strong'),
          span(` ${format.price(usdPerWorkHour)} per hour of work`),
          span(missed > 0.05 ? `, ${format.percent(100 * missed)} late` : '', 'attention'),
        ]);
  return [paintItems(theme, width, { label: 'better', items })];
}

/** A bid never changes an instance that runs. */
function drawScope({ theme, width }: Frame, pool: PoolLine): Painted {
  const running = pool.workers.length;
  const inForce = pool.bidUsdPerHour ?? 0;
  const kept = inForce > 0 ? format.price(inForce) : 'what they were launched with';
  const scope = `applies to new launches${running > 0 ? `: ${running} running keep ${kept}; R rolls them` : ''}`;
  return paintLine(theme, width, [span(` ${scope}`, 'dim')]);
}
