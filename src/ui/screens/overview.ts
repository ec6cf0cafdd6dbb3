import { cellsOf, type PoolLine, sparkOf, sparkSpanMs } from '../../engine/select/market.ts';
import type { ServiceTrouble } from '../../engine/select/calls.ts';
import { type Overview, overviewOf } from '../../engine/select/overview.ts';
import { capacityView } from '../../engine/select/capacity.ts';
import { needsOf } from '../../engine/select/needs.ts';
import { deniedLine } from '../components/denied-line.ts';
import { paintItems } from '../components/flow.ts';
import { cellLegend, cellSpans, sparkline } from '../components/gauge.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, cell, type Painted, paintEnds, paintLine, type Span, span, spansWidth } from '../line.ts';
import { NOTHING } from '../list.ts';
import type { ScreenSpec } from '../screen-spec.ts';
import type { Tone } from '../theme.ts';
import { safe } from '../safe-text.ts';
import { truncate, widthOf } from '../width.ts';

/** Rows kept for what happened lately, even where there are many pools. */
const NOTABLES_LEAST = 3;

export const OVERVIEW: ScreenSpec = {
  list: () => NOTHING,
  pageRows: (_, bodyRows) => bodyRows,
  headRows: () => undefined,
  draw: drawOverview,
  why: overviewWhy,
  hasMarks: false,
};

/** What somebody is needed for, in full; then why capacity is what it is. */
function overviewWhy({ snapshot, now }: Frame): readonly string[] {
  const needs = needsOf(snapshot, now).map(({ sentence, key, since }) => {
    const age = since === 0 ? '' : ` (${format.age(now - since)})`;
    return `${sentence}${age}${key === '' ? '' : `: press ${key}`}`;
  });
  const { why, whyFrom } = capacityView(snapshot);
  const capacity = `capacity: ${why}${whyFrom === 'leader' ? '' : ' (worked out here: no leader tells)'}`;
  return ['the deployment', ...(needs.length === 0 ? ['nothing needs you'] : needs), capacity];
}

/** Figures first, then a line a pool, then what happened. The figures are the sums of the pools' lines. */
export function drawOverview(frame: Frame, height: number): readonly Painted[] {
  const overview = overviewOf(frame.snapshot, frame.now);
  const figures = drawFigures(frame, overview);
  const room = height - figures.length - 2;
  const poolRoom = Math.max(1, room - Math.min(NOTABLES_LEAST, overview.incidents.length) - 1);
  const denied = deniedLine(frame, 'prices');
  const pools = [...denied, ...drawPools(frame, overview.pools, poolRoom - denied.length)];
  const lines = [...figures, BLANK, ...pools, BLANK];
  return [...lines, ...drawNotables(frame, overview, Math.max(0, height - lines.length))];
}

type Item = readonly Span[];

function counted(number: number, word: string, tone: Tone = 'plain'): Item {
  return [span(format.grouped(number), number > 0 ? tone : 'plain'), span(` ${word}`)];
}

/** Only when there is something to say. */
function someOf(number: number, word: string, tone: Tone = 'plain'): Item {
  return number === 0 ? [] : counted(number, word, tone);
}

/** "3 failed (+2)": so many more since the operator was last here. */
function withMore(item: Item, more: number): Item {
  return more <= 0 ? item : [...item, span(` (+${format.grouped(more)})`, 'attention')];
}

/** Whether what leaves can save its work is the one thing to know of it. */
function leavingItem({ workers, leavingFit }: Overview): Item {
  const item = someOf(workers.leaving, 'leaving', 'attention');
  return leavingFit === undefined ? item : [...item, span(`: checkpoint ${leavingFit.replace(': ', ', ')}`)];
}

