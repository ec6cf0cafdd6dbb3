import type { WhatIfAnswer } from './what-if-answer.ts';
import { dollars, length, signed } from './what-if-words.ts';

/** What a move of the bid changes, as values and as one line. */
export interface WhatIfDiff {
  readonly bidUsdPerHour: number;
  /** Of the median cost, as a share of it before. */
  readonly costShare: number;
  readonly interruptions: { readonly before: number; readonly after: number };
  /** NaN where either is later than the record tells. */
  readonly etaP95Ms: number;
  readonly missed: number;
  readonly line: string;
}

/** Example: "+$0.0040: cost +1.2 %, interruptions 1.8 -> 0.6, ETA p95 -2h10". */
export function diffOf(before: WhatIfAnswer, after: WhatIfAnswer): WhatIfDiff {
  const bidUsdPerHour = after.bidUsdPerHour - before.bidUsdPerHour;
  const [was, is] = [before.replayed, after.replayed];
  const costShare = is.medianUsd / was.medianUsd - 1;
  const etaP95Ms = is.eta.p95Ms - was.eta.p95Ms;
  const missed = is.missed - was.missed;
  const parts = [
    `cost ${Number.isFinite(costShare) ? `${signed(costShare, Math.abs(100 * costShare).toFixed(1))} %` : `${dollars(was.medianUsd)} -> ${dollars(is.medianUsd)}`}`,
    `interruptions ${was.interruptions.toFixed(1)} -> ${is.interruptions.toFixed(1)}`,
    `ETA p95 ${etaWords(was.eta.p95Ms, is.eta.p95Ms)}`,
    ...(missed === 0 ? [] : [`late ${(100 * was.missed).toFixed(1)} % -> ${(100 * is.missed).toFixed(1)} %`]),
  ];
  const line = `${signed(bidUsdPerHour, `$${Math.abs(bidUsdPerHour).toFixed(4)}`)}: ${parts.join(', ')}`;
  return { bidUsdPerHour, costShare, interruptions: { before: was.interruptions, after: is.interruptions }, etaP95Ms, missed, line }; // prettier-ignore
}

function etaWords(before: number, after: number): string {
  if (before === after) return 'the same';
  if (!Number.isFinite(before) || !Number.isFinite(after)) return `${length(before)} -> ${length(after)}`;
  return signed(after - before, length(after - before));
}
