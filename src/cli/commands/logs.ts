import { isTerminal, type JobRow } from '../../engine/model/job.ts';
import type { LogStream } from '../../engine/model/job-log.ts';
import type { EpochMs } from '../../engine/model/units.ts';
import { blobKeys } from '../../engine/protocol/blobs.ts';
import { type LogPart, logParts } from '../../engine/protocol/log-parts.ts';
import { workerRowOf } from '../../engine/protocol/worker-item.ts';
import { logTexts } from '../../engine/run/read-log.ts';
import { logIsOver } from '../../ui/log-over.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { findJob, readJob } from '../find.ts';
import { wholeNumber } from '../numbers.ts';
import { LogPrinter } from '../log-printer.ts';
import { iso, note, printJson } from '../output.ts';
import { openToLook } from '../session.ts';
import { spanOf } from '../span.ts';
import { untilTold } from '../signals.ts';
import type { Wired } from '../wire.ts';

export interface LogsOptions extends CommonOptions {
  readonly stderr?: boolean;
  readonly epoch?: string;
  readonly follow?: boolean;
  readonly raw?: boolean;
  readonly timestamps?: boolean;
  /** "10m": only what came in the last ten minutes. */
  readonly since?: string;
}

const EPOCH_MAX = 1_000_000;
/** A program may be quiet for so many heartbeats before its worker is looked after. */
const QUIET_BEATS = 3;

interface Log {
  readonly wired: Wired;
  readonly jobId: string;
  readonly stream: LogStream;
  /** undefined: the newest that wrote something. */
  readonly epoch: number | undefined;
  /** Parts that came before it are left out; 0: none. */
  readonly since: EpochMs;
}

/** `cbas logs ID`: what the job wrote, of its newest epoch or of a given one. */
export async function logs(asked: string, options: LogsOptions): Promise<number> {
  const epoch =
    options.epoch === undefined ? undefined : wholeNumber('--epoch', options.epoch, { min: 1, max: EPOCH_MAX });
  if (options.follow === true && options.json === true)
    throw new CliError('--follow prints text as it comes; leave out --json', EXIT.usage);
  const since = options.since === undefined ? 0 : systemClock.now() - spanOf('--since', options.since);
  const wired = await openToLook(options);
  const { row } = await findJob(wired, asked);
  const log: Log = { wired, jobId: row.id, stream: options.stderr === true ? 'stderr' : 'stdout', epoch, since };
  const printer = new LogPrinter({ raw: options.raw === true, timestamps: options.timestamps === true });
  if (options.follow === true) return follow(log, printer);
  const parts = await partsOf(log);
  const newest = parts.at(-1);
  if (newest === undefined) {
    const where = `${epoch === undefined ? '' : ` in epoch ${epoch}`}${since === 0 ? '' : ` since ${iso(since)}`}`;
    throw new CliError(
      `${safe(row.name) || row.id} is ${row.state} and has written nothing to ${log.stream}${where}`,
      EXIT.notFound,
    );
  }
  const texts: string[] = [];
  for await (const { text, at } of logTexts(wired.blobs, parts, since === 0 ? 0 : parts[0]?.from)) {
    if (options.json === true) texts.push(text);
    else printer.write(text, at);
  }
  const newestAt = new Date(newest.changedAt).toISOString();
  if (options.json === true)
    printJson({ id: row.id, epoch: newest.epoch, stream: log.stream, newestAt, text: texts.join('') });
  else printer.end();
  return EXIT.done;
}

/** Of the run that is asked for, or of the newest that wrote something. */
async function partsOf({ wired, jobId, stream, epoch, since }: Log): Promise<readonly LogPart[]> {
  const all = logParts(await wired.blobs.list(blobKeys.logs(jobId))).filter((part) => part.stream === stream);
  const wanted = epoch ?? all.at(-1)?.epoch;
  return all.filter((part) => part.epoch === wanted && part.changedAt >= since);
}

/** Until the job has ended, over all its epochs from the newest on; ctrl-C ends it before. */
async function follow(log: Log, printer: LogPrinter): Promise<number> {
  const told = untilTold();
  const { wired, jobId } = log;
  const shown = { epoch: 0, to: 0 };
  let saidGone = 0;
  for (;;) {
    // Looked at before the log is read: what was written before the end is then printed.
    const job = await readJob(wired, jobId);
    const ended = job === undefined || isTerminal(job.row.state);
    const parts = await partsOf(log);
    const epoch = parts.at(-1)?.epoch ?? 0;
    if (epoch !== shown.epoch) {
      if (shown.epoch !== 0) note(`-- epoch ${epoch} --`);
      Object.assign(shown, { epoch, to: log.since === 0 ? 0 : (parts[0]?.from ?? 0) });
    }
    for await (const { text, to, at } of logTexts(wired.blobs, parts, shown.to)) {
      printer.write(text, at);
      shown.to = to;
    }
    const gone = ended || job === undefined || saidGone === epoch ? undefined : await goneWord(wired, job.row, parts);
    if (gone !== undefined) {
      note(gone);
      saidGone = epoch;
    }
    if (ended || told.aborted) break;
    await systemClock.sleep(wired.deployment.timings.heartbeatMs, told);
    if (told.aborted) break;
  }
  printer.end();
  return told.aborted ? (told.reason === 'SIGTERM' ? 143 : told.reason === 'SIGHUP' ? 129 : 130) : EXIT.done;
}

/** For who waits for more of a run whose worker is gone; undefined while it may come, and while that is not worth a look. */
export async function goneWord(
  { store, deployment }: Wired,
  row: JobRow,
  parts: readonly LogPart[],
): Promise<string | undefined> {
  const newest = parts.at(-1);
  if (newest === undefined) return undefined;
  const ageMs = systemClock.now() - newest.changedAt;
  if (ageMs < QUIET_BEATS * deployment.timings.heartbeatMs) return undefined;
  const isItsRun = row.leaseOwner !== '' && newest.epoch === row.epoch;
  const item = isItsRun ? await store.get('workers', row.leaseOwner) : undefined;
  const worker = item === undefined ? undefined : workerRowOf(item);
  if (isItsRun && worker !== undefined && worker.state !== 'LOST' && worker.state !== 'TERMINATED') return undefined;
  return `-- ${logIsOver(isItsRun ? row.leaseOwner : '', ageMs)} --`;
}
