import type { ConditionalWrite } from '../model/command.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import type { InterruptionNotice, NoticeSource, ToldByLeader, WorkerRow, WorkerSignals } from '../model/worker.ts';
import { notDeposed } from './job-transition.ts';
import { readCount, readNumber, readObject, readOneOf, readText, readTexts } from './read.ts';

const SOURCES = ['imds', 'event'] as const;

export function noticeOf(map: JsonObject | undefined): InterruptionNotice | undefined {
  if (map === undefined) return undefined;
  return {
    noticedAt: readNumber(map, 'noticedAt'),
    takeAt: readNumber(map, 'takeAt'),
    source: readOneOf(map, 'source', SOURCES) ?? 'imds',
  };
}

export function signalsOf(map: JsonObject | undefined): Pick<WorkerRow, 'signals'> {
  if (map === undefined) return {};
  const count = (name: string): number => readCount(map, name, { min: 0, fallback: 0 });
  const [rebalance, away] = [readObject(map, 'rebalance'), readObject(map, 'away')];
  const signals: WorkerSignals = {
    ...(rebalance !== undefined && {
      rebalance: {
        at: readNumber(rebalance, 'at'),
        sources: readTexts(rebalance, 'sources').filter((source): source is NoticeSource =>
          (SOURCES as readonly string[]).includes(source),
        ),
      },
    }),
    ...(away !== undefined && { away: { since: readNumber(away, 'since'), detail: readText(away, 'detail') } }),
    malformed: count('malformed'),
    late: count('late'),
    repeated: count('repeated'),
    withdrawn: count('withdrawn'),
  };
  return { signals };
}

export function signalsMap({ rebalance, away, ...counts }: WorkerSignals): JsonObject {
  return {
    ...counts,
    ...(rebalance !== undefined && { rebalance: { ...rebalance } }),
    ...(away !== undefined && { away: { ...away } }),
  };
}

export function toldOf(map: JsonObject | undefined): Pick<WorkerRow, 'told'> {
  if (map === undefined) return {};
  const time = (name: 'takeAt' | 'rebalanceAt') => (map[name] === undefined ? {} : { [name]: readNumber(map, name) });
  return { told: { ...time('takeAt'), ...time('rebalanceAt') } };
}

/** What EventBridge said of a worker's instance, by the leader: the worker reads it as often as it asks its metadata service. */
export function tellWorker(
  row: WorkerRow,
  tell: { readonly told: ToldByLeader; readonly at: EpochMs; readonly leaderEpoch: number },
): ConditionalWrite {
  const { told, at, leaderEpoch } = tell;
  return {
    table: 'workers',
    key: row.id,
    conditions: [
      { op: 'in', attribute: 'state', values: ['PENDING', 'BOOTING', 'IDLE', 'BUSY', 'DRAINING', 'INTERRUPTED'] },
      notDeposed(leaderEpoch),
    ],
    set: { told: { ...row.told, ...told }, changedAt: Math.max(at, row.changedAt + 1), leaderEpoch },
    add: { rev: 1 },
    remove: [],
  };
}
