import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propose } from '../../../src/engine/decide/plan.ts';
import { chosenSteps, switchStep } from '../../../src/engine/decide/plan-steps.ts';
import type { Command, Plan } from '../../../src/engine/model/command.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import { settingsFor } from '../../support/memory-cloud.ts';
import { jobId, makeJob, NOW, workerId } from '../../support/snapshots.ts';
import { at, intent, world } from '../../support/world.ts';

const operator = { name: 'ana', from: 'ssh 10.0.0.7', mode: 'operator' } as const;
const checkpoint = { generation: 1_000_001, manifestKey: 'm', sizeBytes: 1, stopMs: 4_000, at: NOW - 60_000, workMs: 5_000 }; // prettier-ignore
const live = (number: number, atRiskMs: number) => ({
  [jobId(number)]: { id: jobId(number), epoch: 1, progressPct: 50, leaseUntil: NOW, heartbeatAt: NOW, atRiskMs },
});
const saving = makeJob(0, { state: 'RUNNING', leaseOwner: workerId(0), epoch: 1, checkpoint });
const unsaved = makeJob(1, { state: 'RUNNING', leaseOwner: workerId(1), epoch: 1 });

function fleet(change: Partial<Snapshot> = {}): Snapshot {
  return world(
    { settings: settingsFor({ rev: 3, targetWorkers: 3 }), live: { ...live(0, 38_000), ...live(1, 9_000) }, ...change },
    [saving, unsaved, makeJob(2)],
    [at(0, { state: 'BUSY', jobs: [jobId(0)] }), at(1, { state: 'BUSY', jobs: [jobId(1)] }), at(2, { state: 'IDLE' })],
  );
}

function planOf(command: Command, snapshot: Snapshot): Plan {
  const proposal = propose(command, { snapshot, operator, newId: () => 'id', now: NOW });
  if (!proposal.ok) throw new Error(proposal.refusal.sentence);
  return proposal.plan;
}

function refusalOf(command: Command, snapshot: Snapshot): string {
  const proposal = propose(command, { snapshot, operator, newId: () => 'id', now: NOW });
  return proposal.ok ? 'planned' : `${proposal.refusal.code}: ${proposal.refusal.sentence}`;
}

const texts = (plan: Plan): readonly string[] =>
  plan.steps.map(({ text, choice }) => `${choice === undefined ? '   ' : choice.isOn ? '[x]' : '[ ]'} ${text}`);

