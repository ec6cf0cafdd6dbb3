import { chartSeries, type PoolLine, SPARK_SPAN_MS } from '../../engine/select/market.ts';
import { recentWindow, recordOfBid, type TimeWindow } from '../../engine/select/price.ts';
import { CHART_LEAD, type ChartLevel, drawChart, isFar } from '../components/chart.ts';
import { paintItems } from '../components/flow.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintEnds, paintLine, span } from '../line.ts';
import { current } from '../list.ts';
import type { ScreenSpec } from '../screen-spec.ts';
import { drawTable, shownRows, tableList, tableParts } from '../table-screen.ts';
import { POOL_TABLE } from './pool-table.ts';

/** The list of pools takes at most this many rows; the chart gets the rest. */
const LIST_ROWS_MAX = 8;
/** Title, axis, and the two lines about a bid. */
const CHART_CHROME_ROWS = 4;
/** Below this a chart says nothing. */
const CHART_ROWS_MIN = 4;
const CHART_ROWS_MAX = 18;

/** Pools above, and of the one under the cursor its price against the bid. While a bid is tuned, the chart follows it. */
function drawMarket(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, ui } = frame;
  const list = tableList(POOL_TABLE, snapshot, ui);
  const spare = height - 1 - CHART_CHROME_ROWS - CHART_ROWS_MIN - 1;
  const hasChart = spare >= 1 && list.length > 0;
  const rows = hasChart ? Math.min(list.length, LIST_ROWS_MAX, spare) : height - 1;
  const empty = ui.filters.market === '' ? 'no pools are set' : 'no pool matches the filter; esc clears it';
  const lines = drawTable(POOL_TABLE, frame, { height: rows + 1, empty });
  const { id } = current(list, ui.cursors.market);
  const pool = hasChart ? shownRows(POOL_TABLE, snapshot, ui).find((line) => line.id === id) : undefined;
  return pool === undefined ? lines : [...lines, BLANK, ...drawPoolChart(frame, pool, height - lines.length - 1)];
}

export const MARKET: ScreenSpec = {
  ...tableParts(POOL_TABLE),
  pageRows: (_, bodyRows) => Math.max(1, Math.min(LIST_ROWS_MAX, bodyRows - 1)),
  draw: drawMarket,
  hasMarks: false,
};

/** The bid that the chart shows: the one being tuned, or the one in force. */
function bidShown({ ui }: Frame, pool: PoolLine): number {
  const { dialog } = ui;
  return dialog?.kind === 'bid' && dialog.pool === pool.id ? dialog.bidUsdPerHour : (pool.bidUsdPerHour ?? 0);
}

function drawPoolChart(frame: Frame, pool: PoolLine, height: number): readonly Painted[] {
  const { theme, width, now } = frame;
  const window = recentWindow(pool.points, now, SPARK_SPAN_MS);
  const bid = bidShown(frame, pool);
  const levels: ChartLevel[] = [];
  if (bid > 0) levels.push({ name: `bid ${format.price(bid)}`, value: bid, tone: 'strong' });
  if (pool.onDemandUsdPerHour !== undefined) {
    levels.push({
      name: `on-demand ${format.price(pool.onDemandUsdPerHour)}`,
      value: pool.onDemandUsdPerHour,
      tone: 'dim',
    });
  }
  const points = Math.max(10, Math.min(160, width - CHART_LEAD - 22));
  const values = chartSeries(pool, window, points);
  const rows = Math.max(CHART_ROWS_MIN, Math.min(CHART_ROWS_MAX, height - CHART_CHROME_ROWS));
  const far = levels.filter((level) => isFar(values, level)).map((level) => `${level.name}, far above`);
  const title = paintEnds(theme, width, {
    left: [span(` ${pool.id}`, 'strong'), span('   price $/h', 'dim')],
    right: [span(far.length === 0 ? '' : `${far.join('   ')} `, 'dim')],
  });
  const since = `last ${format.age(window.to - window.from)}`;
  const axis = `${' '.repeat(CHART_LEAD)}${since}${' '.repeat(Math.max(1, points - since.length - 3))}now`;
  return [
    title,
    ...drawChart(theme, values, { rows, columns: width, levels }),
    paintLine(theme, width, [span(axis, 'dim')]),
    ...drawRecord(frame, pool, { window, bid }),
  ];
}

function drawRecord(
  { theme, width, ui }: Frame,
  pool: PoolLine,
  { window, bid }: { readonly window: TimeWindow; readonly bid: number },
): readonly Painted[] {
  const isTuning = ui.dialog?.kind === 'bid' && ui.dialog.pool === pool.id;
  if (bid <= 0) return [paintLine(theme, width, [span(' no bid here: new launches are on-demand', 'dim')])];
  const record = recordOfBid(pool.points, bid, window);
  const onDemand = pool.onDemandUsdPerHour ?? 0;
  const share =
    record.meanUsdPerHour === undefined || onDemand === 0 ? undefined : (100 * record.meanUsdPerHour) / onDemand;
  const items = [
    [
      span(format.price(bid), 'strong'),
      span(onDemand > 0 ? `  ${format.percent((100 * bid) / onDemand)} of on-demand` : ''),
    ],
    [
      span(
        `held ${format.percent(record.heldPct)} of the time`,
        record.heldPct < 90 ? ('attention' as const) : ('plain' as const),
      ),
    ],
    [
      span(
        record.crossings === 0
          ? 'never outbid'
          : `outbid ${record.crossings === 1 ? 'once' : `${record.crossings} times`}`,
      ),
    ],
    [span(`would have paid ${format.price(record.meanUsdPerHour)} on average`)],
    share === undefined ? [] : [span(`${format.percent(share)} of on-demand`)],
  ];
  const keys = isTuning
    ? [
        span(' ← →', 'strong'),
        span(' bid   '),
        span('o', 'strong'),
        span(' on-demand price   '),
        span('0-9', 'strong'),
        span(' type it   '),
        span('enter', 'strong'),
        span(' plan…   '),
        span('esc', 'strong'),
        span(' leave   '),
        span('for new launches only', 'dim'),
      ]
    : [
        span(' B', 'strong'),
        span(' tune the bid   '),
        span('what it would have met in the time shown; no promise of what comes', 'dim'),
      ];
  return [paintItems(theme, width, { label: 'Bid', items }), paintLine(theme, width, keys)];
}
