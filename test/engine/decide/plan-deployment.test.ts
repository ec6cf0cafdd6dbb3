import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { nextOfEnding, remainsOf } from '../../../src/engine/decide/plan-deployment.ts';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import { isTerminal, JOB_STATES } from '../../../src/engine/model/job.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import { WORKER_STATES } from '../../../src/engine/model/worker.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { claimJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { itemOf } from '../../support/job-table.ts';
import { settingsFor } from '../../support/memory-cloud.ts';
import { makeJob, NOW, workerId } from '../../support/snapshots.ts';
import { at, intent, waiting, world } from '../../support/world.ts';

const operator = { name: 'ana', from: '', mode: 'operator' } as const;
const next = (snapshot: Snapshot, now = NOW) => nextOfEnding({ snapshot, operator, now, newId: () => 'id' });
const closed = { settings: settingsFor({ rev: 2, accepting: false }) };
const lowered = { settings: settingsFor({ rev: 3, accepting: false, targetWorkers: 0 }) };

describe('what is written next, so that nothing is left', () => {
  test('submission first, whatever else there is', () => {
    const { phase, writes } = next(world({}, waiting(2), [at(0)]));
    expect(phase).toBe('submission');
    expect(writes).toMatchObject([{ table: 'misc', set: { value: { accepting: false, targetWorkers: 4, changedBy: 'ana' } } }]); // prettier-ignore
  });

  test('then jobs, and no instance before them', () => {
    const { phase, writes } = next(world(closed, [...waiting(2), makeJob(2, { state: 'SUCCEEDED' })], [at(0)]));
    expect(phase).toBe('jobs');
    expect(writes).toHaveLength(2);
    expect(writes.every(({ table, set }) => table === 'jobs' && set['state'] === 'KILLED')).toBe(true);
  });

  test('then the target, and what no intent is about to end', () => {
    const { writes } = next(world(closed, [makeJob(0, { state: 'KILLED' })], [at(0), at(1, { state: 'TERMINATED' })]));
    expect(writes).toMatchObject([
      { table: 'misc', set: { value: { targetWorkers: 0 } } },
      { table: 'intents', set: { action: { verb: 'terminate', workerIds: [workerId(0)], target: 'keep' } } },
    ]);
  });

  test.each<[string, Partial<Parameters<typeof intent>[1]>, number]>([
    ['open', { state: 'OPEN' }, 0],
    ['just done: its row follows', { state: 'DONE', settledAt: NOW - 1_000 }, 0],
    ['done long ago, and the instance still there', { state: 'DONE', settledAt: NOW - 3_600_000 }, 1],
    ['failed long ago', { state: 'FAILED', settledAt: NOW - 3_600_000 }, 1],
  ])('an intent that is %s', (_what, change, writes) => {
    const action = { verb: 'terminate', workerIds: [workerId(0)], revs: [1], target: 'keep' } as const;
    const snapshot = world(lowered, [], [at(0)]);
    const asked = { ...snapshot, intents: reduce(snapshot, { kind: 'intents.observed', at: NOW, rows: [intent(action, change)] }).intents }; // prettier-ignore
    expect(next(asked)).toMatchObject({ phase: 'workers' });
    expect(next(asked).writes).toHaveLength(writes);
  });

  test('it is not over while a launch is under way', () => {
    const launch = intent({ verb: 'launch', count: 1, pool: undefined });
    const snapshot = world(lowered);
    expect(next(snapshot).phase).toBe('gone');
    expect(next(reduce(snapshot, { kind: 'intents.observed', at: NOW, rows: [launch] })).phase).toBe('workers');
  });

  test('a job that a worker claims in between is killed in the next pass', async () => {
    const table = new MemoryTable();
    await table.putAll('jobs', [itemOf({ id: 'job-0', at: NOW })]);
    const seen = jobRowOf((await table.get('jobs', 'job-0'))!)!;
    const [kill] = next(world(closed, [seen])).writes;
    await table.write(claimJob(seen, { workerId: 'w', pool: 'p', leaseUntil: NOW + 60_000, at: NOW }));
    expect(await table.write(kill!)).toBeUndefined();
    const claimed = jobRowOf((await table.get('jobs', 'job-0'))!)!;
    const [again] = next(world(closed, [claimed])).writes;
    expect(jobRowOf((await table.write(again!))!)).toMatchObject({ state: 'KILLED', leaseOwner: '' });
  });

  test('it is over exactly when nothing is left', () => {
    const jobs = fc.array(fc.constantFrom(...JOB_STATES), { maxLength: 6 });
    const workers = fc.array(fc.constantFrom(...WORKER_STATES), { maxLength: 4 });
    const settings = fc.record({ accepting: fc.boolean(), targetWorkers: fc.nat({ max: 2 }) });
    fc.assert(
      fc.property(jobs, workers, settings, (states, fleet, { accepting, targetWorkers }) => {
        const snapshot = world(
          { settings: settingsFor({ rev: 1, accepting, targetWorkers }) },
          states.map((state, number) => makeJob(number, { state })),
          fleet.map((state, number) => at(number, { state })),
        );
        const left = remainsOf(snapshot);
        expect(left.jobs).toBe(states.filter((state) => !isTerminal(state)).length);
        const { phase, writes } = next(snapshot);
        const isNothing = !accepting && left.jobs === 0 && left.instances === 0 && targetWorkers === 0;
        expect(phase === 'gone').toBe(isNothing);
        expect(writes.length > 0).toBe(!isNothing);
      }),
    );
  });
});
