import type { Intent } from '../model/command.ts';
import { describeFault, faultOf, isDoubtful } from '../model/fault.ts';
import { imageName } from '../model/image.ts';
import { isLeased } from '../model/job.ts';
import type { Compute, TableStore } from '../model/ports.ts';
import type { EpochMs } from '../model/units.ts';
import type { Settlement } from '../protocol/intent-item.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import { recordImage } from '../protocol/leader-job-writes.ts';

export interface ImageActContext {
  readonly store: TableStore;
  readonly compute: Compute;
  readonly deployment: string;
  readonly now: EpochMs;
  readonly leaderEpoch: number;
}

type Outcome = Pick<Settlement, 'state' | 'outcome' | 'instanceIds'>;

/**
 * Carries out an intent on images. It may be done again after a crash, for a name stands for one image and what is gone stays gone:
 * so nothing is looked up before. undefined: whether it was done is not known, and it is to be done again.
 */
export async function actOnImages(intent: Intent, context: ImageActContext): Promise<Outcome | undefined> {
  const { action } = intent;
  try {
    if (action.verb === 'image') return await make(intent, action, context);
    if (action.verb === 'retire') return await retire(action.imageIds, context);
    return failed('not an act on images');
  } catch (error) {
    const fault = faultOf(error, 'images');
    return isDoubtful(fault) ? undefined : failed(describeFault(fault));
  }
}

function failed(outcome: string): Outcome {
  return { state: 'FAILED', outcome, instanceIds: [] };
}

/** Of the instance that holds the job now, named after the generation that is the newest now: what its disk holds is at least that. */
async function make(
  intent: Intent,
  { jobId, workerId }: Extract<Intent['action'], { verb: 'image' }>,
  { store, compute, deployment, now, leaderEpoch }: ImageActContext,
): Promise<Outcome> {
  const row = jobRowOf((await store.get('jobs', jobId)) ?? {});
  if (row === undefined) return failed(`there is no job ${jobId}`);
  if (!isLeased(row.state) || row.leaseOwner !== workerId) return failed(`it has left ${workerId} meanwhile`);
  if (row.checkpoint === undefined) return failed('it has no checkpoint that the image could be named after');
  const { generation } = row.checkpoint;
  const name = imageName(deployment, { jobId, generation });
  // Made before, by a leader that died before it could say so, or on an earlier request: a name stands for one image.
  const known = (await compute.images()).find((image) => image.name === name);
  const request = { name, instanceId: workerId, intentId: intent.id, jobId, generation };
  const id = known?.id ?? (await compute.createImage(request));
  await store.write(recordImage(jobId, { id, name, generation, at: now }, leaderEpoch));
  const how = known === undefined || known.intent === intent.id ? '' : ', which was there already';
  return { state: 'DONE', outcome: `image ${id} of ${workerId} with checkpoint ${generation}${how}`, instanceIds: [workerId] }; // prettier-ignore
}

async function retire(imageIds: readonly string[], { compute }: ImageActContext): Promise<Outcome> {
  for (const id of imageIds) await compute.retireImage(id);
  return { state: 'DONE', outcome: `retired ${imageIds.join(', ')}, with snapshots`, instanceIds: imageIds };
}
