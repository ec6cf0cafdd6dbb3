import type { Command, PlanStep, Proposal } from '../model/command.ts';
import type { JobRow } from '../model/job.ts';
import { plural } from './notables.ts';
import {
  checkpointFirst,
  intentStep,
  jobTarget,
  leaderNote,
  nameOf,
  openIntent,
  type PlanContext,
  planned,
  refuse,
} from './plan-parts.ts';

/** Images of the instances that jobs run on: each saves its work first, and one that does not is left out. */
export function proposeImage(command: Command, jobs: readonly JobRow[], context: PlanContext): Proposal {
  const running = jobs.filter(({ state, leaseOwner }) => state === 'RUNNING' && leaseOwner !== '');
  const [first] = running;
  if (first === undefined) return refuse('nothing-to-do', 'none of them is running: there is no instance to image');
  return planned(command, context, {
    title: `image of the instance of ${running.length === 1 ? nameOf(first) : plural(running.length, 'job')}`,
    steps: running.flatMap((job) => imageSteps(job, context)),
    notes: [
      'without a reboot: the jobs run on, and files that they are writing are in it as far as they are written',
      'its snapshots cost up to $0.05 per GB and month, until it is retired (cbas images retire)',
      ...leaderNote(context),
    ],
  });
}

function imageSteps(job: JobRow, context: PlanContext): readonly PlanStep[] {
  const { id, leaseOwner } = job;
  const save = checkpointFirst(job, 'checkpoint', context);
  const intent = openIntent(`image-${context.newId()}`, { verb: 'image', jobId: id, workerId: leaseOwner }, context);
  const make = intentStep(intent, `CreateImage ${leaseOwner}`, `named after ${nameOf(job)} and its newest checkpoint`);
  // Named after a checkpoint: without one there is no image.
  const wish = { text: save.text, note: save.note, effect: save.effect, targets: [jobTarget(job)], awaited: 'saved' } as const; // prettier-ignore
  return [wish, { ...make, targets: [jobTarget(job)], after: [id] }];
}

export function proposeRetire(
  command: Extract<Command, { kind: 'images.retire' }>,
  context: PlanContext,
): Proposal {
  const { imageIds } = command;
  if (imageIds.length === 0) return refuse('nothing-to-do', 'no image is named');
  const intent = openIntent(`retire-${context.newId()}`, { verb: 'retire', imageIds }, context);
  return planned(command, context, {
    title: `retire ${imageIds.length === 1 ? (imageIds[0] ?? '') : plural(imageIds.length, 'image')}`,
    steps: [
      { ...intentStep(intent, `DeregisterImage ${imageIds.join(' ')}`, 'and DeleteSnapshot of what they are made of') },
    ],
    notes: ['nothing can be launched from them any more; instances that were go on', ...leaderNote(context)],
  });
} // prettier-ignore
