import { indexAt, pointsOf, type PriceSeries } from '../../engine/market/price-series.ts';
import type { UsdPerHour } from '../../engine/model/units.ts';
import { CHART_LEAD, drawChart } from '../../ui/components/chart.ts';
import { duration, percent, price } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import { makeTheme } from '../../ui/theme.ts';
import { CliError, EXIT } from '../exit.ts';
import { iso, print, printJson } from '../output.ts';
import { terminalAbilities } from '../terminal.ts';
import { figuresJson, type MarketFigures, recordedFigures, type RecordedOptions } from './list.ts';

const ROWS = 12;
/** In a pipe; a terminal's own width is taken where there is one. */
const COLUMNS = 80;
const COLUMNS_MIN = 40;
const LEVEL = 'on-demand';
const LISTED_MAX = 40;

/** `cbas prices chart`: one market's prices over time, and the same in a sentence. */
export function chartRecorded(options: RecordedOptions): number {
  const [figures, ...others] = recordedFigures(options);
  if (figures === undefined || others.length > 0) throw severalMarkets([...(figures ? [figures] : []), ...others]);
  const { series } = figures.market;
  if (options.json === true) {
    const points = pointsOf(series).map(({ atMs, usdPerHour }) => ({ at: iso(atMs), usdPerHour }));
    printJson({ ...figuresJson(figures), points });
    return EXIT.done;
  }
  const columns = Math.max(COLUMNS_MIN, (process.stdout.isTTY && process.stdout.columns) || COLUMNS);
  const { onDemandUsdPerHour: value } = figures;
  // Without tones: what is printed carries no escapes.
  const theme = makeTheme({ color: false, ascii: terminalAbilities(process.env, process).ascii });
  const levels = value === undefined ? [] : [{ name: LEVEL, value, tone: 'plain' as const }];
  // The level's name stands behind the curve.
  const width = columns - CHART_LEAD - (levels.length > 0 ? LEVEL.length + 1 : 0);
  for (const line of drawChart(theme, highest(series, width), { rows: ROWS, columns, levels })) print(line.trimEnd());
  const [from, to] = [figures.fromMs, figures.toMs].map((at) => iso(at)?.slice(0, 10) ?? '');
  print(`${' '.repeat(CHART_LEAD)}${from}${String(to).padStart(width - 10)}`);
  print(sentence(figures));
  return EXIT.done;
}

function severalMarkets(markets: readonly MarketFigures[]): CliError {
  const names = markets.map(({ market }) => `${market.type}/${market.zone} ${market.product}`).sort();
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : '';
  return new CliError(
    `a chart is of one market; say which with --type, --zone and --product: ${safe(names.slice(0, LISTED_MAX).join(', '))}${more}`,
    EXIT.usage,
  );
}

/** The highest price in force in each of so many equal parts of the record: a peak is never between two columns. */
function highest(series: PriceSeries, parts: number): readonly UsdPerHour[] {
  const { atMs, usdPerHour } = series;
  const fromMs = atMs[0] ?? 0;
  const stepMs = ((atMs.at(-1) ?? fromMs) - fromMs) / parts;
  return Array.from({ length: parts }, (_, part) => {
    const first = Math.max(0, indexAt(series, fromMs + part * stepMs));
    const last = part === parts - 1 ? atMs.length - 1 : indexAt(series, fromMs + (part + 1) * stepMs);
    let most = 0;
    for (let at = first; at <= last; at++) most = Math.max(most, usdPerHour[at] ?? 0);
    return most;
  });
}

/** What the chart shows, for who cannot see it. */
function sentence({ market, fromMs, toMs, ...figures }: MarketFigures): string {
  const { atMs, usdPerHour } = market.series;
  const most = usdPerHour.indexOf(usdPerHour.reduce((top, usd) => Math.max(top, usd), 0));
  const least = usdPerHour.reduce((low, usd) => Math.min(low, usd), Infinity);
  const { onDemandUsdPerHour, aboveOnDemandPct } = figures;
  const above =
    onDemandUsdPerHour === undefined
      ? ''
      : ` It was above the on-demand price of ${price(onDemandUsdPerHour)} for ${percent(aboveOnDemandPct)} of the time.`;
  return safe(
    `${market.type} in ${market.zone}, ${market.product}: ${figures.points} prices in ${duration(toMs - fromMs)}. ` +
      `The last is ${price(figures.nowUsdPerHour)} dollars an hour, the median ${price(figures.medianUsdPerHour)}, 95 % of the time ` +
      `at or below ${price(figures.p95UsdPerHour)}; the lowest ${price(least)}, the highest ${price(usdPerHour[most])} on ${iso(atMs[most] ?? 0)}.${above}`,
  );
}
