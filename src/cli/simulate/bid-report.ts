import type { BidFigures } from '../../engine/market/bid-index.ts';
import { HOUR_MS } from '../../engine/model/units.ts';
import type { BidReplay } from '../../engine/sim/bid-study.ts';
import type { Spread } from '../../engine/sim/replay-many.ts';
import { safe } from '../../ui/safe-text.ts';
import { iso, print, printTable, type TextColumn } from '../output.ts';
import type { BidQuestion } from './bid-inputs.ts';
import type { KnownHazard } from './hazard-inputs.ts';

export interface BidRow {
  readonly figures: BidFigures;
  readonly result: BidReplay;
}

/** Shares of deadlines kept that an operator asks for. */
const WANTED = [0.95, 0.99];

export function bidJson(question: BidQuestion, rows: readonly BidRow[], known?: KnownHazard): object {
  const { market, window, billing } = question;
  return {
    market: { type: market.type, zone: market.zone, product: market.product, points: market.series.atMs.length },
    window: { from: iso(window.fromMs), to: iso(window.toMs) },
    billing: { name: billing.name, rule: billing.rule, chosen: question.billingAsked ? 'asked for' : 'in force at the time', bidBuysSafety: billing.bidBuysSafety }, // prettier-ignore
    job: {
      workH: question.workMs / HOUR_MS,
      deadlineH: question.deadlineMs / HOUR_MS,
      checkpointS: question.checkpointMs / 1000,
      restartS: question.restartMs / 1000,
      onDemandUsdPerHour: question.onDemandUsdPerHour ?? null,
      checkpoint: question.checkpoint,
    },
    // Undefined: the price alone decides who is taken back.
    hazard: known === undefined ? null : { ...known.hazard, recordOf: known.from, seldomest: known.seldomest ?? null },
    starts: question.starts,
    seed: question.seed,
    bids: rows.map(({ figures, result }) => ({
      bidUsdPerHour: figures.bidUsdPerHour,
      availability: figures.availability,
      meanPaidUsdPerHour: Number.isNaN(figures.meanPaidUsdPerHour) ? null : figures.meanPaidUsdPerHour,
      interruptions: figures.interruptions,
      longestUpH: figures.longestUpMs / HOUR_MS,
      medianUpH: figures.medianUpMs / HOUR_MS,
      checkpoint: result.policy,
      replay: result.replay,
      optimalUsd: result.optimalUsd,
      aboveOptimalPct: aboveOptimalPct(result),
      alternatives: result.alternatives,
    })),
    cheapest: WANTED.map((share) => ({ deadlinesKept: share, bidUsdPerHour: cheapest(rows, share)?.figures.bidUsdPerHour ?? null })), // prettier-ignore
    notes: notes(question),
  };
}

function aboveOptimalPct({ replay, optimalUsd }: BidReplay): number | null {
  return optimalUsd > 0 ? 100 * (replay.costUsd.mean / optimalUsd - 1) : null;
}

const COLUMNS: readonly TextColumn<BidRow>[] = [
  { title: 'bid $/h', text: ({ figures }) => figures.bidUsdPerHour.toFixed(4), align: 'right' },
  { title: 'up', text: ({ figures }) => pct(figures.availability), align: 'right' },
  { title: 'paid $/h', text: ({ figures }) => usd(figures.meanPaidUsdPerHour), align: 'right' },
  { title: 'interrupted', text: ({ figures }) => String(figures.interruptions), align: 'right' },
  { title: 'median up h', text: ({ figures }) => (figures.medianUpMs / HOUR_MS).toFixed(1), align: 'right' },
  { title: 'longest', text: ({ figures }) => (figures.longestUpMs / HOUR_MS).toFixed(0), align: 'right' },
  { title: '| cost $', text: ({ result }) => usd(result.replay.costUsd.median), align: 'right' },
  { title: 'p5-p95', text: ({ result }) => range(result.replay.costUsd, 3), align: 'right' },
  { title: 'hours', text: ({ result }) => result.replay.makespanH.median.toFixed(1), align: 'right' },
  { title: 'p5-p95', text: ({ result }) => range(result.replay.makespanH, 1), align: 'right' },
  { title: 'interr./job', text: ({ result }) => result.replay.interruptions.mean.toFixed(2), align: 'right' },
  { title: 'lost h', text: ({ result }) => result.replay.lostH.mean.toFixed(2), align: 'right' },
  { title: 'missed', text: ({ result }) => pct(result.replay.missed.share), align: 'right' },
  { title: 'over best', text: ({ result }) => overBest(result), align: 'right' },
];

