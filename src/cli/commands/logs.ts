import { isTerminal } from '../../engine/model/job.ts';
import type { LogStream } from '../../engine/model/job-log.ts';
import { blobKeys, logOf } from '../../engine/protocol/blobs.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { findJob, readJob } from '../find.ts';
import { wholeNumber } from '../numbers.ts';
import { note, printJson, printLog, printRaw } from '../output.ts';
import { openToLook } from '../session.ts';
import { untilTold } from '../signals.ts';
import type { Wired } from '../wire.ts';

export interface LogsOptions extends CommonOptions {
  readonly stderr?: boolean;
  readonly epoch?: string;
  readonly follow?: boolean;
  readonly raw?: boolean;
}

const EPOCH_MAX = 1_000_000;

interface Log {
  readonly wired: Wired;
  readonly jobId: string;
  readonly stream: LogStream;
  /** undefined: the newest that wrote something. */
  readonly epoch: number | undefined;
}

/** `cbas logs ID`: what the job wrote, of its newest epoch or of a given one. */
export async function logs(asked: string, options: LogsOptions): Promise<number> {
  const epoch =
    options.epoch === undefined ? undefined : wholeNumber('--epoch', options.epoch, { min: 1, max: EPOCH_MAX });
  if (options.follow === true && options.json === true)
    throw new CliError('--follow prints text as it comes; leave out --json', EXIT.usage);
  const wired = await openToLook(options);
  const { row } = await findJob(wired, asked);
  const log: Log = { wired, jobId: row.id, stream: options.stderr === true ? 'stderr' : 'stdout', epoch };
  const write = options.raw === true ? printRaw : printLog;
  if (options.follow === true) return follow(log, write);
  const newest = await newestEpoch(log);
  const text = newest === undefined ? undefined : await read(log, newest);
  if (newest === undefined || text === undefined) {
    const where = epoch === undefined ? '' : ` in epoch ${epoch}`;
    throw new CliError(
      `${safe(row.name) || row.id} is ${row.state} and has written nothing to ${log.stream}${where}`,
      EXIT.notFound,
    );
  }
  if (options.json === true) printJson({ id: row.id, epoch: newest, stream: log.stream, text });
  else write(text.endsWith('\n') ? text : `${text}\n`);
  return EXIT.done;
}

function read({ wired, jobId, stream }: Log, epoch: number): Promise<string | undefined> {
  return wired.blobs.getText(blobKeys.log(jobId, epoch, stream));
}

async function newestEpoch({ wired, jobId, stream, epoch }: Log): Promise<number | undefined> {
  if (epoch !== undefined) return epoch;
  const blobs = await wired.blobs.list(blobKeys.logs(jobId));
  const epochs = blobs.flatMap(({ key }) => {
    const log = logOf(key);
    return log?.stream === stream ? [log.epoch] : [];
  });
  return epochs.length === 0 ? undefined : Math.max(...epochs);
}

/** Until the job has ended, over all its epochs from the newest on; ctrl-C ends it before. */
async function follow(log: Log, write: (text: string) => void): Promise<number> {
  const told = untilTold();
  const { wired, jobId } = log;
  let shown = { epoch: 0, text: '' };
  for (;;) {
    // Looked at before the log is read: what was written before the end is then printed.
    const job = await readJob(wired, jobId);
    const ended = job === undefined || isTerminal(job.row.state);
    const epoch = await newestEpoch(log);
    const text = epoch === undefined ? undefined : await read(log, epoch);
    if (epoch !== undefined && text !== undefined) {
      if (shown.epoch !== 0 && shown.epoch !== epoch) note(`-- epoch ${epoch} --`);
      write(news(shown.epoch === epoch ? shown.text : '', text));
      shown = { epoch, text };
    }
    if (ended || told.aborted) break;
    await systemClock.sleep(wired.deployment.timings.heartbeatMs, told);
    if (told.aborted) break;
  }
  if (shown.text !== '' && !shown.text.endsWith('\n')) printRaw('\n');
  return told.aborted ? (told.reason === 'SIGTERM' ? 143 : told.reason === 'SIGHUP' ? 129 : 130) : EXIT.done;
}

/** How much of the end of what was shown is looked for where a long log lost its middle. */
const ANCHOR_CHARACTERS = 1_000;
/** What a worker writes in the place of the middle. */
const LEFT_OUT = / bytes left out …\n/;

/** What came since. A log that has grown too long keeps its beginning and end: it goes on where the old end is found, or after the gap. */
export function news(before: string, now: string): string {
  if (now.startsWith(before)) return now.slice(before.length);
  const anchor = before.slice(-ANCHOR_CHARACTERS);
  const at = now.lastIndexOf(anchor);
  if (at >= 0) return now.slice(at + anchor.length);
  const gap = LEFT_OUT.exec(now);
  return `\n… some of it was left out …\n${gap === null ? now : now.slice(gap.index + gap[0].length)}`;
}
