import { assertNever } from '../model/assert.ts';
import type { Command, Proposal } from '../model/command.ts';
import { candidatePools } from './capacity.ts';
import { plural } from './notables.ts';
import {
  jobsById,
  jobsOfWorkers,
  proposeCheckpoint,
  proposeHold,
  proposeKill,
  proposeRelease,
  proposeRetry,
} from './plan-jobs.ts';
import { proposeBid, proposeBidUndo } from './plan-bid.ts';
import { proposeEnd, proposeOpen } from './plan-deployment.ts';
import { proposeImage, proposeRetire } from './plan-images.ts';
import { proposeMaster } from './plan-master.ts';
import { intentStep, leaderNote, openIntent, type PlanContext, planned, refuse } from './plan-parts.ts';
import { whyReadOnly } from './read-only.ts';
import { proposeOwner } from './plan-owner.ts';
import { proposeRoll } from './plan-roll.ts';
import { proposeSubmit } from './plan-submit.ts';
import { proposeUrgency } from './plan-urgency.ts';
import { proposeDrain, proposeTerminate, servingCount } from './plan-workers.ts';

export type { Operator, PlanContext } from './plan-parts.ts';
export { BID_OVER_ON_DEMAND_MAX } from './plan-bid.ts';
export { servingCount } from './plan-workers.ts';

/** More at once is a slip of the finger, or a matter for a script that says so. */
export const LAUNCH_MAX = 500;

/** What a command would do, or why it will not be done. Nothing happens here. */
export function propose(command: Command, context: PlanContext): Proposal {
  const why = whyReadOnly(context.operator, context.snapshot);
  if (why !== undefined) return refuse('read-only', why);
  const { deployment } = context.snapshot;
  if (deployment === undefined) return refuse('no-data', 'the deployment is not known yet');
  switch (command.kind) {
    case 'workers.launch':
      return proposeLaunch(command, context);
    case 'workers.terminate':
      return proposeTerminate(command, context);
    case 'workers.drain':
      return proposeDrain(command, context);
    case 'workers.roll':
      return proposeRoll(command, context);
    case 'bid.undo':
      return proposeBidUndo(command, context);
    case 'jobs.set':
      return proposeUrgency(command, context);
    case 'jobs.submit':
      return proposeSubmit(command, deployment, context);
    case 'owner.set':
      return proposeOwner(command, context);
    case 'bid.set':
      return proposeBid(command, context);
    case 'jobs.kill':
      return proposeKill(command, context);
    case 'jobs.hold':
      return proposeHold(command, context);
    case 'jobs.release':
      return proposeRelease(command, context);
    case 'jobs.retry':
      return proposeRetry(command, context);
    case 'jobs.checkpoint':
      return proposeCheckpoint(command, jobsById(context.snapshot, command.jobIds), context);
    case 'jobs.image':
      return proposeImage(command, jobsById(context.snapshot, command.jobIds), context);
    case 'images.retire':
      return proposeRetire(command, context);
    case 'workers.checkpoint':
      return proposeCheckpoint(command, jobsOfWorkers(context.snapshot, command.workerIds), context);
    case 'master.start':
      return proposeMaster(command, deployment, context);
    case 'deployment.end':
      return proposeEnd(command, deployment, context);
    case 'deployment.open':
      return proposeOpen(command, deployment, context);
    default:
      return assertNever(command);
  }
}

function proposeLaunch(command: Extract<Command, { kind: 'workers.launch' }>, context: PlanContext): Proposal {
  const { snapshot, now } = context;
  const { count, pool, imageId } = command;
  if (!Number.isInteger(count) || count < 1)
    return refuse('bad-value', `cannot launch ${count} workers: say a whole number from 1`);
  if (count > LAUNCH_MAX)
    return refuse('limit', `${count} workers at once are more than ${LAUNCH_MAX}; launch in steps`);
  if (pool !== undefined && !snapshot.settings.pools.some(({ id }) => id === pool)) {
    return refuse(
      'not-found',
      `${pool} is not a pool of this deployment: ${snapshot.settings.pools.map(({ id }) => id).join(', ')}`,
    );
  }
  const { open, closed } = candidatePools(snapshot, now);
  const chosen = pool === undefined ? open[0] : open.find((candidate) => candidate.pool === pool);
  if (chosen === undefined) {
    const why =
      pool === undefined ? closed.join('; ') : (closed.find((line) => line.startsWith(pool)) ?? 'no price known yet');
    return refuse('no-data', `no pool can be asked now: ${why}`);
  }
  const intent = openIntent(`launch-${context.newId()}`, { verb: 'launch', count, pool, ...(imageId !== undefined && { imageId }) }, context); // prettier-ignore
  const where = pool ?? `the cheapest pool, now ${chosen.pool}`;
  return planned(command, context, {
    title: `launch ${plural(count, 'worker')} in ${where}${imageId === undefined ? '' : ` from ${imageId}`}`,
    steps: [
      intentStep(
        intent,
        `CreateFleet ${count} x ${chosen.pool}`,
        `at most $${chosen.bidUsdPerHour}/h each; price now $${chosen.price}`,
      ),
    ],
    usdPerHour: count * chosen.price,
    notes: [
      `workers asked for: ${snapshot.settings.targetWorkers} -> ${Math.max(snapshot.settings.targetWorkers, servingCount(snapshot) + count)}`,
      ...leaderNote(context),
    ],
  });
}
