import { billingAt } from '../../engine/market/billing.ts';
import type { BillingName } from '../../engine/market/billing-model.ts';
import type { RecordedMarket } from '../../engine/market/recorded-market.ts';
import { HOUR_MS } from '../../engine/model/units.ts';
import {
  aboveOptPct,
  type CheckpointStudy,
  type MarketCheckpoints,
  pooled,
  type PolicyRow,
} from '../../engine/sim/checkpoint-study.ts';
import { compute } from '../compute.ts';
import { CliError, EXIT } from '../exit.ts';
import { realNumber, wholeNumber } from '../numbers.ts';
import { iso, print, printJson, printTable, type TextColumn } from '../output.ts';
import { progressLine } from '../progress.ts';
import { chosenMarkets, type MarketFilter, type TimeWindow, windowIn } from './market-window.ts';

export interface CheckpointsOptions extends MarketFilter {
  readonly quantile: string;
  readonly workH: string;
  readonly checkpointS: string;
  readonly noticeCheckpointS: string;
  readonly restartS: string;
  readonly starts: string;
  readonly from?: string;
  readonly to?: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** A job needs several times its work at a low bid; starts end this many times the work before the record does. */
const ROOM = 6;

interface Run {
  readonly billing: BillingName;
  readonly checkpointMs: number;
  readonly markets: readonly MarketCheckpoints[];
}

/** `cbas simulate checkpoints`: each policy's bill above that of one who knows every interruption in advance. */
export async function simulateCheckpoints(options: CheckpointsOptions): Promise<number> {
  const job = {
    quantile: realNumber('--quantile', options.quantile, { min: 0, max: 1 }),
    workMs: Math.round(realNumber('--work-h', options.workH, { min: 0.1, max: 200 }) * HOUR_MS),
    restartMs: 1000 * realNumber('--restart-s', options.restartS, { min: 0, max: 86_400 }),
    starts: wholeNumber('--starts', options.starts, { min: 1, max: 100_000 }),
    seed: wholeNumber('--seed', options.seed, { min: 0, max: 2 ** 32 - 1 }),
  };
  const checkpointMs = 1000 * realNumber('--checkpoint-s', options.checkpointS, { min: 1, max: 86_400 });
  const noticeCheckpointMs =
    1000 * realNumber('--notice-checkpoint-s', options.noticeCheckpointS, { min: 1, max: 86_400 });
  const markets = chosenMarkets(options);
  const windows = studied(markets, options, job.workMs);
  const atTheTime = billingAt(Math.max(...windows.map(({ toMs }) => toMs))).name;
  const kinds = [
    ...(atTheTime === 'modern' ? [] : [{ billing: atTheTime, checkpointMs }]),
    { billing: 'modern' as const, checkpointMs: noticeCheckpointMs },
  ];
  const studies = kinds.flatMap((kind) => windows.map((window): CheckpointStudy => ({ ...job, ...kind, ...window })));
  const results = await run(studies);
  const runs = kinds.map((kind, at): Run => ({ ...kind, markets: results.slice(at * windows.length, (at + 1) * windows.length) })); // prettier-ignore
  if (runs.every((one) => one.markets.every(({ starts }) => starts === 0)))
    throw new CliError('no job finished within the record from any start: give longer prices, less work or a higher --quantile', EXIT.failed); // prettier-ignore
  if (options.json === true) printJson(asJson(job, runs, markets.length - windows.length));
  else printRuns(job.quantile, runs, markets.length - windows.length);
  return EXIT.done;
}

/** Markets in which a start fits the window, with the part of it that starts lie in. */
function studied(
  markets: readonly RecordedMarket[],
  options: CheckpointsOptions,
  workMs: number,
): (TimeWindow & { market: RecordedMarket })[] {
  // prettier-ignore
  const record = {
    fromMs: Math.min(...markets.map(({ series }) => series.atMs[0]!)),
    toMs: Math.max(...markets.map(({ series }) => series.atMs.at(-1)!)),
  };
  const window = windowIn(record, options);
  const found = markets.flatMap((market) => {
    const fromMs = Math.max(window.fromMs, market.series.atMs[0]!);
    const toMs = Math.min(window.toMs, market.series.atMs.at(-1)! - ROOM * workMs);
    return toMs > fromMs ? [{ market, fromMs, toMs }] : [];
  });
  if (found.length > 0) return found;
  const hours = ((ROOM * workMs) / HOUR_MS).toFixed(0);
  throw new CliError(`no market has ${hours} h of prices after ${iso(window.fromMs)}, which jobs of this length need: begin earlier (--from) or give more prices`, EXIT.failed); // prettier-ignore
}

async function run(studies: readonly CheckpointStudy[]): Promise<readonly MarketCheckpoints[]> {
  const progress = progressLine('markets');
  try {
    return await compute('checkpoints', studies, { onDone: progress.update });
  } finally {
    progress.end();
  }
}

function asJson(job: object, runs: readonly Run[], tooShort: number): object {
  return {
    ...job,
    marketsTooShort: tooShort,
    runs: runs.map(({ billing, checkpointMs, markets }) => ({
      billing,
      checkpointS: checkpointMs / 1000,
      starts: markets.reduce((sum, market) => sum + market.starts, 0),
      dropped: markets.reduce((sum, market) => sum + market.dropped, 0),
      policies: pooled(markets),
      markets: markets.map(({ policies, ...market }) => ({
        ...market,
        policies: policies.map((one) => ({ ...one, aboveOptPct: market.starts === 0 ? null : aboveOptPct({ ...market, policies }, one.name) })), // prettier-ignore
      })),
    })),
  };
}

const POLICIES: readonly TextColumn<PolicyRow>[] = [
  { title: 'policy', text: ({ policy }) => policy },
  { title: 'above best', text: ({ aboveOptPct: pct }) => `${pct.toFixed(2)}%`, align: 'right' },
  { title: 'median market', text: ({ medianAboveOptPct: pct }) => `${pct.toFixed(2)}%`, align: 'right' },
  { title: 'checkpoints', text: ({ checkpoints }) => checkpoints.toFixed(1), align: 'right' },
  { title: 'interruptions', text: ({ interruptions }) => interruptions.toFixed(2), align: 'right' },
  { title: 'lost h', text: ({ lostH }) => lostH.toFixed(2), align: 'right' },
];

function printRuns(quantile: number, runs: readonly Run[], tooShort: number): void {
  for (const { billing, checkpointMs, markets } of runs) {
    const rows = pooled(markets);
    const starts = markets.reduce((sum, market) => sum + market.starts, 0);
    const dropped = markets.reduce((sum, market) => sum + market.dropped, 0);
    print(`Billing ${billing}, checkpoints of ${checkpointMs / 1000} s, bid at the ${quantile} quantile of each market: ${markets.length} markets, ${starts} starts.`); // prettier-ignore
    if (dropped > 0) print(`${dropped} starts count for no policy: a job did not finish before the prices end.`);
    print('');
    printTable(
      marketColumns(rows),
      markets.filter((market) => market.starts > 0),
    );
    print('');
    printTable(POLICIES, rows);
    print('');
    const [best] = rows.filter(({ policy }) => policy !== 'opt').sort((a, b) => a.aboveOptPct - b.aboveOptPct);
    if (best !== undefined) print(`Least: ${best.policy}, ${best.aboveOptPct.toFixed(1)}% above what knowing every interruption in advance would cost.\n`); // prettier-ignore
  }
  if (tooShort > 0) print(`${tooShort} markets left out: their prices are too few for a job of this length.`);
}

function marketColumns(rows: readonly PolicyRow[]): readonly TextColumn<MarketCheckpoints>[] {
  return [
    {
      title: 'market',
      text: ({ type, zone, product }) => `${type}/${zone}${product.startsWith('Linux') ? '' : ` ${product}`}`,
    },
    { title: 'bid', text: ({ bidUsdPerHour }) => bidUsdPerHour.toFixed(4), align: 'right' },
    ...rows
      .filter(({ policy }) => policy !== 'opt')
      .map(({ policy }): TextColumn<MarketCheckpoints> => ({
        title: policy,
        text: (market) => `${aboveOptPct(market, policy).toFixed(1)}%`,
        align: 'right',
      })),
  ];
}
