import type { Command, Proposal } from '../model/command.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { isServing, type WorkerRow } from '../model/worker.ts';
import { plural } from './notables.ts';
import { type PlanContext, refuse } from './plan-parts.ts';
import { drainPlan } from './plan-workers.ts';

/** Spot workers of a pool that run at another bid than the one in force there, and do not go already. */
export function launchedAtAnotherBid({ workers, settings }: Snapshot, pool: string): readonly WorkerRow[] {
  const bid = settings.pools.find(({ id }) => id === pool)?.bidUsdPerHour;
  if (bid === undefined) return [];
  return [...workers].filter(
    (row) =>
      row.pool === pool &&
      row.lifecycle === 'spot' &&
      row.bidUsdPerHour !== bid &&
      isServing(row.state) &&
      row.drain === undefined,
  );
}

/** The bid of an instance that runs cannot be changed: for a new one it has to be another instance. Their work is saved before. */
export function proposeRoll(command: Extract<Command, { kind: 'workers.roll' }>, context: PlanContext): Proposal {
  const { snapshot } = context;
  const { pool } = command;
  const setting = snapshot.settings.pools.find(({ id }) => id === pool);
  if (setting === undefined)
    return refuse('not-found', `${pool} is not a pool of this deployment: ${snapshot.settings.pools.map(({ id }) => id).join(', ')}`); // prettier-ignore
  const workers = launchedAtAnotherBid(snapshot, pool);
  if (workers.length === 0)
    return refuse('nothing-to-do', `no worker of ${pool} runs at another bid than ${setting.bidUsdPerHour}`);
  const bids = [...new Set(workers.map(({ bidUsdPerHour }) => bidUsdPerHour))].toSorted((a, b) => a - b);
  return drainPlan(command, context, {
    workers,
    title: `roll ${plural(workers.length, 'worker')} of ${pool} to the bid ${setting.bidUsdPerHour}`,
    target: 'keep',
    jobs: 'give-back',
    notes: [`they were launched at ${bids.join(', ')}; each goes when its jobs are saved, and is replaced where capacity is cheapest then`], // prettier-ignore
  });
}
