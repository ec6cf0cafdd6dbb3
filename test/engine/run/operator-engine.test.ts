import { beforeEach, expect, test } from 'vitest';
import type { Command } from '../../../src/engine/model/command.ts';
import type { EngineEvent } from '../../../src/engine/model/event.ts';
import { isTerminal } from '../../../src/engine/model/job.ts';
import { settleIntent } from '../../../src/engine/protocol/intent-item.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { claimJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { OperatorEngine } from '../../../src/engine/run/operator-engine.ts';
import { createSnapshotStore } from '../../../src/engine/run/store.ts';
import { faultNow, LAB, memoryCloud, type MemoryCloud, POOL, withWork } from '../../support/memory-cloud.ts';

let cloud: MemoryCloud;
let down = false;
let events: EngineEvent[];

beforeEach(async () => {
  down = false;
  events = [];
  cloud = memoryCloud({ before: () => (down ? faultNow() : undefined) });
  await withWork(cloud, 2);
});

async function engineAt(mode: 'operator' | 'read-only' = 'operator', afterMs = 5_000) {
  const engine = new OperatorEngine({
    ports: { ...cloud.ports, blobs: cloud.blobs },
    snapshots: createSnapshotStore({ append: (news) => void events.push(...news), close: () => undefined }),
    deployment: LAB,
    operator: { name: 'ana', from: 'ssh', mode },
    wait: true,
  });
  engine.start();
  await cloud.clock.advance(afterMs);
  return engine;
}

function planFor(engine: OperatorEngine, command: Command) {
  const proposal = engine.propose(command);
  if (!proposal.ok) throw new Error(proposal.refusal.sentence);
  return proposal.plan;
}

test('a console sees jobs, settings and prices, and its plan is carried out as it was shown', async () => {
  const engine = await engineAt();
  expect(engine.snapshot()).toMatchObject({ settings: { targetWorkers: 4 }, jobCounts: { RUNNABLE: 2 } });
  expect(engine.snapshot().markets[POOL]?.points.at(-1)?.usdPerHour).toBe(0.03);
  const plan = planFor(engine, { kind: 'jobs.kill', jobIds: ['job-0'] });
  expect(await engine.confirm(plan)).toMatchObject([{ state: 'done' }]);
  expect(engine.snapshot().jobs.get('job-0')?.state).toBe('KILLED');
  expect(events.map(({ kind }) => kind).filter((kind) => kind.startsWith('plan.'))).toEqual([
    'plan.proposed',
    'plan.confirmed',
    'plan.settled',
  ]);
  engine.stop();
});

test('the first question for prices names the pools: they are there before its period is over', async () => {
  const engine = await engineAt('read-only', LAB.timings.pricePollMs - 1);
  expect(engine.snapshot().markets[POOL]?.points.at(-1)?.usdPerHour).toBe(0.03);
  engine.stop();
});

test('a plan whose job has moved since is a conflict, and nothing is written', async () => {
  const engine = await engineAt();
  const plan = planFor(engine, { kind: 'jobs.kill', jobIds: ['job-0', 'job-1'] });
  const row = jobRowOf((await cloud.store.get('jobs', 'job-0')) ?? {})!;
  await cloud.store.write(
    claimJob(row, { workerId: 'w', pool: POOL, at: cloud.clock.now(), leaseUntil: cloud.clock.now() + 1e6 }),
  );
  expect((await engine.confirm(plan)).map(({ state }) => state)).toEqual(['conflict', 'done']);
  expect(isTerminal(jobRowOf((await cloud.store.get('jobs', 'job-0')) ?? {})!.state)).toBe(false);
  engine.stop();
});

test('two operators who set a bid on the same sight: the second is told', async () => {
  const [first, second] = [await engineAt(), await engineAt()];
  const bid = (engine: OperatorEngine, usdPerHour: number) =>
    planFor(engine, { kind: 'bid.set', pool: POOL, usdPerHour });
  const plans = [bid(first, 0.06), bid(second, 0.07)];
  expect(await first.confirm(plans[0]!)).toMatchObject([{ state: 'done' }]);
  expect(await second.confirm(plans[1]!)).toMatchObject([{ state: 'conflict' }]);
  first.stop();
  second.stop();
});

test('a launch waits for the leader’s answer, and tells the intent when none comes', async () => {
  const engine = await engineAt();
  const launch: Command = { kind: 'workers.launch', count: 1, pool: POOL };
  const answered = engine.confirm(planFor(engine, launch));
  await cloud.clock.advance(500);
  const [intent] = (await cloud.store.scan('intents')).items;
  await cloud.store.write(
    settleIntent(String(intent?.['intentId']), {
      state: 'DONE',
      outcome: '1 worker launched',
      instanceIds: ['i-1'],
      at: cloud.clock.now(),
      leaderEpoch: 1,
    }),
  );
  await cloud.clock.advance(500);
  expect(await answered).toMatchObject([{ state: 'done', detail: '1 worker launched' }]);
  const unanswered = engine.confirm(planFor(engine, launch));
  await cloud.clock.advance(31_000);
  expect(await unanswered).toMatchObject([
    { state: 'asked', detail: expect.stringMatching(/^not answered yet: intent launch-/) },
  ]);
  engine.stop();
});

test('tables that cannot be reached fail the step with what was tried; a read-only console proposes nothing', async () => {
  const engine = await engineAt();
  const plan = planFor(engine, { kind: 'jobs.kill', jobIds: ['job-0'] });
  down = true;
  expect(await engine.confirm(plan)).toMatchObject([
    { state: 'failed', detail: expect.stringContaining('unavailable (planted)') },
  ]);
  engine.stop();
  down = false;
  const reader = await engineAt('read-only');
  expect(reader.propose({ kind: 'jobs.kill', jobIds: ['job-0'] })).toMatchObject({
    ok: false,
    refusal: { code: 'read-only' },
  });
  reader.stop();
});
