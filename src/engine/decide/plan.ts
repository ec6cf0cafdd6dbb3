import { assertNever } from '../model/assert.ts';
import type { Command, Intent, Plan, PlanStep, Proposal, Refusal } from '../model/command.ts';
import { isTerminal, type JobRow } from '../model/job.ts';
import type { MasterHost } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { isServing, type WorkerRow } from '../model/worker.ts';
import { putIntent } from '../protocol/intent-item.ts';
import { writeSettings } from '../protocol/misc-item.ts';
import { killJob, wishCheckpoint } from '../protocol/operator-job-writes.ts';
import { candidatePools } from './capacity.ts';
import { plural } from './notables.ts';
import { proposeMaster } from './plan-master.ts';
import { priceNow } from './reduce-market.ts';

/** Who asks, and from where: goes with every intent into the audit. */
export interface Operator {
  readonly name: string;
  readonly from: string;
  readonly mode: 'operator' | 'read-only';
}

export interface PlanContext {
  readonly snapshot: Snapshot;
  readonly operator: Operator;
  /** Makes the plan's id and a launch's; chance belongs to the caller. */
  readonly newId: () => string;
  readonly now: number;
  /** Where a master can be started; undefined where none can. */
  readonly host?: Pick<MasterHost, 'machine' | 'commandLine' | 'logFile' | 'running'> | undefined;
}

/** More at once is a slip of the finger, or a matter for a script that says so. */
export const LAUNCH_MAX = 500;
/** The highest bid that is not certainly a typing error: ten times on-demand, Amazon's own cap of 2015 to 2017. */
export const BID_OVER_ON_DEMAND_MAX = 10;

const refuse = (code: Refusal['code'], sentence: string): Proposal => ({ ok: false, refusal: { code, sentence } });

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
    case 'jobs.checkpoint':
      return proposeCheckpoint(command, jobsById(context.snapshot, command.jobIds), context);
    case 'workers.checkpoint':
      return proposeCheckpoint(command, jobsOfWorkers(context.snapshot, command.workerIds), context);
    case 'master.start':
      return proposeMaster(command, deployment, context);
    default:
      return assertNever(command);
  }
}

type PlanBody = Pick<Plan, 'title' | 'steps'> & Partial<Pick<Plan, 'usdPerHour' | 'usd' | 'losesMs' | 'notes'>>;

function planned(command: Command, context: PlanContext, body: PlanBody): Proposal {
  return {
    ok: true,
    plan: { id: context.newId(), command, madeAt: context.now, usdPerHour: 0, usd: 0, losesMs: 0, notes: [], ...body },
  };
}

function openIntent(id: string, action: Intent['action'], { operator, now }: PlanContext): Intent {
  return {
    id,
    action,
    by: operator.name,
    from: operator.from,
    createdAt: now,
    state: 'OPEN',
    leaderEpoch: 0,
    token: '',
    startedAt: 0,
    outcome: '',
    instanceIds: [],
    settledAt: 0,
  };
}

function intentStep(intent: Intent, text: string, note: string): PlanStep {
  return { text, note, effect: { kind: 'table.write', write: putIntent(intent) } };
}

function leaderNote({ snapshot, now }: PlanContext): readonly string[] {
  const { leader } = snapshot;
  return leader === undefined || leader.until < now ? ['no master runs: this waits until one does (cbas master)'] : [];
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
  for (const { state } of snapshot.workers) if (isServing(state)) count += 1;
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

function jobsById(snapshot: Snapshot, ids: readonly string[]): readonly JobRow[] {
  return ids.map((id) => snapshot.jobs.get(id)).filter((row): row is JobRow => row !== undefined);
}

function jobsOfWorkers(snapshot: Snapshot, ids: readonly string[]): readonly JobRow[] {
  return jobsById(
    snapshot,
    ids.flatMap((id) => snapshot.workers.get(id)?.jobs ?? []),
  );
}

function nameOf(job: JobRow): string {
  return job.name === '' ? job.id : job.name;
}

function proposeKill(command: Extract<Command, { kind: 'jobs.kill' }>, context: PlanContext): Proposal {
  const { snapshot, operator, now } = context;
  const jobs = jobsById(snapshot, command.jobIds);
  if (jobs.length === 0) return refuse('not-found', `${command.jobIds.join(', ')}: no such job`);
  const alive = jobs.filter(({ state }) => !isTerminal(state));
  if (alive.length === 0)
    return refuse(
      'nothing-to-do',
      jobs.length === 1
        ? `${nameOf(jobs[0] as JobRow)} has ended already: ${jobs[0]?.state}`
        : 'all of them have ended already',
    );
  return planned(command, context, {
    title: alive.length === 1 ? `kill job ${nameOf(alive[0] as JobRow)}` : `kill ${plural(alive.length, 'job')}`,
    steps: alive.map((job) => ({
      text: `${nameOf(job)} ${job.state} -> KILLED`,
      note: job.leaseOwner === '' ? 'not running' : `${job.leaseOwner} stops it at its next heartbeat`,
      effect: { kind: 'table.write', write: killJob(job, { at: now, by: operator.name }) },
    })),
    usd: alive.reduce((sum, { tally }) => sum + tally.costUsd, 0),
    losesMs: alive.reduce((sum, job) => sum + job.tally.ranMs + (snapshot.live[job.id]?.atRiskMs ?? 0), 0),
    notes: ['a killed job does not start again'],
  });
}

function proposeCheckpoint(command: Command, jobs: readonly JobRow[], context: PlanContext): Proposal {
  const { operator, now } = context;
  const running = jobs.filter(({ state }) => state === 'RUNNING');
  if (running.length === 0) return refuse('nothing-to-do', 'none of them is running: there is nothing to save');
  return planned(command, context, {
    title:
      running.length === 1
        ? `checkpoint job ${nameOf(running[0] as JobRow)} now`
        : `checkpoint ${plural(running.length, 'job')} now`,
    steps: running.map((job) => ({
      text: `${nameOf(job)}: save its work`,
      note:
        job.checkpoint === undefined
          ? 'its first checkpoint'
          : `the last one took ${(job.checkpoint.stopMs / 1_000).toFixed(1)} s`,
      effect: { kind: 'table.write', write: wishCheckpoint(job, { at: now, by: operator.name }) },
    })),
  });
}