export function printBids(
  { question, known }: { question: BidQuestion; known: KnownHazard | undefined },
  rows: readonly BidRow[],
  breakpoints: Float64Array,
): void {
  const { market, window, workMs, deadlineMs, starts } = question;
  print(
    `${safe(market.type)}/${safe(market.zone)} ${safe(market.product)}, ${iso(window.fromMs)} to ${iso(window.toMs)}: ` +
      `${workMs / HOUR_MS} h of work within ${deadlineMs / HOUR_MS} h, from ${starts} starts.`,
  );
  for (const line of [...notes(question), ...(known === undefined ? [] : hazardLines(known, workMs))]) print(line);
  print('');
  printTable(COLUMNS, rows);
  print('');
  for (const line of sentences(question, rows, breakpoints)) print(line);
}

function notes({ billing, billingAsked, onDemandUsdPerHour }: BidQuestion): readonly string[] {
  const why = billingAsked ? 'as asked for' : 'in force at the time of these prices';
  const lines = [`Billing ${billing.name}, ${why}: ${billing.rule}.`];
  if (!billing.bidBuysSafety)
    lines.push(
      'A higher max price buys no safety: Amazon takes instances back for capacity, at any price, and prices do not show it. ' +
        'What does: more frequent checkpoints, a market that is seldom taken back, and a spread over several.',
    );
  lines.push(
    onDemandUsdPerHour === undefined
      ? 'Without --on-demand a job waits for the market, and may miss its deadline.'
      : `At the last moment a job goes on-demand at ${onDemandUsdPerHour} $/h.`,
  );
  return lines;
}

function hazardLines({ hazard, from, seldomest }: KnownHazard, workMs: number): readonly string[] {
  const through = (perHour: number): string => pct(Math.exp((-perHour * workMs) / HOUR_MS));
  const lines = [
    `${safe(hazard.sentence)} Source: ${hazard.source}${from === 'no deployment' ? ' (no deployment runs here; --interruptions FILE gives a record)' : `, ${from}`}.`,
    `By that ${workMs / HOUR_MS} h pass without an interruption with ${through(hazard.perHour)} (${through(hazard.high)} to ${through(hazard.low)}), whatever the max price.`,
  ];
  if (seldomest !== undefined)
    lines.push(
      `Of the markets of the record ${safe(seldomest.market)} is taken back least, 1 in ${Math.round(1 / seldomest.perHour)} h: there it is ${through(seldomest.perHour)}.`,
    );
  return lines;
}

function sentences(question: BidQuestion, rows: readonly BidRow[], breakpoints: Float64Array): readonly string[] {
  const lines: string[] = [];
  const [row] = rows;
  const [lowest] = breakpoints;
  if (row !== undefined && rows.length === 1) {
    const { missed, uninterrupted, costUsd } = row.result.replay;
    if (lowest !== undefined && row.figures.bidUsdPerHour < lowest)
      lines.push(`This bid is below the lowest price of the window, ${lowest}: it would never have run.`);
    lines.push(
      `Checkpoints: ${row.result.policy}${question.checkpoint === 'auto' ? ', the cheapest of those tried' : ''}. ` +
        `Ran through uninterrupted: ${pct(uninterrupted.share)} (95 % interval ${pct(uninterrupted.interval.low)} to ${pct(uninterrupted.interval.high)}).`,
      `Deadlines missed: ${pct(missed.share)} (${pct(missed.interval.low)} to ${pct(missed.interval.high)}; ${starts(missed.effectiveStarts)}). ` +
        `Mean cost ${usd(costUsd.mean)} $ (${usd(costUsd.meanInterval.low)} to ${usd(costUsd.meanInterval.high)}).`,
    );
    return lines;
  }
  for (const share of WANTED) {
    const found = cheapest(rows, share);
    lines.push(
      found === undefined
        ? `No bid here kept ${pct(share)} of the deadlines${question.onDemandUsdPerHour === undefined ? '; --on-demand gives a net' : ''}.`
        : `Cheapest that kept ${pct(share)} of the deadlines: ${found.figures.bidUsdPerHour} $/h, mean cost ${usd(found.result.replay.costUsd.mean)} $.`,
    );
  }
  if (breakpoints.length > rows.length)
    lines.push(`${rows.length} of ${breakpoints.length} prices at which anything changes; --json has all.`);
  return lines;
}

function cheapest(rows: readonly BidRow[], kept: number): BidRow | undefined {
  const safeRows = rows.filter(
    ({ result }) => 1 - result.replay.missed.share >= kept && result.replay.unfinished === 0,
  );
  const cost = ({ result }: BidRow): number => result.replay.costUsd.mean;
  return safeRows.reduce<BidRow | undefined>((a, b) => (a === undefined || cost(b) < cost(a) ? b : a), undefined);
}

function overBest(result: BidReplay): string {
  const above = aboveOptimalPct(result);
  return above === null ? '-' : `${above < 0 ? '' : '+'}${above.toFixed(1)}%`;
}

const starts = (worth: number): string => `overlapping starts, worth ${worth.toFixed(0)} independent ones`;
const pct = (share: number): string => `${(100 * share).toFixed(1)}%`;
const usd = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(4));
const range = ({ p5, p95 }: Spread, digits: number): string => `${p5.toFixed(digits)}-${p95.toFixed(digits)}`;
