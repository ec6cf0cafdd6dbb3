import type { Intent } from '../../src/engine/model/command.ts';
import { rowsFrom } from '../../src/engine/model/rows.ts';
import type { Notable, Snapshot } from '../../src/engine/model/snapshot.ts';
import { busySnapshot, jobId, MINUTE, NOW, POOLS, workerId } from './snapshots.ts';

function intent(number: number, change: Partial<Intent>): Intent {
  return {
    id: `launch-${number}`,
    action: { verb: 'launch', count: 3, pool: POOLS[0] },
    by: 'ana',
    from: 'ssh 10.0.0.7',
    createdAt: NOW - number * 3 * MINUTE,
    state: 'DONE',
    leaderEpoch: 4,
    token: '',
    startedAt: NOW - number * 3 * MINUTE + 900,
    outcome: '3 workers launched',
    instanceIds: [],
    settledAt: NOW - number * 3 * MINUTE + 4_000,
    ...change,
  };
}

/** A pool took thirty workers back, a launch is under way, one was refused, and somebody changed a bid. */
export function eventfulSnapshot(): Snapshot {
  const at = NOW - 3 * MINUTE;
  const pool = POOLS[0];
  const line = (change: Partial<Notable> & Pick<Notable, 'group' | 'sentence'>): Notable => ({ at, since: at - 20_000, level: 'handled', count: 1, ...change }); // prettier-ignore
  return {
    ...busySnapshot(),
    intents: rowsFrom([
      intent(1, { state: 'STARTED', outcome: '', settledAt: 0 }),
      intent(2, { state: 'REFUSED', outcome: 'InsufficientInstanceCapacity in m5.large/us-east-1a', by: 'ben' }),
      intent(3, { action: { verb: 'terminate', workerIds: [workerId(9)], revs: [3], target: 'keep' }, outcome: '1 worker ended' }),
      intent(4, { id: 'cap-e4-1', by: 'm-7f3a', from: '' }),
    ]),
    notables: [
      line({ group: 'settings:2', level: 'act', at: at - 5 * MINUTE, since: at - 5 * MINUTE, sentence: `ana: bid of ${pool} 0.045 -> 0.05` }),
      line({ group: `rebalance:${pool}`, at: at - 15_000, since: at - 40_000, count: 30, sentence: `EC2 recommends to leave ${pool}: 30 workers at higher risk`, about: [workerId(0), workerId(3)] }),
      line({ group: `taken:${pool}`, count: 30, sentence: `${pool} takes 30 workers back`, about: [workerId(0), workerId(3)] }),
      line({ group: `moved:${pool}:interruption-notice`, at: at + 2_000, since: at, count: 27, sentence: '27 jobs saved in time, to go on elsewhere', about: [jobId(12), jobId(15)] }),
      line({ group: `moved:${pool}:worker-lost`, at: at + 9_000, since: at + 4_000, count: 3, sentence: '3 jobs of a lost worker made runnable again', about: [jobId(17)], lostMs: 130_000 }),
      line({ group: 'jobs.failed', level: 'attention', at: NOW - 2 * MINUTE, since: NOW - 2 * MINUTE, sentence: 'sort-9 failed: exit 3, 3 attempts: "out of memory"', about: [jobId(16)] }),
    ],
  };
} // prettier-ignore
