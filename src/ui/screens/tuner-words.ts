import type { Tuner, TunerAnswer } from '../../engine/model/tuner.ts';
import { paintItems } from '../components/flow.ts';
import type { Dialog } from '../dialog.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, paintLine, type Span, span } from '../line.ts';

type BidDialog = Extract<Dialog, { kind: 'bid' }>;

const POLICY_WORDS: Readonly<Record<BidDialog['policy'], string>> = {
  young: 'checkpoints at the best interval',
  hour: 'a checkpoint each hour',
  none: 'no checkpoints',
};

/** Further off a time of day would not say which day. */
const DAY_TOLD_MS = 20 * 3_600_000;

/** What a bid means, in words: how safe it is, what it costs, and when the work would be done. */
export function wordLines(
  { theme, width, now }: Frame,
  { answer, tuner, dialog }: { answer: TunerAnswer; tuner: Tuner; dialog: BidDialog },
): readonly Painted[] {
  const { replayed, shareOfOnDemand, meetsDeadline, availability } = answer;
  const { eta } = replayed;
  const typed = dialog.typed === '' ? [] : [span(`  typed ${dialog.typed}`, 'dim')];
  if (availability === 0)
    return [
      paintItems(theme, width, {
        label: tuner.axis,
        items: [
          [span(format.price(answer.bidUsdPerHour), 'strong'), ...typed],
          [span('the price was never so low: nothing would have run', 'attention')],
        ],
      }),
    ];
  const safe = safeSpans(tuner, answer);
  const clock = (ms: number): string =>
    never(ms) ? 'later than known' : ms > DAY_TOLD_MS ? `in ${format.duration(ms)}` : format.clockMinute(now + ms);
  return [
    paintItems(theme, width, {
      label: tuner.axis,
      items: [
        [span(format.price(answer.bidUsdPerHour), 'strong'), ...typed],
        tuner.axis === 'max price' && availability > 0 ? [] : safe,
        [span(`taken back ${replayed.interruptions.toFixed(1)} times`)],
        [span(`price at or below it ${format.percent(100 * availability)} of the time`)],
      ],
    }),
    paintItems(theme, width, {
      label: 'costs',
      items: [
        [span(usd(replayed.medianUsd), 'strong'), span(` (${usd(replayed.p5Usd)} to ${usd(replayed.p95Usd)})`)],
        [span(`${format.percent(100 * shareOfOnDemand)} of on-demand`)],
        [span(`done by ${clock(eta.p50Ms)}`)],
        [span(`95%: ${clock(eta.p95Ms)}`, meetsDeadline ? 'plain' : 'attention')],
        [
          span(
            `deadline kept ${format.percent(100 * (1 - replayed.missed))}`,
            replayed.missed > 0.05 ? 'attention' : 'plain',
          ),
        ],
      ],
    }),
    paintLine(theme, width, [span(`           with ${POLICY_WORDS[dialog.policy]}`, 'dim')]),
  ];
}

/** A bid below the price gets no instance that could be taken. */
function safeSpans(tuner: Tuner, { bidUsdPerHour, noInterruption }: TunerAnswer): readonly Span[] {
  const priceNow = tuner.marks.find(({ rule }) => rule === 'now')?.bidUsdPerHour ?? 0;
  if (bidUsdPerHour < priceNow) return [span(`waits: the price is ${format.price(priceNow)}`, 'attention')];
  if (noInterruption === undefined) return [span('not known yet', 'dim')];
  const { probability, atLeast } = noInterruption;
  return [
    span(`not taken back ${format.percent(100 * probability)}`, probability < 0.5 ? 'attention' : 'plain'),
    span(`, at least ${format.percent(100 * atLeast)}`),
  ];
}

/** Cents are too coarse for what an hour costs. */
function usd(dollars: number): string {
  return dollars < 1 ? `$${dollars.toFixed(4)}` : format.money(dollars);
}

function never(ms: number): boolean {
  return !Number.isFinite(ms);
}
