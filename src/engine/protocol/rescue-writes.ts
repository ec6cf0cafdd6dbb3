import { assert } from '../model/assert.ts';
import type { Condition, ConditionalWrite } from '../model/command.ts';
import { isLeased, type JobRow } from '../model/job.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { asPlaced, changedAt, LEASED, notDeposed, readyPlace } from './job-transition.ts';

/** Which leader writes, and when. */
export interface Rescuing {
  readonly at: EpochMs;
  readonly by: string;
  readonly leaderEpoch: number;
  readonly readyShards: number;
}

/**
 * RUNNABLE or under lease: the job is rescued. Where it waits, it moves to the place where only on-demand workers look; where a
 * spot worker runs it, that goes on until it is sent over. On condition that the job is where the leader saw it.
 */
export function rescueJob(row: JobRow, { at, by, leaderEpoch, readyShards }: Rescuing): ConditionalWrite {
  assert(row.state === 'RUNNABLE' || isLeased(row.state), `rescue of a job that is ${row.state}`);
  const rescue = { at, by, goAt: 0 };
  const place = row.state === 'RUNNABLE' ? readyPlace({ ...row, rescue }, readyShards) : {};
  return change(row, { at, leaderEpoch }, { set: { rescue, ...place }, remove: [], if: [{ op: 'absent', attribute: 'rescue' }] }); // prettier-ignore
}

/** RUNNING: an on-demand worker is ready, so its spot worker saves it and hands it over; read in the heartbeat's reply. */
export function sendOver(row: JobRow, { at, by, leaderEpoch }: Rescuing): ConditionalWrite {
  const rescue = { at: row.rescue?.at ?? at, by, goAt: at };
  return change(row, { at, leaderEpoch }, { set: { rescue }, remove: [], if: [{ op: 'exists', attribute: 'rescue' }] });
}

/** RUNNABLE: no on-demand worker can be had, and spot is better than to wait for none. It is rescued again when one can. */
export function liftRescue(row: JobRow, { at, leaderEpoch, readyShards }: Rescuing): ConditionalWrite {
  assert(row.state === 'RUNNABLE', `rescue lifted of a job that is ${row.state}`);
  const set = readyPlace({ ...row, rescue: undefined }, readyShards);
  return change(row, { at, leaderEpoch }, { set, remove: ['rescue'], if: asPlaced(row) });
}

function change(
  row: JobRow,
  { at, leaderEpoch }: Pick<Rescuing, 'at' | 'leaderEpoch'>,
  what: { readonly set: JsonObject; readonly remove: readonly string[]; readonly if: readonly Condition[] },
): ConditionalWrite {
  const seen: readonly Condition[] = isLeased(row.state)
    ? [
        { op: '=', attribute: 'leaseOwner', value: row.leaseOwner },
        { op: 'in', attribute: 'state', values: LEASED },
      ]
    : [
        { op: '=', attribute: 'state', value: 'RUNNABLE' },
        { op: 'absent', attribute: 'hold' },
        { op: 'absent', attribute: 'notBefore' },
      ];
  return {
    table: 'jobs',
    key: row.id,
    conditions: [{ op: '=', attribute: 'epoch', value: row.epoch }, ...seen, ...what.if, notDeposed(leaderEpoch)],
    set: { ...what.set, changedAt: changedAt(row, at), leaderEpoch },
    add: { rev: 1 },
    remove: what.remove,
  };
}
