import { BidIndex, type BidFigures } from '../../engine/market/bid-index.ts';
import { HOUR_MS } from '../../engine/model/units.ts';
import type { BidReplay } from '../../engine/sim/bid-study.ts';
import { compute } from '../compute.ts';
import { EXIT } from '../exit.ts';
import { printJson } from '../output.ts';
import { progressLine } from '../progress.ts';
import { type BidOptions, type BidQuestion, bidQuestion } from './bid-inputs.ts';
import { type HazardOptions, hazardFor, type KnownHazard } from './hazard-inputs.ts';
import { bidJson, type BidRow, printBids } from './bid-report.ts';

export type { BidOptions } from './bid-inputs.ts';

/** Rows of a table that a person reads; JSON has all breakpoints. */
const ROWS_MAX = 24;
/** Bids per task: enough that copying the prices to a thread does not count, few enough that threads end together. */
const BIDS_PER_TASK = 4;

/** `cbas simulate bid`: what one bid, or every bid, would have done for a job in one market. */
export async function simulateBid(options: BidOptions & HazardOptions): Promise<number> {
  const question = bidQuestion(options);
  const index = new BidIndex(question.market.series, question.window);
  const figures =
    question.bidUsdPerHour === undefined
      ? options.json === true
        ? index.sweep()
        : thinned(index.sweep())
      : [index.at(question.bidUsdPerHour)];
  const known = question.billing.bidBuysSafety ? undefined : await hazardFor(question.market, options);
  const replays = await replayed(question, figures, known);
  const rows = figures.map((one, i): BidRow => ({ figures: one, result: replays[i]! }));
  if (options.json === true) printJson(bidJson(question, rows, known));
  else printBids({ question, known }, rows, index.breakpoints);
  return EXIT.done;
}

async function replayed(
  question: BidQuestion,
  figures: readonly BidFigures[],
  known: KnownHazard | undefined,
): Promise<readonly BidReplay[]> {
  const capacity = known && { perHour: known.hazard.perHour, outageMs: known.hazard.outageH * HOUR_MS };
  const { market, window, billing, deadlineMs, ...job } = question;
  const bids = figures.map((one) => one.bidUsdPerHour);
  const tasks = Array.from({ length: Math.ceil(bids.length / BIDS_PER_TASK) }, (_, i) => ({
    ...job,
    series: market.series,
    bids: bids.slice(i * BIDS_PER_TASK, (i + 1) * BIDS_PER_TASK),
    billing: billing.name,
    deadlineMs,
    fromMs: window.fromMs,
    toMs: window.toMs - deadlineMs,
    untilMs: window.toMs,
    capacity,
  }));
  const progress = progressLine(`bids, ${BIDS_PER_TASK} at a time`);
  try {
    return (await compute('bids', tasks, { onDone: progress.update })).flat();
  } finally {
    progress.end();
  }
}

/** Breakpoints evenly over the sweep, the lowest and the highest among them. */
function thinned(sweep: readonly BidFigures[]): readonly BidFigures[] {
  if (sweep.length <= ROWS_MAX) return sweep;
  return Array.from({ length: ROWS_MAX }, (_, i) => sweep[Math.round((i * (sweep.length - 1)) / (ROWS_MAX - 1))]!);
}
