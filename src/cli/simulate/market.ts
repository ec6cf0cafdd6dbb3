import { transferSentence } from '../../engine/decide/transfer.ts';
import { regionOf } from '../../engine/market/parse-on-demand.ts';
import { DAY_MS, HOUR_MS } from '../../engine/model/units.ts';
import {
  jobSlots,
  type MarketSummary,
  type MarketTrial,
  type MarketTrialInput,
  summarizeMarkets,
} from '../../engine/sim/market-trial.ts';
import { safe } from '../../ui/safe-text.ts';
import { compute } from '../compute.ts';
import { CliError, EXIT } from '../exit.ts';
import { realNumber, wholeNumber } from '../numbers.ts';
import { iso, print, printJson, printTable, type TextColumn } from '../output.ts';
import { progressLine } from '../progress.ts';
import { needRoom, type PriceInputs, type PriceOptions, readPriceInputs, withoutOnDemand } from './price-inputs.ts';
import { transferCosts, type TransferOptions } from './transfer-options.ts';

export interface MarketOptions extends PriceOptions, TransferOptions {
  readonly workH: string;
  readonly deadlineH: string;
  readonly jobs: string;
  readonly seed: string;
  readonly home?: string;
  readonly json?: boolean;
}

type Question = Pick<MarketTrialInput, 'workH' | 'deadlineH' | 'jobs' | 'seed' | 'transfer'>;

/** `cbas simulate market`: what jobs with a deadline would have cost, by bid rule, on one market and on several. */
export async function simulateMarket(options: MarketOptions): Promise<number> {
  const question = questionOf(options);
  const inputs = readPriceInputs(options);
  needRoom(inputs, question.deadlineH * HOUR_MS, `a deadline of ${question.deadlineH} h`);
  const tasks = tasksOf(inputs, question, options.home);
  if (tasks.length === 0)
    throw new CliError(
      'no market of the file has an on-demand price: costs are compared with it, and it saves the deadline; give --on-demand FILE that lists these types',
      EXIT.failed,
    );
  const progress = progressLine('markets tried');
  const trials = await compute('market', tasks, { onDone: progress.update }).finally(progress.end);
  const tried = trials.filter(({ jobs }) => jobs > 0);
  if (tried.length === 0)
    throw new CliError('no market has a day of prices before the window: begin it later (--from)', EXIT.failed);
  if (options.json === true) printJson(asJson(inputs, question, tried));
  else printReport(inputs, question, tried);
  return EXIT.done;
}

function questionOf(options: MarketOptions): Question {
  const hours = { min: 1 / 12, max: 720 };
  const workH = realNumber('--work-h', options.workH, hours);
  const deadlineH = realNumber('--deadline-h', options.deadlineH, hours);
  const { workSlots, deadlineSlots } = jobSlots({ workH, deadlineH });
  if (deadlineSlots < workSlots)
    throw new CliError(
      `--deadline-h ${deadlineH} is shorter than the work, ${workH} h: not even on-demand can be in time`,
      EXIT.usage,
    );
  return {
    workH,
    deadlineH,
    jobs: wholeNumber('--jobs', options.jobs, { min: 1, max: 10_000 }),
    seed: wholeNumber('--seed', options.seed, { min: 0, max: 2 ** 32 - 1 }),
    transfer: transferCosts(options),
  };
}

/** A task per market with an on-demand price, in the home region if one is given: it and all others of its type and product. */
function tasksOf(inputs: PriceInputs, question: Question, home: string | undefined): MarketTrialInput[] {
  const { markets, fromMs, toMs, untilMs } = inputs;
  const regions = new Set(markets.map(({ market }) => regionOf(market.zone)));
  if (home !== undefined && !regions.has(home))
    throw new CliError(
      `--home ${safe(home)}: no market of the file is there; regions: ${safe([...regions].sort().join(', '))}`,
      EXIT.notFound,
    );
  return markets.flatMap(({ market, onDemandUsdPerHour }) => {
    if (onDemandUsdPerHour === undefined || (home !== undefined && regionOf(market.zone) !== home)) return [];
    const alike = markets
      .map((other) => other.market)
      .filter((m) => m.type === market.type && m.product === market.product);
    return [{ ...question, markets: alike, home: alike.indexOf(market), onDemandUsdPerHour, fromMs, toMs, untilMs }];
  });
}

