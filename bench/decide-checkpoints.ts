import { compute } from '../src/cli/compute.ts';
import { HOUR_MS } from '../src/engine/model/units.ts';
import { type CheckpointStudy, pooled } from '../src/engine/sim/checkpoint-study.ts';
import { linuxMarkets, spotSets } from './spot-sets.ts';

export interface CheckpointRow {
  readonly set: string;
  readonly policy: string;
  readonly aboveOptPct: number;
}

/** Everything that was tuned was tuned on starts before this share of a set's span; what is reported starts after it. */
export const REPORTED_FROM = 0.6;
/** The published set-up: 500 minutes of work, 300 s for a checkpoint, 600 s for a restart, 100 starts a market. */
const JOB = { quantile: 0.75, starts: 100, seed: 1, workMs: 500 * 60_000, restartMs: 600_000 };
const KINDS = [
  { billing: 'classic', checkpointMs: 300_000, suffix: '' },
  { billing: 'modern', checkpointMs: 60_000, suffix: ' (modern, 60 s)' },
] as const;
/** A job needs several times its work at a low bid. */
const ROOM = 6;

/** Bill of every checkpoint policy above the bound, pooled over the markets of each set. */
export async function checkpointRows(say: (line: string) => void): Promise<readonly CheckpointRow[]> {
  const rows: CheckpointRow[] = [];
  for (const one of spotSets(say)) {
    const { set } = one;
    const markets = linuxMarkets(one);
    const firstMs = Math.min(...markets.map(({ series }) => series.atMs[0]!));
    const lastMs = Math.max(...markets.map(({ series }) => series.atMs.at(-1)!));
    for (const { suffix, ...kind } of KINDS) {
      const studies = markets.flatMap((market): CheckpointStudy[] => {
        const fromMs = Math.max(firstMs + REPORTED_FROM * (lastMs - firstMs), market.series.atMs[0]!);
        const toMs = market.series.atMs.at(-1)! - ROOM * JOB.workMs;
        return toMs > fromMs ? [{ ...JOB, ...kind, market, fromMs, toMs }] : [];
      });
      const results = await compute('checkpoints', studies);
      const dropped = results.reduce((sum, one) => sum + one.dropped, 0);
      say(
        `${set}${suffix}: ${studies.length} of ${markets.length} markets, ${JOB.starts} starts each, ${dropped} dropped; work ${JOB.workMs / HOUR_MS} h`,
      );
      for (const { policy, aboveOptPct } of pooled(results))
        if (policy !== 'opt')
          rows.push({ set: `${set}${suffix}`, policy, aboveOptPct: Number(aboveOptPct.toFixed(2)) });
    }
  }
  return rows;
}