function drawFigures(frame: Frame, overview: Overview): readonly Painted[] {
  const { theme, width, now } = frame;
  const { jobs, workers } = overview;
  const jobItems = [
    counted(jobs.RUNNING + jobs.STARTING, 'running'),
    counted(jobs.RUNNABLE, 'runnable'),
    someOf(jobs.INTERRUPTING, 'leaving', 'attention'),
    withMore(
      someOf(jobs.FAILED, 'failed', 'broken'),
      jobs.FAILED - (frame.ui.looked.overview?.jobs.FAILED ?? jobs.FAILED),
    ),
    counted(jobs.SUCCEEDED, 'done'),
    someOf(jobs.BLOCKED, 'blocked'),
    someOf(jobs.HELD, 'held'),
    someOf(jobs.KILLED, 'killed'),
    overview.donePerMin === undefined ? [] : [span(`${format.perMinute(overview.donePerMin)} done`)],
    overview.startedPerMin === undefined ? [] : [span(`${format.perMinute(overview.startedPerMin)} started`)],
    overview.clearAt === undefined ? [] : [span(`clear by ${clearBy(overview.clearAt, now)}`)],
  ];
  const workerItems = [
    counted(workers.busy, 'busy'),
    counted(workers.idle, 'idle'),
    someOf(workers.booting, 'booting'),
    leavingItem(overview),
    someOf(workers.lost, 'lost', 'broken'),
    [span(`${overview.targetWorkers} asked for`, 'dim')],
  ];
  return [
    paintItems(theme, width, { label: 'Jobs', items: jobItems }),
    paintItems(theme, width, { label: 'Workers', items: workerItems }),
    paintItems(theme, width, { label: 'Money', items: moneyItems(overview) }),
    paintItems(theme, width, { label: 'At risk', items: riskItems(overview) }),
    paintItems(theme, width, { label: 'AWS', items: awsItems(overview, now) }),
    ...drawUnknown(frame, overview),
  ];
}

function clearBy(at: number, now: number): string {
  return at - now < 20 * 3_600_000 ? format.clockMinute(at) : `in ${format.duration(at - now)}`;
}

function moneyItems({ money }: Overview): readonly Item[] {
  if (money.spendUsdPerHour === undefined) return [[span('no figures yet: the leader has not written any', 'dim')]];
  return [
    [span(format.rate(money.spendUsdPerHour))],
    [span(`spent ${format.money(money.spentUsd)}`)],
    money.savedPct === undefined ? [] : [span(`${format.percent(money.savedPct)} under on-demand`)],
    [span(`wasted ${format.money(money.wastedUsd)}`)],
    money.idleUsdPerHour === 0 ? [] : [span(`idle ${format.rate(money.idleUsdPerHour)}`)],
  ];
}

function riskItems({ risk }: Overview): readonly Item[] {
  const least = risk.readJobs < risk.runningJobs ? 'at least ' : '';
  const { largest } = risk;
  return [
    risk.runningJobs === 0
      ? [span('nothing runs')]
      : [span(`${least}${format.duration(risk.workMs)} of work if all died now`)],
    largest === undefined
      ? []
      : [span(`the largest pool gone: -${largest.workers} ${largest.workers === 1 ? 'worker' : 'workers'}`)],
  ];
}

/** What somebody must know first: where it is narrow, the rest gives way. */
function awsItems({ aws }: Overview, now: number): readonly Item[] {
  const dead = aws.deadLetters;
  const items: readonly Item[] = [
    dead === undefined ? [] : [span(`dead letters ${format.grouped(dead)}`, dead > 0 ? 'attention' : 'plain')],
    ...aws.troubles.map((trouble): Item => [span(troubleText(trouble, now), 'attention')]),
    aws.calls === 0 ? [] : [span(`${format.grouped(aws.calls)} calls/min`, 'dim')],
    aws.p95Ms === 0 ? [] : [span(`p95 ${format.grouped(aws.p95Ms)}ms`, 'dim')],
  ];
  return items.some((item) => item.length > 0) ? items : [[span('no figures yet', 'dim')]];
}

function troubleText({ service, who, kind, answeredAt, faultSharePct }: ServiceTrouble, now: number): string {
  const whose = who === 'us' ? service : `leader's ${service}`;
  if (kind === 'failing') return `${whose} fails ${format.percent(faultSharePct)}`;
  return answeredAt === 0 ? `${whose} away` : `${whose} away, answered ${format.age(now - answeredAt)} ago`;
}

/** A line only where there are some: a newer CBAS, or a stranger, writes into our queues. */
function drawUnknown({ theme, width, now }: Frame, { aws: { unknown } }: Overview): readonly Painted[] {
  if (unknown === undefined || unknown.count === 0) return [];
  const { count, what, source, at } = unknown;
  const counted = `${format.grouped(count)} ${count === 1 ? 'message' : 'messages'}`;
  const text = `${counted}; newest on ${source} ${format.age(now - at)} ago: ${what}`;
  return [paintItems(theme, width, { label: 'Unknown', items: [[span(text)]] })];
}

const SPARK_COLUMNS = 16;

