import fs from 'node:fs';
import { workLeft } from '../../engine/decide/work-left.ts';
import type { JobItem } from '../../engine/model/job.ts';
import { type EpochMs, HOUR_MS } from '../../engine/model/units.ts';
import { decodeJobDocument, type JobDocument, parseJobDocument } from '../../engine/protocol/job-document.ts';
import { age, bytes, duration } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { findJob } from '../find.ts';
import { readSource } from '../read-documents.ts';
import { openToLook } from '../session.ts';

/** What a job tells a simulation; undefined where it does not say. */
export interface JobFacts {
  /** As messages name it: what was given as `--job`. */
  readonly asked: string;
  readonly workH: number | undefined;
  /** From now; negative where it is past. */
  readonly deadlineH: number | undefined;
  readonly deadline: string | undefined;
  readonly maxUsdPerHour: number | undefined;
  /** Where its needs name just one. */
  readonly type: string | undefined;
  readonly isNeverSaved: boolean;
  /** How long the job stood still for its newest checkpoint, and how large that is. */
  readonly checkpointS: number | undefined;
  readonly dataGb: number | undefined;
  /** Of a job of the deployment: what is known of it, for a person. */
  readonly said: string | undefined;
}

/** A file, stdin (`-`), or else a job of the deployment by its id or name. */
export async function jobFacts(asked: string, options: CommonOptions): Promise<JobFacts> {
  const nowMs = systemClock.now();
  // A name with a slash or a dot at its end is a path that somebody mistyped: no deployment is asked for it.
  if (asked === '-' || fs.existsSync(asked) || /\/|\.[a-z]+$/.test(asked)) {
    const text = (await readSource(asked)).replace(/^\uFEFF/, '');
    return factsOf(asked, { document: decoded(asked, parseJobDocument(text)), item: undefined, nowMs });
  }
  const item = await foundJob(asked, options);
  return factsOf(asked, { document: decoded(asked, decodeJobDocument(item.document)), item, nowMs });
}

async function foundJob(asked: string, options: CommonOptions): Promise<JobItem> {
  try {
    return await findJob(await openToLook(options), asked);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== EXIT.notFound) throw error;
    const next = error.message.startsWith('no deployment') ? '' : '; there are: cbas jobs';
    throw new CliError(`--job ${safe(asked)}: is no file here, and as a job: ${error.message}${next}`, EXIT.notFound);
  }
}

function decoded(asked: string, result: ReturnType<typeof parseJobDocument>): JobDocument {
  if (result.ok) return result.value;
  const problems = result.problems
    .slice(0, 5)
    .map(({ path, problem }) => `${path === '' ? 'the document' : path}: ${problem}`);
  throw new CliError(`--job ${safe(asked)}: ${safe(problems.join('; '))}`, EXIT.usage);
}

interface Known {
  readonly document: JobDocument;
  readonly item: JobItem | undefined;
  readonly nowMs: EpochMs;
}

function factsOf(asked: string, { document, item, nowMs }: Known): JobFacts {
  const { estimate, deadline, bid, needs, checkpoint } = document;
  const estimateMs = (estimate?.workS ?? 0) > 0 ? (estimate?.workS ?? 0) * 1000 : undefined;
  const left = item === undefined ? undefined : workLeft(item, estimateMs);
  const workMs = item === undefined ? estimateMs : left?.leftMs;
  if (workMs === 0)
    throw new CliError(
      `--job ${safe(asked)}: by its estimate of ${duration(estimateMs)} it has nothing left to do; say what it has left: --work-h`,
      EXIT.usage,
    );
  const pointer = item?.row.checkpoint;
  return {
    asked,
    workH: workMs === undefined ? undefined : workMs / HOUR_MS,
    deadlineH: deadline === undefined ? undefined : (Date.parse(deadline) - nowMs) / HOUR_MS,
    deadline,
    maxUsdPerHour: bid?.maxUsdPerHour,
    type: needs.types.length === 1 ? needs.types[0] : undefined,
    isNeverSaved: checkpoint.driver === 'none',
    checkpointS: pointer === undefined ? undefined : Math.max(1, pointer.stopMs / 1000),
    dataGb: pointer === undefined ? undefined : pointer.sizeBytes / 1e9,
    said: item === undefined ? undefined : sentenceOf(item, left, nowMs),
  };
}

const TOLD_FROM = { progress: 'by its progress', time: 'by the time it ran', checkpoint: 'in its newest checkpoint' };

function sentenceOf({ row }: JobItem, left: ReturnType<typeof workLeft>, nowMs: EpochMs): string {
  const { checkpoint } = row;
  const work =
    left === undefined
      ? 'nothing tells its work'
      : left.from === 'estimate'
        ? `${duration(left.leftMs)} of work by its estimate`
        : `${duration(left.doneMs)} done ${TOLD_FROM[left.from]}, ${duration(left.leftMs)} left`;
  const saved =
    checkpoint === undefined
      ? 'no checkpoint'
      : `newest checkpoint ${age(nowMs - checkpoint.at)} ago: ${bytes(checkpoint.sizeBytes)}, it stood still for ${(checkpoint.stopMs / 1000).toFixed(1)} s`;
  return `job ${row.id}${row.name === '' ? '' : ` (${row.name})`}, ${row.state}: ${work}; ${saved}`;
}