function asJson(inputs: PriceInputs, question: Question, trials: readonly MarketTrial[]): object {
  return {
    ...question,
    from: iso(inputs.fromMs),
    to: iso(inputs.toMs),
    homeMarkets: trials.length,
    rules: summarizeMarkets(trials),
    markets: trials.map((trial) => ({
      type: trial.type,
      zone: trial.zone,
      product: trial.product,
      alternatives: trial.alternatives,
      jobs: trial.jobs,
      firstChoice: trial.firstChoice,
      rules: summarizeMarkets([trial]),
    })),
    withoutOnDemand: inputs.markets.filter((m) => m.onDemandUsdPerHour === undefined).length,
  };
}

const COLUMNS: readonly TextColumn<MarketSummary>[] = [
  { title: 'rule', text: ({ rule }) => rule },
  { title: 'cost/od', text: (row) => row.costOverOnDemand.toFixed(3), align: 'right' },
  { title: 'late', text: ({ misses }) => String(misses), align: 'right' },
  { title: 'interr.', text: (row) => row.interruptionsPerJob.toFixed(2), align: 'right' },
  { title: 'moves', text: (row) => row.movesPerJob.toFixed(2), align: 'right' },
  { title: 'regions', text: (row) => row.regionMovesPerJob.toFixed(2), align: 'right' },
  { title: 'od h', text: (row) => row.onDemandHoursPerJob.toFixed(2), align: 'right' },
  { title: 'optimum', text: ({ optimum }) => optimum.toFixed(3), align: 'right' },
  { title: 'floor', text: ({ floor }) => floor.toFixed(3), align: 'right' },
];

function printReport(
  inputs: PriceInputs,
  { workH, deadlineH, transfer }: Question,
  trials: readonly MarketTrial[],
): void {
  const jobs = trials.reduce((sum, trial) => sum + trial.jobs, 0);
  print(
    `${jobs} jobs of ${workH} h with ${deadlineH} h to their deadline, on ${trials.length} markets, ${iso(inputs.fromMs)} to ${iso(inputs.toMs)}.`,
  );
  print(
    'Billed by the second; a restart loses 5 minutes; on-demand saves every deadline. Per job, cost as a share of on-demand:',
  );
  print('');
  const rows = summarizeMarkets(trials);
  const zones = inputs.markets.map(({ market }) => market.zone);
  const isOneRegion = new Set(zones.map(regionOf)).size === 1;
  printTable(isOneRegion ? COLUMNS.filter(({ title }) => title !== 'regions') : COLUMNS, rows);
  print('');
  print(
    '"All markets" are the same type in the other zones of the file. The optimum knows all prices; the floor also restarts for nothing.',
  );
  const [told] = trials.filter(({ firstChoice }) => firstChoice !== undefined);
  const charged = transferSentence(transfer, regionOf(told?.zone ?? zones[0] ?? ''));
  if (charged !== '') print(charged);
  if (told?.firstChoice !== undefined)
    print(`A first choice, for a job at home in ${safe(told.zone)}: ${safe(told.firstChoice)}`);
  const days =
    Math.max(0, inputs.fromMs - Math.min(...inputs.markets.map(({ market }) => market.series.atMs[0] ?? Infinity))) /
    DAY_MS;
  print(`Decisions see earlier prices only, ${days.toFixed(0)} days of them at the window's start. ${verdict(rows)}`);
  const unpriced = withoutOnDemand(
    inputs.markets,
    'left out, for their deadlines could not be saved nor their costs compared',
  );
  if (unpriced !== '') print(unpriced);
}

function verdict(rows: readonly MarketSummary[]): string {
  const best = rows.reduce((least, row) => (row.costOverOnDemand < least.costOverOnDemand ? row : least));
  const above = 100 * (best.costOverOnDemand / best.optimum - 1);
  return `Cheapest: ${best.rule}, ${(100 * best.costOverOnDemand).toFixed(1)} % of on-demand, ${above.toFixed(1)} % above the optimum.`;
}
