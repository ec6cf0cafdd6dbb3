import type { Command, PlanStep, Proposal } from '../model/command.ts';
import type { Deployment } from '../model/deployment.ts';
import { blobKeys } from '../protocol/blobs.ts';
import { decodeJobDocument, ownedBy } from '../protocol/job-document.ts';
import { newJobItem } from '../protocol/job-item.ts';
import { submitJob } from '../protocol/operator-job-writes.ts';
import { describeProblems } from '../protocol/shape.ts';
import { plural } from './notables.ts';
import { maxRunningOf } from './owner-quota.ts';
import { type PlanContext, planned, refuse } from './plan-parts.ts';

/** More come from a script, which has `cbas submit`. */
export const SUBMITTED_AT_ONCE_MAX = 1_000;

/** Jobs from documents: inputs first, so that a job that is there has all that it needs. */
export function proposeSubmit(
  command: Extract<Command, { kind: 'jobs.submit' }>,
  deployment: Deployment,
  context: PlanContext,
): Proposal {
  const { snapshot, now, newId, operator } = context;
  const { jobs, source } = command;
  if (jobs.length === 0) return refuse('nothing-to-do', `${source} holds no job document`);
  if (jobs.length > SUBMITTED_AT_ONCE_MAX)
    return refuse('limit', `${source} holds ${jobs.length} jobs; more than ${SUBMITTED_AT_ONCE_MAX} are for: cbas submit ${source}`); // prettier-ignore
  if (!snapshot.settings.accepting)
    return refuse('nothing-to-do', `${deployment.name} accepts no jobs; open it again with: cbas release --all`);
  const isLimited = maxRunningOf(snapshot.settings, operator.name) !== undefined;
  const waits = isLimited ? ({ waits: 'parked' } as const) : {};
  const steps: PlanStep[] = [];
  let files = 0;
  for (const [position, { document, deadlineAt, files: uploads }] of jobs.entries()) {
    const read = decodeJobDocument(document);
    const decoded = read.ok ? ownedBy(read.value, operator.name) : read;
    if (!decoded.ok) return refuse('bad-value', `${source}: ${describeProblems(decoded.problems)}`);
    const id = newId();
    const { name, queue, after } = decoded.value;
    for (const { from, to } of uploads)
      steps.push({
        text: `upload ${from}`,
        note: `as ${to} of ${name || id}`,
        effect: { kind: 'blob.put', key: blobKeys.input(id, to), file: from },
        targets: [{ id, rev: 0, state: 'new' }],
      });
    files += uploads.length;
    // Ids of one millisecond do not sort by order of submission: each job is a microsecond younger than the one before it.
    const item = newJobItem(
      { id, document: decoded.value, deadlineAt, at: now + position / 1_000, ...waits },
      deployment,
    );
    steps.push({
      text: `submit ${name || id}`,
      note:
        after.length === 0 ? `RUNNABLE in queue ${queue}` : `BLOCKED until ${plural(after.length, 'job')} succeeded`,
      effect: { kind: 'table.write', write: submitJob(item) },
      targets: [{ id, rev: 0, state: 'new' }],
      after: uploads.length === 0 ? [] : [id],
    });
  }
  return planned(command, context, {
    title: `submit ${plural(jobs.length, 'job')} of ${source}`,
    steps,
    notes: [
      ...(files === 0 ? [] : [`${plural(files, 'file')} uploaded before`]),
      ...(snapshot.settings.targetWorkers === 0 ? ['no worker is asked for: launch some (cbas launch COUNT)'] : []),
    ],
  });
}
