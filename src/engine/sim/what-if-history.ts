import { DAY_MS, type EpochMs, HOUR_MS } from '../model/units.ts';
import { Replay } from './replay.ts';
import { setupOf, type Trial } from './what-if-replay.ts';
import type { BidFigures } from '../market/bid-index.ts';

/** A job begun in one hour of the past. */
export interface HistoryCell {
  readonly startMs: EpochMs;
  /** running: it would run still. */
  readonly kind: 'done' | 'interrupted' | 'late' | 'running';
  readonly interruptions: number;
}

const HISTORY_MS = 30 * DAY_MS;

/** The last 30 days had this been the bid: one cell for each start hour, oldest first; fewer where the record is shorter. */
export function historyOf(trial: Trial, figures: BidFigures): HistoryCell[] {
  const { market, nowMs } = trial;
  const replay = new Replay(setupOf(trial, figures));
  const cells: HistoryCell[] = [];
  const firstMs = Math.ceil(Math.max(market.fromMs, nowMs - HISTORY_MS) / HOUR_MS) * HOUR_MS;
  for (let startMs = firstMs; startMs < nowMs; startMs += HOUR_MS) {
    const { finished, makespanMs, interruptions } = replay.run(startMs);
    const isLate = makespanMs > trial.job.deadlineH * HOUR_MS;
    const isEnded = finished && startMs + makespanMs <= nowMs;
    const kind = isLate ? 'late' : !isEnded ? 'running' : interruptions > 0 ? 'interrupted' : 'done';
    cells.push({ startMs, kind, interruptions });
  }
  return cells;
}