function drawPools(frame: Frame, pools: readonly PoolLine[], room: number): readonly Painted[] {
  const { theme, width, snapshot } = frame;
  if (pools.length === 0) return [paintLine(theme, width, [span(' no pools are set', 'dim')])];
  const region = snapshot.deployment?.region ?? '';
  const names = pools.map((pool) => format.shortPool(pool.id, region));
  const nameColumns = Math.min(24, Math.max(...names.map(widthOf)));
  const sparkColumns = width >= 100 ? SPARK_COLUMNS : width >= 80 ? 8 : 0;
  // Cells get what the figures and a short note leave; a longer fleet ends in a count.
  const cellColumns = Math.max(
    4,
    Math.min(Math.max(...pools.map((pool) => pool.workers.length), 4), width - nameColumns - sparkColumns - 58),
  );
  const shown = pools.length > room ? pools.slice(0, Math.max(1, room - 1)) : pools;
  const lines = shown.map((pool, number) =>
    drawPool(frame, pool, { name: cell(names[number] ?? '', nameColumns), sparkColumns, cellColumns }),
  );
  if (pools.length > shown.length) {
    return [
      ...lines,
      paintLine(theme, width, [span(` and ${pools.length - shown.length} more pools`, 'dim'), span('  4', 'strong')]),
    ];
  }
  if (lines.length + 1 > room) return lines;
  return [...lines, drawLegend(frame, pools, { nameColumns, sparkColumns })];
}

/** What the columns above mean; where it is narrow only the cells need saying. */
function drawLegend(
  { theme, width, now }: Frame,
  pools: readonly PoolLine[],
  { nameColumns, sparkColumns }: { readonly nameColumns: number; readonly sparkColumns: number },
): Painted {
  if (width < 100) return paintLine(theme, width, [span('  '), ...cellLegend(theme)]);
  const spanMs = sparkSpanMs(pools, now);
  const under = cell(spanMs > 0 ? `last ${format.age(spanMs)}` : '', sparkColumns);
  const head = ` ${' '.repeat(nameColumns)}  ${cell('price', 6, 'right')}${' '.repeat(12)}${under}  `;
  return paintLine(theme, width, [span(head, 'dim'), ...cellLegend(theme)]);
}

function drawPool(
  { theme, width, snapshot, now }: Frame,
  pool: PoolLine,
  at: { readonly name: string; readonly sparkColumns: number; readonly cellColumns: number },
): Painted {
  const isAboveBid =
    pool.bidUsdPerHour !== undefined && pool.bidUsdPerHour > 0 && (pool.priceUsdPerHour ?? 0) > pool.bidUsdPerHour;
  const cells = cellsOf(pool, snapshot, at.cellColumns);
  const spark = at.sparkColumns > 0 ? `  ${sparkline(theme.glyphs, sparkOf(pool, now, at.sparkColumns))}` : '';
  const spans: Span[] = [
    span(` ${at.name}  `),
    span(cell(format.price(pool.priceUsdPerHour), 6, 'right'), isAboveBid ? 'attention' : 'plain'),
    span(`  ${cell(format.percent(pool.onDemandPct), 4, 'right')} od${spark}  `),
    ...cellSpans(theme, cells),
    span(' '.repeat(at.cellColumns - cells.length)),
    span(
      `  ${cell(format.grouped(pool.workers.length), 4, 'right')} ${pool.workers.length === 1 ? 'worker ' : 'workers'}`,
    ),
  ];
  if (pool.retryAt > now) {
    spans.push(span(`   no capacity; asks again in ${format.age(pool.retryAt - now)}`, 'attention'));
  } else if (isAboveBid) spans.push(span(`   above the bid ${format.price(pool.bidUsdPerHour)}`, 'attention'));
  else if (pool.bidUsdPerHour !== undefined && pool.bidUsdPerHour > 0) {
    spans.push(span(`   bid ${format.price(pool.bidUsdPerHour)}`, 'dim'));
  }
  return paintLine(theme, width, spans);
}

/** What happened, with its place in the clock; what handled itself says so at the right edge, quietly. */
function drawNotables({ theme, width, ui, snapshot }: Frame, overview: Overview, room: number): readonly Painted[] {
  return overview.incidents.slice(0, room).map(({ at, sentence, kind, lostMs }) => {
    const isNew = (ui.looked.overview?.at ?? Infinity) < at;
    const lost = lostMs < 1_000 || sentence.includes(' lost') ? '' : `, ${format.duration(lostMs)} of work lost`;
    const handled = kind === 'handled' ? 'handled ' : '';
    const head = span(`${isNew ? '+' : ' '}${format.clock(at)}  `, 'dim');
    const room = width - spansWidth([head]) - handled.length - 2;
    const told = truncate(safe(`${format.shortPools(sentence, snapshot.deployment?.region ?? '')}${lost}`), room, theme.glyphs.ellipsis);
    return paintEnds(theme, width, { left: [head, span(told, kind === 'past' ? 'attention' : 'plain')], right: [span(handled, 'dim')] });
  });
} // prettier-ignore
