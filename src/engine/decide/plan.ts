import { assertNever } from '../model/assert.ts';
import type { Command, Proposal } from '../model/command.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { isServing, type WorkerRow } from '../model/worker.ts';
import { writeSettings } from '../protocol/misc-item.ts';
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
import { proposeEnd, proposeOpen } from './plan-deployment.ts';
import { proposeMaster } from './plan-master.ts';
import { intentStep, leaderNote, openIntent, type PlanContext, planned, refuse } from './plan-parts.ts';
import { priceNow } from './reduce-market.ts';

export type { Operator, PlanContext } from './plan-parts.ts';

/** More at once is a slip of the finger, or a matter for a script that says so. */
export const LAUNCH_MAX = 500;
/** The highest bid that is not certainly a typing error: ten times on-demand, Amazon's own cap of 2015 to 2017. */
export const BID_OVER_ON_DEMAND_MAX = 10;

/** What a command would do, or why it will not be done. Nothing happens here. */
export function propose(command: Command, context: PlanContext): Proposal {
  if (context.operator.mode === 'read-only')
    return refuse('read-only', 'this console is read-only; start it without --read-only to act');
  const { deployment } = context.snapshot;
  if (deployment === undefined) return refuse('no-data', 'the deployment is not known yet');
  switch (command.kind) {
    case 'workers.launch':
      return proposeLaunch(command, context);
    case 'workers.terminate':
      return proposeTerminate(command, context);
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
  const { count, pool } = command;
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
  const intent = openIntent(`launch-${context.newId()}`, { verb: 'launch', count, pool }, context);
  const where = pool ?? `the cheapest pool, now ${chosen.pool}`;
  return planned(command, context, {
    title: `launch ${plural(count, 'worker')} in ${where}`,
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

export function servingCount(snapshot: Snapshot): number {
  let count = 0;
  for (const { state, serves } of snapshot.workers) if (isServing(state) && serves === 'queue') count += 1;
  return count;
}

function proposeTerminate(command: Extract<Command, { kind: 'workers.terminate' }>, context: PlanContext): Proposal {
  const { snapshot } = context;
  const workers = command.workerIds
    .map((id) => snapshot.workers.get(id))
    .filter((row): row is WorkerRow => row !== undefined && row.state !== 'TERMINATED');
  if (workers.length === 0) return refuse('not-found', `${command.workerIds.join(', ')}: no such worker runs`);
  const jobs = workers.flatMap(({ jobs: held }) => held);
  const ids = workers.map(({ id }) => id);
  const saves = workers.reduce((sum, { pool }) => sum + (priceNow(snapshot.markets[pool]) ?? 0), 0);
  const target = snapshot.settings.targetWorkers;
  const first = workers[0];
  const intent = openIntent(
    ids.length === 1 && first !== undefined ? `${first.id}@${first.rev}` : `terminate-${context.newId()}`,
    {
      verb: 'terminate',
      workerIds: ids,
      revs: workers.map(({ rev }) => rev),
      target: command.target,
    },
    context,
  );
  const replaced =
    command.target === 'keep'
      ? `replacements will be launched while work waits (target stays ${target})`
      : `target ${target} -> ${Math.max(0, target - ids.length)}`;
  return planned(command, context, {
    title: ids.length === 1 ? `terminate worker ${ids[0]}` : `terminate ${plural(ids.length, 'worker')}`,
    steps: [intentStep(intent, `TerminateInstances ${ids.join(' ')}`, replaced)],
    usdPerHour: command.target === 'keep' ? 0 : -saves,
    losesMs: jobs.reduce((sum, id) => sum + (snapshot.live[id]?.atRiskMs ?? 0), 0),
    notes: [
      jobs.length === 0
        ? 'no job runs on it'
        : `${plural(jobs.length, 'job goes on elsewhere from its newest checkpoint', 'jobs go on elsewhere, each from its newest checkpoint')}`,
      ...leaderNote(context),
    ],
  });
}

function proposeBid(command: Extract<Command, { kind: 'bid.set' }>, context: PlanContext): Proposal {
  const { snapshot, operator, now } = context;
  const { pool, usdPerHour } = command;
  const { settings } = snapshot;
  const touched = settings.pools.filter(({ id }) => pool === '*' || id === pool);
  if (touched.length === 0)
    return refuse(
      'not-found',
      `${pool} is not a pool of this deployment: ${settings.pools.map(({ id }) => id).join(', ')}`,
    );
  if (!Number.isFinite(usdPerHour) || usdPerHour <= 0)
    return refuse('bad-value', `a bid of ${usdPerHour} is not a price in dollars an hour`);
  for (const { id } of touched) {
    const onDemand = snapshot.markets[id]?.onDemandUsdPerHour ?? 0;
    if (onDemand > 0 && usdPerHour > onDemand * BID_OVER_ON_DEMAND_MAX)
      return refuse(
        'limit',
        `${usdPerHour} is more than ${BID_OVER_ON_DEMAND_MAX} times the on-demand price of ${id} (${onDemand})`,
      );
  }
  if (touched.every(({ bidUsdPerHour }) => bidUsdPerHour === usdPerHour))
    return refuse('nothing-to-do', `the bid of ${pool} is ${usdPerHour} already`);
  const next = {
    ...settings,
    pools: settings.pools.map((setting) =>
      touched.includes(setting) ? { ...setting, bidUsdPerHour: usdPerHour } : setting,
    ),
    changedBy: operator.name,
    changedAt: now,
  };
  const running = [...snapshot.workers].filter(
    ({ pool: at, state }) => isServing(state) && touched.some(({ id }) => id === at),
  );
  const old = [...new Set(touched.map(({ bidUsdPerHour }) => bidUsdPerHour))].join(', ');
  return planned(command, context, {
    title: `bid ${usdPerHour} $/h for ${pool === '*' ? 'all pools' : pool}`,
    steps: [
      {
        text: `bid of ${touched.map(({ id }) => id).join(', ')}: ${old} -> ${usdPerHour}`,
        note: 'for new launches',
        effect: { kind: 'table.write', write: writeSettings(next) },
      },
    ],
    notes:
      running.length === 0
        ? ['applies to new launches']
        : [
            `applies to new launches: ${plural(running.length, 'running worker keeps', 'running workers keep')} the old bid`,
          ],
  });
}
