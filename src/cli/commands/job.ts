import type { CheckpointPace } from '../../engine/model/checkpoint.ts';
import type { JobItem } from '../../engine/model/job.ts';
import type { Manifest } from '../../engine/protocol/blobs.ts';
import { type JobLine, jobLine } from '../../engine/select/jobs.ts';
import { lossesSentence } from '../../engine/select/losses.ts';
import { waitingOf } from '../../engine/select/reason.ts';
import { age, bytes, duration, money, NONE, percent } from '../../ui/format.ts';
import type { CommonOptions } from '../choose.ts';
import { EXIT } from '../exit.ts';
import { findJob } from '../find.ts';
import { checkpointJson, jobJson } from '../job-json.ts';
import { Look } from '../look.ts';
import { iso, jsonText, print, printFields, printJson, printTable, safeLines } from '../output.ts';
import { outputManifest } from '../outputs.ts';
import { openToLook } from '../session.ts';

/** Reasons that speak of other jobs. */
const OF_OTHERS: ReadonlySet<string> = new Set(['priority', 'dependency']);

/** `cbas job ID`: everything that is known of one job. */
export async function job(asked: string, options: CommonOptions): Promise<number> {
  const wired = await openToLook(options);
  const item = await findJob(wired, asked);
  const [look, manifest] = await Promise.all([Look.at(wired, ['workers']), outputManifest(wired.blobs, item)]);
  if (item.row.state === 'RUNNABLE') await look.more(['prices']);
  const live = item.live === undefined ? {} : { [item.row.id]: item.live };
  const lineOf = (): JobLine => {
    const snapshot = { ...look.snapshot, live };
    return jobLine(snapshot, item.row, waitingOf(snapshot, Date.now()));
  };
  // Its turn and the names of its predecessors are known only to who has looked at the others, which costs more than one read.
  if (OF_OTHERS.has(lineOf().reason.code)) await look.more(['jobs']);
  const line = lineOf();
  if (options.json === true)
    printJson({
      ...jobJson(line),
      document: item.document,
      checkpointBefore: checkpointJson(item.checkpointBefore),
      checkpointBad: item.checkpointBad,
      restoreFailures: item.restoreFailures,
      image: item.image === undefined ? null : { ...item.image, at: iso(item.image.at) },
      checkpointFailures: item.checkpointFailures,
      outputs: manifest?.files ?? [],
    });
  else printJob(item, line, manifest);
  return EXIT.done;
}

function printJob(item: JobItem, line: JobLine, manifest: Manifest | undefined): void {
  const { row, document, checkpointBefore } = item;
  const now = Date.now();
  const ago = (at: number): string => (at === 0 ? NONE : `${iso(at) ?? NONE} (${age(now - at)} ago)`);
  const { tally, checkpoint, result, record, desired } = row;
  const lost = lossesSentence(row.losses);
  const fields: (readonly [string, string])[] = [
    ['job', row.id],
    ['name', row.name || NONE],
    ['state', `${row.state} for ${age(now - row.reason.since)}`],
    ['why', line.reason.detail || line.reason.code],
    ...(line.reason.next === '' ? [] : [['next', line.reason.next] as const]),
    ['reason', `${line.reason.code}, for ${age(now - line.reason.since)}`],
    ['queue', `${row.queue}, priority ${row.priority}`],
    ['owner', row.owner || NONE],
    ['worker', row.leaseOwner === '' ? NONE : `${row.leaseOwner} in ${row.pool}`],
    ['submitted', ago(row.submittedAt)],
    ['started', ago(row.startedAt)],
    ['ended', ago(row.endedAt)],
    ...(row.deadlineAt > 0 ? [['deadline', deadlineText(row, line)] as const] : []),
    ['attempts', `${row.attempt} used, epoch ${row.epoch}`],
    ['progress', percent(line.progressPct) + (line.doneBy === undefined ? '' : `, done by ${iso(line.doneBy)}`)],
    ...(line.live === undefined
      ? []
      : [
          ['heartbeat', `${age(now - line.live.heartbeatAt)} ago`] as const,
          ['at risk', `${duration(line.atRiskMs)} of work since its newest checkpoint`] as const,
        ]),
    ['ran', `${duration(tally.ranMs)}, ${duration(tally.lostMs)} of it lost, ${tally.interruptions} interruptions`],
    ...(lost === '' ? [] : [['losses', lost] as const]),
    ['cost', money(tally.costUsd)],
    ...[checkpoint, checkpointBefore].flatMap((pointer, at) =>
      pointer === undefined
        ? []
        : [
            [
              at === 0 ? 'checkpoint' : 'the one before',
              `${pointer.generation}: ${bytes(pointer.sizeBytes)}, ${duration(pointer.workMs)} of work, ${age(now - pointer.at)} ago`,
            ] as const,
          ],
    ),
    ...savingFields(item),
    ...(desired.checkpoint === undefined
      ? []
      : [['wished', `a checkpoint, by ${desired.checkpoint.by} ${age(now - desired.checkpoint.at)} ago`] as const]),
    ...(desired.hold === undefined || row.state === 'HELD'
      ? []
      : [['wished', `to be held, by ${desired.hold.by} ${age(now - desired.hold.at)} ago`] as const]),
    ...(result === undefined
      ? []
      : [['result', result.signal === undefined ? `exit code ${result.exitCode ?? NONE}` : `ended by ${result.signal}`] as const]),
    ...(record === undefined
      ? []
      : [['record', `${record.book} / ${record.key}: ${JSON.stringify(record.value)}`] as const]),
  ]; // prettier-ignore
  printFields(fields);
  if (manifest !== undefined && manifest.files.length > 0) {
    print('');
    printTable(
      [
        { title: 'output', text: ({ output }) => output },
        { title: 'file', text: ({ path }) => path },
        { title: 'size', text: ({ sizeBytes }) => bytes(sizeBytes), align: 'right' },
      ],
      manifest.files,
    );
  }
  print('');
  print(safeLines(jsonText(document, 1)));
}

function savingFields({
  row: { saving },
  checkpointBad,
  restoreFailures,
  image,
}: JobItem): readonly (readonly [string, string])[] {
  const bad = `${checkpointBad.join(', ')}: damaged, or not to be restored; ${restoreFailures} in all`;
  return [
    ...(saving === undefined ? [] : [['saved by', `${saving.driver}: ${saving.why}`] as const]),
    ...(saving?.pace === undefined ? [] : [['saved every', paceText(saving.pace)] as const]),
    ...(restoreFailures === 0 ? [] : [['unusable', bad] as const]),
    ...(image === undefined ? [] : [['image', `${image.id}, with checkpoint ${image.generation}`] as const]),
  ];
}

/** In force, and what is advised, with what that comes from. */
function paceText({ everyMs, advisedMs, stopMs, meanMs, lossShare, fitsNotice }: CheckpointPace): string {
  const asked = everyMs === advisedMs ? 'as advised' : `advised: ${age(advisedMs)}`;
  const taken = meanMs === 0 ? 'never taken back' : `taken back every ${age(meanMs)}, ${Math.round(100 * lossShare)}% lose work`;
  return `${age(everyMs)} (${asked}; it stands still ${stopMs} ms, ${taken}${fitsNotice ? '' : ', does not fit into a notice'})`;
} // prettier-ignore

function deadlineText({ deadlineAt }: JobItem['row'], { deadline }: JobLine): string {
  const at = iso(deadlineAt) ?? NONE;
  return deadline === undefined ? at : `${at}: ${deadline.sentence}`;
}
