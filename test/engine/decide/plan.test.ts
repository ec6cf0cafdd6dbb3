import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propose } from '../../../src/engine/decide/plan.ts';
import type { Command } from '../../../src/engine/model/command.ts';
import { isTerminal, JOB_STATES } from '../../../src/engine/model/job.ts';
import { emptySnapshot, type Snapshot } from '../../../src/engine/model/snapshot.ts';
import { OTHER_POOL, POOL } from '../../support/memory-cloud.ts';
import { jobId, makeJob, NOW, workerId } from '../../support/snapshots.ts';
import { at, world } from '../../support/world.ts';
describe('plans', () => {
  const operator = { name: 'ana', from: 'ssh', mode: 'operator' } as const;
  const of = (command: Command, snapshot: Snapshot) =>
    propose(command, { snapshot, operator, newId: () => 'id', now: NOW });
  const running = makeJob(0, { state: 'RUNNING', leaseOwner: workerId(0) });
  const held = { hold: { at: NOW, by: 'bea' } };
  const checkpoint = {
    generation: 1_000_001,
    manifestKey: 'm',
    sizeBytes: 1,
    stopMs: 1,
    at: NOW - 600_000,
    workMs: 5_000,
  };
  const busy = world(
    {},
    [
      running,
      makeJob(1, { state: 'SUCCEEDED' }),
      makeJob(2),
      makeJob(3, { state: 'HELD', desired: held }),
      makeJob(4, { state: 'RUNNING', leaseOwner: workerId(0), desired: held }),
      makeJob(5, { state: 'FAILED', checkpoint }),
      makeJob(6, { state: 'KILLED' }),
      makeJob(7, { state: 'BLOCKED' }),
    ],
    [at(0, { jobs: [jobId(0)] }), at(1, { state: 'TERMINATED' })],
  );

  test.each<[Command, RegExp]>([
    [
      { kind: 'workers.launch', count: 2, pool: undefined },
      /launch 2 workers in the cheapest pool, now c5.large\/us-east-1a/,
    ],
    [{ kind: 'workers.terminate', workerIds: [workerId(0)], target: 'keep' }, /terminate worker/],
    [{ kind: 'bid.set', pool: '*', usdPerHour: 0.06 }, /bid 0.06 \$\/h for all pools/],
    [{ kind: 'jobs.kill', jobIds: [jobId(0), jobId(1)] }, /kill job pi-000/],
    [{ kind: 'jobs.checkpoint', jobIds: [jobId(0)] }, /checkpoint job pi-000 now/],
    [{ kind: 'jobs.hold', jobIds: [jobId(0)] }, /hold job pi-000/],
    [{ kind: 'jobs.hold', jobIds: [jobId(1), jobId(2), jobId(3), jobId(7)] }, /hold job pi-002/],
    [{ kind: 'jobs.release', jobIds: [jobId(3), jobId(2)] }, /release job pi-003/],
    [{ kind: 'jobs.release', jobIds: [jobId(4)] }, /release job pi-004/],
    [{ kind: 'jobs.retry', jobIds: [jobId(5), jobId(1), jobId(0)] }, /retry job pi-005/],
    [{ kind: 'jobs.retry', jobIds: [jobId(6)] }, /retry job pi-006/],
    [{ kind: 'workers.checkpoint', workerIds: [workerId(0)] }, /checkpoint job pi-000 now/],
  ])('%j', (command, title) => {
    const proposal = of(command, busy);
    expect(proposal.ok && proposal.plan.title).toMatch(title);
    // What may be left out is tested by itself below.
    expect(proposal.ok && proposal.plan.steps.filter(({ choice }) => choice === undefined)).toHaveLength(1);
  });

  test('says whose jobs it touches where they are not those of who asks, those of a worker included', () => {
    const others = ['bob', 'bob', 'eve', 'ana', ''].map((owner, number) =>
      makeJob(number, { owner, state: 'RUNNING' }),
    );
    const snapshot = world({}, others, [at(0, { jobs: [jobId(0), jobId(2)] })]);
    const notesOf = (command: Command): readonly string[] => {
      const proposal = of(command, snapshot);
      return proposal.ok ? proposal.plan.notes.filter((line) => line.startsWith('not yours')) : [];
    };
    expect(notesOf({ kind: 'jobs.kill', jobIds: others.map(({ id }) => id) })).toEqual(['not yours: bob (2 jobs), eve (1 job)']); // prettier-ignore
    expect(notesOf({ kind: 'workers.terminate', workerIds: [workerId(0)], target: 'keep' })).toEqual(['not yours: bob (1 job), eve (1 job)']); // prettier-ignore
    expect(notesOf({ kind: 'jobs.kill', jobIds: [jobId(3), jobId(4)] })).toEqual([]);
  });

  test.each<[Command, string]>([
    [{ kind: 'workers.launch', count: 0, pool: undefined }, 'bad-value'],
    [{ kind: 'workers.launch', count: 1.5, pool: undefined }, 'bad-value'],
    [{ kind: 'workers.launch', count: 501, pool: undefined }, 'limit'],
    [{ kind: 'workers.launch', count: 1, pool: 'p9.huge/mars-1a' }, 'not-found'],
    [{ kind: 'workers.terminate', workerIds: [workerId(1)], target: 'keep' }, 'not-found'],
    [{ kind: 'workers.terminate', workerIds: ['i-none'], target: 'keep' }, 'not-found'],
    [{ kind: 'bid.set', pool: 'x', usdPerHour: 0.1 }, 'not-found'],
    [{ kind: 'bid.set', pool: POOL, usdPerHour: Number.NaN }, 'bad-value'],
    [{ kind: 'bid.set', pool: POOL, usdPerHour: 0 }, 'bad-value'],
    [{ kind: 'bid.set', pool: POOL, usdPerHour: 0.86 }, 'limit'],
    [{ kind: 'bid.set', pool: POOL, usdPerHour: 0.05 }, 'nothing-to-do'],
    [{ kind: 'jobs.kill', jobIds: ['none'] }, 'not-found'],
    [{ kind: 'jobs.kill', jobIds: [jobId(1)] }, 'nothing-to-do'],
    [{ kind: 'jobs.checkpoint', jobIds: [jobId(1)] }, 'nothing-to-do'],
    [{ kind: 'jobs.hold', jobIds: ['none'] }, 'not-found'],
    [{ kind: 'jobs.hold', jobIds: [jobId(1)] }, 'nothing-to-do'],
    [{ kind: 'jobs.hold', jobIds: [jobId(3)] }, 'nothing-to-do'],
    [{ kind: 'jobs.hold', jobIds: [jobId(4)] }, 'nothing-to-do'],
    [{ kind: 'jobs.hold', jobIds: [jobId(7)] }, 'nothing-to-do'],
    [{ kind: 'jobs.release', jobIds: [jobId(0), jobId(2)] }, 'nothing-to-do'],
    [{ kind: 'jobs.retry', jobIds: [jobId(0)] }, 'nothing-to-do'],
    [{ kind: 'jobs.retry', jobIds: [jobId(1)] }, 'nothing-to-do'],
  ])('%j is refused as %s', (command, code) => {
    const proposal = of(command, busy);
    expect(proposal.ok ? 'planned' : proposal.refusal.code).toBe(code);
    expect(proposal.ok ? '' : proposal.refusal.sentence).not.toBe('');
  });

  test('a retry says from where it goes on', () => {
    const notes = (id: number) => {
      const proposal = of({ kind: 'jobs.retry', jobIds: [jobId(id)] }, busy);
      return proposal.ok ? proposal.plan.steps.map(({ note }) => note) : [];
    };
    expect(notes(5)).toEqual(['goes on from 5 s of work, saved 10 min ago']);
    expect(notes(6)).toEqual(['from the start: nothing was saved']);
  });

  test('nothing is planned before the deployment is known, or in a console that only reads', () => {
    const command: Command = { kind: 'jobs.kill', jobIds: [jobId(0)] };
    expect(of(command, emptySnapshot())).toMatchObject({ refusal: { code: 'no-data' } });
    expect(
      propose(command, { snapshot: busy, operator: { ...operator, mode: 'read-only' }, newId: () => 'id', now: NOW }),
    ).toMatchObject({ refusal: { code: 'read-only' } });
  });

  test('no plan touches a job that has ended, or launches in a pool that is not ours', () => {
    const commands = fc.oneof<fc.Arbitrary<Command>[]>(
      fc.array(fc.nat({ max: 12 }), { maxLength: 6 }).map((ids) => ({ kind: 'jobs.kill', jobIds: ids.map(jobId) })),
      fc
        .array(fc.nat({ max: 12 }), { maxLength: 6 })
        .map((ids) => ({ kind: 'jobs.checkpoint', jobIds: ids.map(jobId) })),
      fc.record({
        kind: fc.constant('workers.launch' as const),
        count: fc.integer({ min: -2, max: 600 }),
        pool: fc.constantFrom(undefined, POOL, 'x/y'),
      }),
    );
    const states = fc.array(fc.constantFrom(...JOB_STATES), { maxLength: 10 });
    fc.assert(
      fc.property(commands, states, (command, list) => {
        const snapshot = world(
          {},
          list.map((state, number) => makeJob(number, { state })),
        );
        const proposal = of(command, snapshot);
        if (!proposal.ok) return;
        expect(proposal.plan.steps.length).toBeGreaterThan(0);
        for (const { effect } of proposal.plan.steps) {
          if (effect.kind !== 'table.write') throw new Error('an operator only writes');
          if (effect.write.table === 'jobs') expect(isTerminal(snapshot.jobs.get(effect.write.key)!.state)).toBe(false);
          const action = effect.write.set['action'] as { pool?: string } | undefined;
          if (action?.pool !== undefined) expect([POOL, OTHER_POOL]).toContain(action.pool);
        }
      }),
    );
  });
});
