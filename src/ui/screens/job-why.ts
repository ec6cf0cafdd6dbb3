import { isLeased, isTerminal } from '../../engine/model/job.ts';
import type { Snapshot } from '../../engine/model/snapshot.ts';
import { jobLine } from '../../engine/select/jobs.ts';
import { lossesSentence } from '../../engine/select/losses.ts';
import { waitingOf } from '../../engine/select/reason.ts';
import { withoutNumbers } from '../checkpoint-words.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import type { Link } from '../screen-spec.ts';

/** To the worker that has it, or else to the pool that it last ran in; the other end is that pool's price. */
export function jobLinks(snapshot: Snapshot, id: string): readonly Link[] {
  const job = snapshot.jobs.get(id);
  if (job === undefined) return [];
  const worker = snapshot.workers.get(job.leaseOwner);
  const pool: readonly Link[] =
    job.pool === ''
      ? []
      : [
          { screen: 'capacity', id: job.pool, label: 'its pool' },
          { screen: 'market', id: job.pool, label: 'its price' },
        ];
  return worker === undefined ? pool : [{ screen: 'workers', id: worker.id, label: 'its worker' }, ...pool];
}

/** Why it waits, runs, moved or failed; what happens next; what was decided about it; what keeps capacity from it. */
export function jobWhy({ snapshot, now }: Frame, id: string): readonly string[] {
  const job = snapshot.jobs.get(id);
  if (job === undefined) return [];
  const { reason, deadline } = jobLine(snapshot, job, waitingOf(snapshot, now));
  const since = reason.since > 0 ? ` (since ${format.duration(now - reason.since)})` : '';
  const detail = withoutNumbers(reason.detail, job.checkpoint, now) || reason.code;
  const lost = lossesSentence(job.losses);
  const decisions = Object.values(snapshot.decisions).filter(({ about }) => about === id || (about !== '' && about === job.leaseOwner)); // prettier-ignore
  const waits = !isTerminal(job.state) && !isLeased(job.state);
  const capacity = waits ? (snapshot.decisions['capacity:']?.sentence ?? snapshot.pulse?.capacity ?? '') : '';
  return [
    job.name,
    `${detail}${since}`,
    ...(reason.next === '' ? [] : [`next: ${reason.next}`]),
    ...(deadline === undefined ? [] : [deadline.sentence]),
    ...(job.checkpoint === undefined || isTerminal(job.state) ? [] : [`saved: ${format.duration(job.checkpoint.workMs)} of work, ${format.duration(now - job.checkpoint.at)} ago`]),
    ...(lost === '' ? [] : [`it lost its worker: ${lost}`]),
    ...decisions.map(({ sentence, at }) => `${format.age(now - at)} ago: ${sentence}`),
    ...(capacity === '' ? [] : [`capacity: ${capacity}`]),
  ]; // prettier-ignore
}
