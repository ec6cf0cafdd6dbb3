import { compute } from '../src/cli/compute.ts';
import { NOTHING_TO_MOVE } from '../src/engine/decide/transfer.ts';
import type { RecordedMarket } from '../src/engine/market/recorded-market.ts';
import { summarizeMarkets } from '../src/engine/sim/market-trial.ts';
import { spotSets } from './spot-sets.ts';

export interface MarketRow {
  readonly set: string;
  readonly rule: string;
  readonly costOverOnDemand: number;
  readonly misses: number;
  /** Of the one market, or of all for the rule that uses all. */
  readonly floor: number;
  readonly optimum: number;
}

const QUESTION = { jobs: 20, seed: 1, workH: 8, deadlineH: 12, transfer: NOTHING_TO_MOVE };

/** 8 h of work in 12 h on the later third of each set, 20 random starts a market, earlier prices only. */
export async function decideMarket(say: (line: string) => void): Promise<{ market: readonly MarketRow[] }> {
  const rows: MarketRow[] = [];
  for (const { set, markets, ...window } of spotSets(say)) {
    const inputs = markets.flatMap(({ market, onDemandUsdPerHour }) => {
      if (onDemandUsdPerHour === undefined) return [];
      const alike = markets.map((other) => other.market).filter((other) => isAlike(other, market));
      return [{ ...QUESTION, ...window, markets: alike, home: alike.indexOf(market), onDemandUsdPerHour }];
    });
    const trials = await compute('market', inputs);
    for (const { rule, costOverOnDemand, misses, floor, optimum } of summarizeMarkets(trials))
      rows.push({
        set,
        rule,
        costOverOnDemand: rounded(costOverOnDemand),
        misses,
        floor: rounded(floor),
        optimum: rounded(optimum),
      });
    say(`market ${set}: ${JSON.stringify(rows.slice(-2))}`);
  }
  return { market: rows };
}

function isAlike(a: RecordedMarket, b: RecordedMarket): boolean {
  return a.type === b.type && a.product === b.product;
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
