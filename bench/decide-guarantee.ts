import { compute } from '../src/cli/compute.ts';
import {
  calibrationGap,
  GUARANTEE_METHODS,
  type GuaranteeMethod,
  type GuaranteeTrial,
  summarize,
} from '../src/engine/sim/guarantee-trial.ts';
import { spotSets } from './spot-sets.ts';

export interface GuaranteeRow {
  readonly set: string;
  readonly target: number;
  readonly method: GuaranteeMethod;
  readonly coverage: number | null;
  readonly marketsRejectedPct: number;
  readonly notGuaranteedPct: number;
  readonly bidOverOnDemand: number | null;
}

export interface GuaranteeFigures {
  /** Ours, then what it is compared with. */
  readonly guarantee: readonly GuaranteeRow[];
  readonly guaranteeAnchors: readonly GuaranteeRow[];
  /** Over all sets; of the probabilities of lasting that an operator is shown. */
  readonly calibrationGap: number;
  readonly calibrationBySet: readonly { readonly set: string; readonly gap: number; readonly brier: number }[];
}

const HOURS = 4;
const INSTANTS = 100;

/** Bids to last 4 h on the later third of each set, 100 random instants a market, earlier prices only. */
export async function decideGuarantee(say: (line: string) => void): Promise<GuaranteeFigures> {
  const rows: GuaranteeRow[] = [];
  const all: GuaranteeTrial[] = [];
  const calibrationBySet = [];
  for (const { set, markets, ...window } of spotSets(say)) {
    for (const target of [0.95, 0.99]) {
      const question = { hours: HOURS, target, instants: INSTANTS, seed: 1 };
      const trials = await compute(
        'guarantee',
        markets.map((market) => ({ ...market, ...window, ...question })),
      );
      for (const method of GUARANTEE_METHODS) rows.push(rowOf(set, summarize(trials, method, target), target));
      if (target === 0.95) {
        const { gap, brier } = calibrationGap(trials);
        calibrationBySet.push({ set, gap: rounded(gap), brier: rounded(brier) });
        all.push(...trials);
      }
      say(`guarantee ${set} ${target}: ${JSON.stringify(rows.at(-GUARANTEE_METHODS.length))}`);
    }
  }
  return {
    guarantee: rows.filter(({ method }) => method === 'ours'),
    guaranteeAnchors: rows.filter(({ method }) => method !== 'ours'),
    calibrationGap: rounded(calibrationGap(all).gap),
    calibrationBySet,
  };
}

function rowOf(set: string, summary: ReturnType<typeof summarize>, target: number): GuaranteeRow {
  const { method, coverage, marketsRejectedPct, notGuaranteedPct, bidOverOnDemand } = summary;
  return {
    set,
    target,
    method,
    coverage: coverage === null ? null : rounded(coverage),
    marketsRejectedPct: rounded(marketsRejectedPct),
    notGuaranteedPct: rounded(notGuaranteedPct),
    bidOverOnDemand: bidOverOnDemand === null ? null : rounded(bidOverOnDemand),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
