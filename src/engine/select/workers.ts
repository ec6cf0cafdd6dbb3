import { pendingOfWorker, pendingWords } from '../decide/pending-acts.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import type { InterruptionNotice, WorkerRow } from '../model/worker.ts';
import { type CellKind, cellKind, fleetOf } from './fleet.ts';

/** One row of the Workers table. */
export interface WorkerLine {
  readonly id: string;
  readonly row: WorkerRow;
  readonly kind: CellKind;
  /** Since its newest ping; undefined when none is known. */
  readonly silentMs: DurationMs | undefined;
  /** Silent for so long that its leases are in doubt. */
  readonly isSilent: boolean;
  readonly notice: InterruptionNotice | undefined;
  /** Until EC2 takes it; negative when that is past; undefined without a notice. */
  readonly takenInMs: DurationMs | undefined;
  /** When EC2 recommended to leave it; undefined when it has not. */
  readonly rebalanceAt: EpochMs | undefined;
  /** What was asked of it and is not done yet: by whom, and how long ago; empty when nothing is. */
  readonly pending: string;
  readonly jobNames: readonly string[];
  readonly sinceMs: DurationMs;
}

/** A ping may be late by so many periods before silence is shown. */
const SILENT_PINGS = 3;

const orders = new WeakMap<ReturnType<typeof fleetOf>, readonly WorkerRow[]>();
/** All workers that are not gone, by pool: the order of grid and table alike. */
export function workersInOrder(snapshot: Pick<Snapshot, 'workers'>): readonly WorkerRow[] {
  const fleet = fleetOf(snapshot);
  let order = orders.get(fleet);
  if (order === undefined) {
    order = fleet.flatMap((pool) => pool.workers);
    orders.set(fleet, order);
  }
  return order;
}

export function workerLine(snapshot: Snapshot, row: WorkerRow, now: EpochMs): WorkerLine {
  const pingAt = snapshot.pulse?.pingAt[row.id] ?? snapshot.pingAt[row.id];
  const silentMs = pingAt === undefined ? undefined : Math.max(0, now - pingAt);
  const pingMs = snapshot.deployment?.timings.pingMs ?? 10_000;
  const notice = row.notice ?? snapshot.notices[row.id];
  return {
    id: row.id,
    row,
    kind: cellKind(row, snapshot) ?? 'lost',
    silentMs,
    isSilent: silentMs !== undefined && silentMs > SILENT_PINGS * pingMs,
    notice,
    takenInMs: notice === undefined ? undefined : notice.takeAt - now,
    rebalanceAt: row.signals?.rebalance?.at ?? snapshot.pulse?.rebalanceAt[row.id] ?? snapshot.rebalanceAt[row.id],
    pending: pendingOfWorker(row, snapshot)
      .map((act) => pendingWords(act, now))
      .join('; '),
    jobNames: row.jobs.map((id) => snapshot.jobs.get(id)?.name ?? id),
    sinceMs: Math.max(0, now - (row.phases.requestedAt || row.phases.pendingAt || row.changedAt)),
  };
}
