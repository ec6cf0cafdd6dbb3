import { workerLine, type WorkerLine, workersInOrder } from '../../engine/select/workers.ts';
import { age, duration, NONE, price } from '../../ui/format.ts';
import type { JsonObject } from '../../engine/model/units.ts';
import type { CommonOptions } from '../choose.ts';
import { EXIT } from '../exit.ts';
import { Look } from '../look.ts';
import { aside, iso, printJson, printTable, type TextColumn } from '../output.ts';
import { openToLook } from '../session.ts';

const JOBS_COLUMNS = 40;

/** `cbas workers`: those that are not gone, by pool. */
export async function workers(options: CommonOptions & { readonly all?: boolean }): Promise<number> {
  const { snapshot } = await Look.at(await openToLook(options), ['workers', 'jobs']);
  const rows = options.all === true ? [...snapshot.workers] : workersInOrder(snapshot);
  const lines = rows.map((row) => workerLine(snapshot, row, Date.now()));
  if (options.json === true) printJson(lines.map(workerJson));
  else if (lines.length > 0) printTable(COLUMNS, lines);
  else aside(`no worker; ${snapshot.settings.targetWorkers} are asked for while work waits`);
  return EXIT.done;
}

const COLUMNS: readonly TextColumn<WorkerLine>[] = [
  { title: 'state', text: ({ row }) => row.state },
  { title: 'worker', text: ({ id }) => id },
  { title: 'pool', text: ({ row }) => row.pool },
  { title: 'jobs', text: ({ jobNames }) => jobNames.join(' ') || NONE, max: JOBS_COLUMNS },
  { title: 'ping', text: ({ silentMs }) => age(silentMs), align: 'right' },
  { title: 'taken', text: ({ takenInMs }) => duration(takenInMs), align: 'right' },
  { title: 'bid', text: ({ row }) => (row.bidUsdPerHour === 0 ? 'od' : price(row.bidUsdPerHour)), align: 'right' },
  { title: 'age', text: ({ sinceMs }) => age(sinceMs), align: 'right' },
  { title: 'why', text: ({ row }) => row.detail },
];

function signalsJson({ rebalance, away, ...counts }: NonNullable<WorkerLine['row']['signals']>): JsonObject {
  return {
    ...counts,
    rebalanceBy: rebalance?.sources ?? [],
    metadataAway: away === undefined ? null : { since: iso(away.since), detail: away.detail },
  };
}

function workerJson({ row, silentMs, isSilent, notice, rebalanceAt, jobNames }: WorkerLine): JsonObject {
  const { phases } = row;
  return {
    id: row.id,
    state: row.state,
    pool: row.pool,
    slots: row.slots,
    jobs: row.jobs,
    jobNames,
    bidUsdPerHour: row.bidUsdPerHour,
    intent: row.intent === '' ? null : row.intent,
    credentialKind: row.credentialKind,
    silentMs: silentMs ?? null,
    isSilent,
    notice:
      notice === undefined
        ? null
        : { noticedAt: iso(notice.noticedAt), takeAt: iso(notice.takeAt), source: notice.source },
    rebalanceAt: iso(rebalanceAt ?? 0),
    signals: row.signals === undefined ? null : signalsJson(row.signals),
    requestedAt: iso(phases.requestedAt),
    bootingAt: iso(phases.bootingAt),
    readyAt: iso(phases.readyAt),
    firstJobAt: iso(phases.firstJobAt),
    endedAt: iso(phases.endedAt),
    changedAt: iso(row.changedAt),
    detail: row.detail,
    rev: row.rev,
  };
}
