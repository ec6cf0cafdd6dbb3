import {
  calibrationGap,
  GUARANTEE_METHODS,
  type GuaranteeSummary,
  type GuaranteeTrial,
  summarize,
} from '../../engine/sim/guarantee-trial.ts';
import { HOUR_MS } from '../../engine/model/units.ts';
import { compute } from '../compute.ts';
import { CliError, EXIT } from '../exit.ts';
import { realNumber, wholeNumber } from '../numbers.ts';
import { iso, print, printJson, printTable, type TextColumn } from '../output.ts';
import { progressLine } from '../progress.ts';
import { needRoom, type PriceInputs, type PriceOptions, readPriceInputs, withoutOnDemand } from './price-inputs.ts';

export interface GuaranteeOptions extends PriceOptions {
  readonly durationH: string;
  readonly target: string;
  readonly instants: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** `cbas simulate guarantee`: how often bids that promised to last did last, and how high they were. */
export async function simulateGuarantee(options: GuaranteeOptions): Promise<number> {
  const hours = realNumber('--duration-h', options.durationH, { min: 0.5, max: 240 });
  const target = realNumber('--target', options.target, { min: 0.5, max: 0.999 });
  const instants = wholeNumber('--instants', options.instants, { min: 1, max: 100_000 });
  const seed = wholeNumber('--seed', options.seed, { min: 0, max: 2 ** 32 - 1 });
  const inputs = readPriceInputs(options);
  needRoom(inputs, hours * HOUR_MS, `a guarantee of ${hours} h`);
  const trials = await runTrials(inputs, { hours, target, instants, seed });
  const decided = trials.filter(({ scores }) => scores.ours.decided + scores.ours.notGuaranteed > 0);
  if (decided.length === 0)
    throw new CliError('no market of the file has a price in the window: move it with --from and --to', EXIT.failed);
  const report = { question: { hours, target, instants, seed }, inputs, trials: decided };
  if (options.json === true) printJson(asJson(report));
  else printReport(report);
  return EXIT.done;
}

interface Question {
  readonly hours: number;
  readonly target: number;
  readonly instants: number;
  readonly seed: number;
}

interface Report {
  readonly question: Question;
  readonly inputs: PriceInputs;
  readonly trials: readonly GuaranteeTrial[];
}

async function runTrials({ markets, ...window }: PriceInputs, question: Question): Promise<readonly GuaranteeTrial[]> {
  const progress = progressLine('markets decided');
  const tasks = markets.map((market) => ({ ...market, ...window, ...question }));
  try {
    return await compute('guarantee', tasks, { onDone: progress.update });
  } finally {
    progress.end();
  }
}

function asJson({ question, inputs, trials }: Report): object {
  return {
    ...question,
    from: iso(inputs.fromMs),
    to: iso(inputs.toMs),
    methods: GUARANTEE_METHODS.map((method) => summarize(trials, method, question.target)),
    calibration: calibrationGap(trials),
    markets: trials.map((trial) => ({
      type: trial.type,
      zone: trial.zone,
      product: trial.product,
      onDemandKnown: trial.onDemandKnown,
      methods: GUARANTEE_METHODS.map((method) => summarize([trial], method, question.target)),
    })),
    withoutOnDemand: inputs.markets.filter((m) => m.onDemandUsdPerHour === undefined).length,
    marketsWithoutPriceInWindow: inputs.markets.length - trials.length,
  };
}

const SUMMARY: readonly TextColumn<GuaranteeSummary>[] = [
  { title: 'method', text: ({ method }) => method },
  { title: 'lasted', text: ({ coverage }) => share(coverage), align: 'right' },
  { title: 'bid / od', text: ({ bidOverOnDemand }) => times(bidOverOnDemand), align: 'right' },
  { title: 'markets rejected', text: (row) => `${row.marketsRejected} of ${row.markets}`, align: 'right' },
  { title: 'not guaranteed', text: (row) => `${row.notGuaranteedPct.toFixed(1)} %`, align: 'right' },
];

interface MarketRow {
  readonly trial: GuaranteeTrial;
  readonly target: number;
}

const MARKETS: readonly TextColumn<MarketRow>[] = [
  {
    title: 'market',
    text: ({ trial }) => `${trial.type}/${trial.zone}${trial.product === 'Windows' ? ' Windows' : ''}`,
  },
  ...GUARANTEE_METHODS.map((method): TextColumn<MarketRow> => ({
    title: method,
    text: ({ trial, target }) => {
      const { coverage, bidOverOnDemand } = summarize([trial], method, target);
      return `${share(coverage)} ${times(bidOverOnDemand)}`;
    },
    align: 'right',
  })),
  { title: 'not guaranteed', text: ({ trial: { scores } }) => String(scores.ours.notGuaranteed), align: 'right' },
];

function printReport({ question: { hours, target, instants }, inputs, trials }: Report): void {
  print(
    `Bids to last ${hours} h with probability ${target}, at ${instants} instants a market, ${iso(inputs.fromMs)} to ${iso(inputs.toMs)}.`,
  );
  print(
    'A bid lasts when the price stays at or below it for the whole time. Lasted, and bid over on-demand, of each method:',
  );
  print('');
  printTable(
    MARKETS,
    trials.map((trial) => ({ trial, target })),
  );
  print('');
  const rows = GUARANTEE_METHODS.map((method) => summarize(trials, method, target));
  printTable(SUMMARY, rows);
  print('');
  const { gap, brier, predictions } = calibrationGap(trials);
  print(
    `Probabilities of lasting were off by ${gap.toFixed(3)} on average over ${predictions} predictions (Brier score ${brier.toFixed(3)}).`,
  );
  const [ours] = rows;
  if (ours !== undefined) print(verdict(ours, target));
  const unpriced = withoutOnDemand(
    inputs.markets,
    'their bids are not capped, and left out of the comparison with on-demand',
  );
  if (unpriced !== '') print(unpriced);
}

function verdict({ coverage, marketsRejected, markets, notGuaranteedPct }: GuaranteeSummary, target: number): string {
  if (coverage === null)
    return 'No bid was guaranteed: the history before the window is too short; begin later (--from).';
  const kept = coverage >= target ? 'kept' : 'missed';
  const refused =
    notGuaranteedPct > 0 ? `; for ${notGuaranteedPct.toFixed(1)} % of the instants no bid was promised` : '';
  return `The promise of ${target} was ${kept}: ${share(coverage)} lasted, and the test rejects ${marketsRejected} of ${markets} markets${refused}.`;
}

function share(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

function times(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(2)}x`;
}