describe('ending workers', () => {
  const end = (workerIds: readonly string[], change: Partial<Extract<Command, { kind: 'workers.terminate' }>> = {}) =>
    ({ kind: 'workers.terminate', workerIds, target: 'keep', first: 'checkpoint', ...change }) as const;

  test('a checkpoint first, fewer workers, and the end are steps; what is lost follows them', () => {
    const plan = planOf(end([workerId(0)]), fleet());
    expect(texts(plan)).toEqual([
      '[x] checkpoint pi-000 first',
      '[ ] ask for 3 -> 2 workers',
      `    TerminateInstances ${workerId(0)}`,
    ]);
    expect(plan.losesMs).toBe(0);
    const without = switchStep(plan, 0);
    expect(without.losesMs).toBe(38_000);
    expect(chosenSteps(without).map(({ text }) => text)).toEqual([`TerminateInstances ${workerId(0)}`]);
    expect(switchStep(without, 0)).toEqual(plan);
    expect(switchStep(plan, 2)).toBe(plan);
  });

  test('where the target stays it saves nothing, and costs a start; with the target lowered it saves the price', () => {
    const plan = planOf(end([workerId(0)]), fleet());
    expect(plan.usdPerHour).toBeCloseTo(0, 10);
    expect(plan.usd).toBeGreaterThan(0);
    expect(plan.steps[2]?.note).toBe('a replacement will be launched (target stays 3)');
    expect(switchStep(plan, 1).usdPerHour).toBeCloseTo(-0.03, 10);
    const lowered = planOf(end([workerId(0)], { target: 'lower' }), fleet());
    expect(lowered.usdPerHour).toBeCloseTo(-0.03, 10);
    expect(lowered.usd).toBe(0);
    // More serve than are asked for: none is replaced, and there is no target to lower.
    const spare = planOf(end([workerId(2)]), fleet({ settings: settingsFor({ rev: 3, targetWorkers: 2 }) }));
    expect(spare.usdPerHour).toBeCloseTo(-0.03, 10);
    expect(texts(spare)).toEqual([`    TerminateInstances ${workerId(2)}`]);
  });

  test('what never saved anything is offered a checkpoint, and not made to wait for one', () => {
    const plan = planOf(end([workerId(1)]), fleet());
    expect(texts(plan)[0]).toBe('[ ] checkpoint pi-001 first');
    expect(plan.losesMs).toBe(9_000);
  });

  test('several are one intent with all ids and revs, after all their checkpoints', () => {
    const plan = planOf(end([workerId(0), workerId(1)]), fleet());
    const last = plan.steps.at(-1);
    expect(last?.targets?.map(({ id, rev }) => [id, rev])).toEqual([
      [workerId(0), fleet().workers.get(workerId(0))?.rev],
      [workerId(1), fleet().workers.get(workerId(1))?.rev],
    ]);
    expect(last?.after).toEqual([jobId(0), jobId(1)]);
  });

  test('deadlines are told with their slack, and what others have pending', () => {
    const due = { deadlineAt: NOW + 10 * 3_600_000, workS: 600 };
    const snapshot = world(
      {
        intents: rowsFrom([
          intent({ verb: 'terminate', workerIds: [workerId(0)], revs: [1], target: 'keep' }, { by: 'bea', createdAt: NOW - 4_000 }), // prettier-ignore
        ]),
      },
      [{ ...saving, ...due, desired: { checkpoint: { at: NOW - 3_000, by: 'carl' } } }],
      [at(0, { state: 'BUSY', jobs: [jobId(0)] })],
    );
    const { notes } = planOf(end([workerId(0)]), snapshot);
    expect(notes.join('\n')).toMatch(/pi-000: its deadline is kept, slack 9 h/);
    expect(notes).toContain(`${workerId(0)}: bea asked for it to be terminated, 4 s ago, and it is not done yet`);
    expect(notes).toContain('pi-000: carl asked for a checkpoint, 3 s ago, and it is not done yet');
    const late = world({}, [{ ...saving, deadlineAt: NOW + 60_000, workS: 600 }], [at(0, { jobs: [jobId(0)] })]);
    expect(planOf(end([workerId(0)]), late).notes.join('\n')).toMatch(/its deadline is at risk, slack -/);
  });

  test('whatever is switched, twice is as before, and nothing below zero is lost', () => {
    const plan = planOf(end([workerId(0), workerId(1)]), fleet());
    fc.assert(
      fc.property(fc.array(fc.nat({ max: plan.steps.length })), (positions) => {
        const there = positions.reduce(switchStep, plan);
        expect(there.losesMs).toBeGreaterThanOrEqual(0);
        const back = positions.toReversed().reduce(switchStep, there);
        expect(back.steps).toEqual(plan.steps);
        expect(back.losesMs).toBeCloseTo(plan.losesMs, 6);
        expect(back.usdPerHour).toBeCloseTo(plan.usdPerHour, 10);
      }),
    );
  });
});

describe('draining', () => {
  const drain = (workerIds: readonly string[], change: Partial<Extract<Command, { kind: 'workers.drain' }>> = {}) =>
    ({ kind: 'workers.drain', workerIds, target: 'keep', jobs: 'finish', ...change }) as const;

  test('takes nothing new, lets the job end or gives it back saved, and may lower the target', () => {
    const plan = planOf(drain([workerId(0)]), fleet());
    expect(texts(plan)).toEqual([
      '[ ] ask for 3 -> 2 workers',
      `    drain ${workerId(0)}`,
      '[ ] save pi-000 now and give it back',
    ]);
    expect(plan.steps[1]?.note).toBe('goes when pi-000 has ended');
    expect(texts(planOf(drain([workerId(0)], { jobs: 'give-back', target: 'lower' }), fleet()))).toEqual([
      '[x] ask for 3 -> 2 workers',
      `    drain ${workerId(0)}`,
      '[x] save pi-000 now and give it back',
    ]);
  });

  test('what goes already is not drained again', () => {
    const wished = world({}, [], [at(0, { drain: { at: NOW, by: 'bea', jobs: 'finish' } }), at(1, { state: 'DRAINING' })]); // prettier-ignore
    expect(refusalOf(drain([workerId(0)]), wished)).toMatch(
      /^nothing-to-do: .* goes already: it is IDLE, drained by bea/,
    );
    expect(refusalOf(drain([workerId(0), workerId(1)]), wished)).toBe('nothing-to-do: all of them go already');
    expect(refusalOf(drain(['i-none']), wished)).toMatch(/^not-found/);
  });
});

