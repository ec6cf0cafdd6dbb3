import type { BillingModel } from '../market/billing-model.ts';
import { type DurationMs, MINUTE_MS, type UsdPerHour } from '../model/units.ts';

/** "2h10", "45m"; later than the record tells: "never seen". */
export function length(ms: DurationMs): string {
  if (!Number.isFinite(ms)) return 'later than the record tells';
  const minutes = Math.round(Math.abs(ms) / MINUTE_MS);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}`;
}

export function signed(value: number, text: string): string {
  return `${value < 0 ? '-' : '+'}${text}`;
}

export function dollars(usd: number): string {
  return `$${usd.toFixed(Math.abs(usd) < 1 ? 4 : 2)}`;
}

/** The words of what is set: a bid where it decides who keeps the instance, a max price where it does not. */
export function axisWord({ bidBuysSafety }: BillingModel): 'bid' | 'max price' {
  return bidBuysSafety ? 'bid' : 'max price';
}

/** What the billing in force makes of a higher bid. */
export function safetyNote({ bidBuysSafety }: BillingModel): string {
  return bidBuysSafety
    ? 'An instance is taken back when the price rises above the bid: a higher bid is safer.'
    : 'EC2 takes instances back for capacity, whatever the max price: raising it buys no safety. A shorter checkpoint interval, a market that is interrupted less, and spreading over several markets do.';
}

export interface Told {
  readonly bidUsdPerHour: UsdPerHour;
  readonly billing: BillingModel;
  readonly medianUsd: number;
  readonly shareOfOnDemand: number;
  readonly interruptions: number;
  readonly etaP95Ms: DurationMs;
  readonly deadlineMs: DurationMs;
  readonly missed: number;
}

/** One sentence for a bid. */
export function bidSentence(told: Told): string {
  const { bidUsdPerHour, billing, medianUsd, shareOfOnDemand, interruptions, etaP95Ms, deadlineMs, missed } = told;
  const word = axisWord(billing);
  const name = word === 'bid' ? 'Bid' : 'Max price';
  const late = missed > 0 ? `${(100 * missed).toFixed(1)} % of past starts were late` : 'no past start was late';
  const eta =
    etaP95Ms <= deadlineMs
      ? `done within ${length(etaP95Ms)} in 95 of 100 cases, before the deadline`
      : etaP95Ms === Infinity
        ? 'in more than 5 of 100 cases done later than the record tells'
        : `done within ${length(etaP95Ms)} in 95 of 100 cases, ${length(etaP95Ms - deadlineMs)} after the deadline`;
  return `${name} $${bidUsdPerHour.toFixed(4)}: about ${dollars(medianUsd)} (${(100 * shareOfOnDemand).toFixed(0)} % of on-demand), ${interruptions.toFixed(1)} interruptions, ${eta}; ${late}.`;
}
