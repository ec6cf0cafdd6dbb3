import { chartSeries, type PoolLine, SPARK_SPAN_MS } from '../../engine/select/market.ts';
import { recentWindow, recordOfBid } from '../../engine/select/price.ts';
import { CHART_LEAD, type ChartLevel, drawChart, isFar } from '../components/chart.ts';
import { paintItems } from '../components/flow.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintEnds, paintLine, span } from '../line.ts';
import { current } from '../list.ts';
import { withParts } from '../cells.ts';
import type { ScreenSpec } from '../screen-spec.ts';
import { drawTable, shownRows, tableList, tableParts } from '../table-screen.ts';
import { deniedLine } from '../components/denied-line.ts';
import { marketWhy } from './market-why.ts';
import { POOL_TABLE } from './pool-table.ts';
import { drawTuner } from './tuner.ts';

/** The list of pools takes at most this many rows; the chart gets the rest. */
const LIST_ROWS_MAX = 8;
/** The two lines about a bid. */
const RECORD_ROWS = 2;
/** Title and axis, and those. */
const CHART_CHROME_ROWS = 2 + RECORD_ROWS;
/** Below this a chart says nothing. */
const CHART_ROWS_MIN = 4;
const CHART_ROWS_MAX = 18;

/** Pools above, and of the one under the cursor its price against the bid. While a bid is tuned, the tuner has it all. */
function drawMarket(frame: Frame, fullHeight: number): readonly Painted[] {
  const denied = deniedLine(frame, 'prices');
  return [...drawPools(frame, fullHeight - denied.length), ...denied];
}

function drawPools(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, ui } = frame;
  const list = tableList(POOL_TABLE, snapshot, ui);
  const lines = shownRows(POOL_TABLE, snapshot, ui);
  if (ui.dialog?.kind === 'bid') {
    const { dialog } = ui;
    const tuned = lines.find((line) => line.id === dialog.pool);
    if (tuned !== undefined)
      return drawTuner(frame, { pool: tuned, dialog, height }, (rows) => drawPrices(frame, tuned, rows));
  }
  const spare = height - 1 - CHART_CHROME_ROWS - CHART_ROWS_MIN - 1;
  const hasChart = spare >= 1 && list.length > 0;
  const rows = hasChart ? Math.min(list.length, LIST_ROWS_MAX, spare) : height - 1;
  const isAll = ui.filters.market === '' && !ui.faultsOnly.market;
  const none = ui.filters.market === '' ? 'no pool refuses or is priced out' : 'no pool matches the filter';
  const empty = isAll ? 'no pools are set' : `${none}; esc shows all`;
  const table = drawTable(POOL_TABLE, frame, { height: rows + 1, empty });
  const { id } = current(list, ui.cursors.market);
  const pool = hasChart ? lines.find((line) => line.id === id) : undefined;
  if (pool === undefined) return table;
  const left = height - table.length - 1;
  return [...table, BLANK, ...drawPrices(frame, pool, left - RECORD_ROWS), ...drawRecord(frame, pool)];
}

export const MARKET: ScreenSpec = {
  ...tableParts(POOL_TABLE),
  pageRows: (_, bodyRows) => Math.max(1, Math.min(LIST_ROWS_MAX, bodyRows - 1)),
  headRows: () => 1,
  draw: drawMarket,
  links: (_, id) => [
    { screen: 'workers', id: '', filter: `pool:${id}`, label: 'its workers' },
    { screen: 'capacity', id, label: 'its capacity' },
  ],
  why: marketWhy,
  describe: ({ snapshot }, id) => withParts(snapshot.settings.pools.find((pool) => pool.id === id), { decision: snapshot.decisions[`capacity:${id}`] }), // prettier-ignore
  hasMarks: false,
};

/** The bid that the chart shows: the one being tuned, or the one in force. */
function bidShown({ ui }: Frame, pool: PoolLine): number {
  const { dialog } = ui;
  return dialog?.kind === 'bid' && dialog.pool === pool.id ? dialog.bidUsdPerHour : (pool.bidUsdPerHour ?? 0);
}

/** The last day's prices in `height` rows, the bid across them. */
function drawPrices(frame: Frame, pool: PoolLine, height: number): readonly Painted[] {
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
  const rows = Math.max(CHART_ROWS_MIN, Math.min(CHART_ROWS_MAX, height - 2));
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
  ];
}

function drawRecord({ theme, width, now }: Frame, pool: PoolLine): readonly Painted[] {
  const window = recentWindow(pool.points, now, SPARK_SPAN_MS);
  const bid = pool.bidUsdPerHour ?? 0;
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
  const keys = [
    span(' B', 'strong'),
    span(' tune the bid   '),
    span('what it would have met in the time shown; no promise of what comes', 'dim'),
  ];
  return [paintItems(theme, width, { label: 'Bid', items }), paintLine(theme, width, keys)];
}