describe('priority and deadline', () => {
  const set = (change: Partial<Extract<Command, { kind: 'jobs.set' }>>) =>
    ({
      kind: 'jobs.set',
      jobIds: [jobId(2)],
      priority: undefined,
      deadlineAt: undefined,
      needs: {},
      ...change,
    }) as const;

  test('are told as they were and as they will be', () => {
    const plan = planOf(set({ priority: 7, deadlineAt: NOW + 3_600_000 }), fleet());
    expect(plan.title).toBe('priority 7, deadline in 1 h for pi-002');
    expect(plan.steps[0]?.text).toBe('pi-002: priority 0 -> 7, deadline none -> in 1 h');
    expect(plan.steps[0]?.note).toMatch(/nothing is promised/);
    expect(plan.notes.join()).toMatch(/what its document needs was not read/);
  });

  test.each<[Parameters<typeof set>[0], string]>([
    [{}, 'bad-value: say a priority, a deadline, or both'],
    [{ priority: 1_001 }, 'bad-value: a priority is a whole number from -1000 to 1000, not 1001'],
    [{ priority: 0.5 }, 'bad-value: a priority is a whole number from -1000 to 1000, not 0.5'],
    [{ deadlineAt: NOW - 60_000 }, 'bad-value: a deadline 1 m ago cannot be kept'],
    [{ deadlineAt: Number.NaN }, 'bad-value: that deadline is no time'],
    [{ priority: 0 }, 'nothing-to-do: it is so already'],
    [{ priority: 1, jobIds: ['none'] }, 'not-found: none: no such job'],
  ])('%j is refused', (change, why) => {
    expect(refusalOf(set(change), fleet())).toBe(why);
  });

  test('of what has ended there is nothing to hurry', () => {
    const ended = world({}, [makeJob(2, { state: 'SUCCEEDED' })]);
    expect(refusalOf(set({ priority: 1 }), ended)).toBe('nothing-to-do: pi-002 has ended already: SUCCEEDED');
  });
});

describe('a bid is undone', () => {
  const POOL = 'c5.large/us-east-1a';
  const before = { bidUsdPerHour: 0.045, by: 'bea', at: NOW - 120_000 };
  const changed = settingsFor({ rev: 5 });
  const pools = changed.pools.map((pool) => (pool.id === POOL ? { ...pool, before } : pool));
  const snapshot = world({ settings: { ...changed, pools } });
  const now = pools.find(({ id }) => id === POOL)?.bidUsdPerHour ?? 0;

  test('to what it was before, with who changed it; the newest where none is named', () => {
    for (const pool of [POOL, '*']) {
      const plan = planOf({ kind: 'bid.undo', pool }, snapshot);
      expect(plan.title).toBe(`undo: bid 0.045 $/h for ${POOL} again`);
      expect(plan.notes[0]).toBe(`bea set it to ${now} 2 m ago`);
      const { effect } = plan.steps[0]!;
      const written = effect.kind === 'table.write' ? effect.write : undefined;
      expect(written?.conditions).toEqual([{ op: '=', attribute: 'rev', value: 5 }]);
      expect(written?.set).toMatchObject({
        value: { pools: expect.arrayContaining([{ id: POOL, bidUsdPerHour: 0.045, before: { bidUsdPerHour: now, by: 'ana', at: NOW } }]) }, // prettier-ignore
      });
    }
  });

  test('not when it is another one by now, and not when there was none', () => {
    expect(refusalOf({ kind: 'bid.undo', pool: '*', expected: { pool: POOL, usdPerHour: 0.9 } }, snapshot)).toBe(
      `changed: the bid of ${POOL} is not 0.9 any more: bea set it to ${now} 2 m ago`,
    );
    expect(refusalOf({ kind: 'bid.undo', pool: '*' }, world({ settings: changed }))).toMatch(/^nothing-to-do/);
    expect(refusalOf({ kind: 'bid.undo', pool: POOL }, world({ settings: changed }))).toMatch(/^nothing-to-do/);
    expect(refusalOf({ kind: 'bid.undo', pool: 'x' }, snapshot)).toMatch(/^not-found/);
  });
});

describe('documents', () => {
  const job = { document: { cbas: 1, name: 'one', run: { command: ['true'] } }, deadlineAt: 0, files: [] };

  test('files first, and the job only when they are there', () => {
    const plan = planOf({ kind: 'jobs.submit', source: 'a.json', jobs: [{ ...job, files: [{ from: '/x/pi.mjs', to: 'pi.mjs' }] }] }, fleet()); // prettier-ignore
    expect(plan.steps.map(({ text }) => text)).toEqual(['upload /x/pi.mjs', 'submit one']);
    expect(plan.steps[1]?.after).toEqual(['id']);
  });

  test('what is wrong is told, and nothing is submitted where nothing is accepted', () => {
    const bad = { ...job, document: { cbas: 1, run: {} } };
    expect(refusalOf({ kind: 'jobs.submit', source: 'a.json', jobs: [bad] }, fleet())).toMatch(
      /^bad-value: a\.json: .*run/,
    );
    const closed = fleet({ settings: settingsFor({ rev: 1, accepting: false }) });
    expect(refusalOf({ kind: 'jobs.submit', source: 'a.json', jobs: [job] }, closed)).toMatch(/^nothing-to-do: .*accepts no jobs/); // prettier-ignore
    expect(refusalOf({ kind: 'jobs.submit', source: 'a.json', jobs: [] }, fleet())).toMatch(/^nothing-to-do/);
  });
});
