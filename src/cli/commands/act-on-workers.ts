import type { Snapshot } from '../../engine/model/snapshot.ts';
import type { WorkerRow } from '../../engine/model/worker.ts';
import { LAUNCH_MAX } from '../../engine/decide/plan.ts';
import { launchedAtAnotherBid } from '../../engine/decide/plan-roll.ts';
import { act, type ActOptions } from '../act.ts';
import { CliError, EXIT } from '../exit.ts';
import { findOne } from '../find.ts';
import { realNumber, wholeNumber } from '../numbers.ts';

/** A bid that nobody means; the plan refuses sooner, by the on-demand price. */
const BID_MAX = 1_000_000;

/** By instance id, or the beginning or end of one; those that are gone are not meant. */
export function findWorker(asked: string, { workers }: Snapshot): WorkerRow {
  const alive = [...workers]
    .filter(({ state }) => state !== 'TERMINATED')
    .map((row) => ({ id: row.id, name: '', row }));
  return findOne('worker', asked, alive).row;
}

/** `cbas terminate`: the leader ends the instances; their jobs go on elsewhere from their newest checkpoints. */
export async function terminate(
  asked: readonly string[],
  options: ActOptions & { readonly lowerTarget?: boolean; readonly checkpoint?: boolean },
): Promise<number> {
  return act({
    options,
    sources: ['jobs', 'workers', 'prices'],
    command: async (look) => {
      const { snapshot } = look;
      const rows = [...new Set(asked.map((one) => findWorker(one, snapshot)))];
      await look.live(rows.flatMap(({ jobs }) => jobs.map((id) => snapshot.jobs.get(id)).filter((row) => row !== undefined))); // prettier-ignore
      return {
        kind: 'workers.terminate',
        workerIds: rows.map(({ id }) => id),
        target: options.lowerTarget === true ? 'lower' : 'keep',
        ...(options.checkpoint === true && { first: 'checkpoint' }),
      };
    },
  });
}

/** `cbas drain`: workers take nothing new and go when their jobs have ended, or with `--now` as soon as they are saved. */
export async function drain(
  asked: readonly string[],
  options: ActOptions & { readonly lowerTarget?: boolean; readonly now?: boolean },
): Promise<number> {
  return act({
    options,
    sources: ['jobs', 'workers', 'prices'],
    command: async (look) => {
      const { snapshot } = look;
      const rows = [...new Set(asked.map((one) => findWorker(one, snapshot)))];
      await look.live(rows.flatMap(({ jobs }) => jobs.map((id) => snapshot.jobs.get(id)).filter((row) => row !== undefined))); // prettier-ignore
      return {
        kind: 'workers.drain',
        workerIds: rows.map(({ id }) => id),
        target: options.lowerTarget === true ? 'lower' : 'keep',
        jobs: options.now === true ? 'give-back' : 'finish',
      };
    },
  });
}

/** `cbas roll POOL`: workers launched at another bid than the one in force save their work, go, and are replaced. */
export async function roll(pool: string, options: ActOptions): Promise<number> {
  return act({
    options,
    sources: ['jobs', 'workers', 'prices'],
    command: async (look) => {
      const held = launchedAtAnotherBid(look.snapshot, pool).flatMap(({ jobs }) => jobs);
      await look.live(held.map((id) => look.snapshot.jobs.get(id)).filter((row) => row !== undefined));
      return { kind: 'workers.roll', pool };
    },
  });
}

/** `cbas launch COUNT`: the leader asks EC2 for workers. */
export async function launch(count: string, options: ActOptions & { readonly pool?: string }): Promise<number> {
  const workers = wholeNumber('COUNT', count, { min: 1, max: LAUNCH_MAX });
  return act({
    options,
    sources: ['workers', 'prices'],
    command: () => ({ kind: 'workers.launch', count: workers, pool: options.pool }),
  });
}

/** `cbas bid POOL USD`: what is offered for new launches; `--undo` goes back to what was offered before. */
export async function bid(
  pool: string,
  usd: string | undefined,
  options: ActOptions & { readonly undo?: boolean },
): Promise<number> {
  // prettier-ignore
  if ((usd === undefined) === (options.undo !== true)) throw new CliError('say a price, or --undo', EXIT.usage);
  if (usd === undefined)
    return act({ options, sources: ['workers', 'prices'], command: () => ({ kind: 'bid.undo', pool }) });
  const usdPerHour = realNumber('USD', usd.replace(/^\$/, ''), { min: 0, max: BID_MAX });
  return act({ options, sources: ['workers', 'prices'], command: () => ({ kind: 'bid.set', pool, usdPerHour }) });
}
