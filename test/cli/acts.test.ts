import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { act, exitOf } from '../../src/cli/act.ts';
import type { IntentState, Plan, StepOutcome } from '../../src/engine/model/command.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { emptySnapshot } from '../../src/engine/model/snapshot.ts';
import { settleIntent } from '../../src/engine/protocol/intent-item.ts';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { reapJob } from '../../src/engine/protocol/leader-job-writes.ts';
import { MISC, settingsOf } from '../../src/engine/protocol/misc-item.ts';
import { unholdJob } from '../../src/engine/protocol/operator-job-writes.ts';
import { registerBooting } from '../../src/engine/protocol/worker-item.ts';
import { releaseJob } from '../../src/engine/protocol/worker-job-writes.ts';
import { cbas, POOL, submitted, type TestDeployment, testDeployment } from './deployment.ts';
import { endedJob, runJob, saveJob, WORKER } from './finished-job.ts';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
  const at = Date.now();
  await deployment.wired.store.write(
    registerBooting(
      {
        id: WORKER,
        pool: POOL,
        slots: 1,
        bidUsdPerHour: 0.05,
        intent: '',
        shards: deployment.wired.deployment.shards,
        requestedAt: at,
        launchedAt: at,
        at,
      },
      undefined,
    ),
  );
});
afterAll(() => deployment.close());

async function rowOf(id: string) {
  return jobRowOf((await deployment.wired.store.get('jobs', id)) ?? {});
}

async function bidOf(pool: string) {
  const settings = settingsOf(await deployment.wired.store.get('misc', MISC.settings));
  return settings.pools.find(({ id }) => id === pool)?.bidUsdPerHour;
}

describe('nothing happens without a yes', () => {
  test('a dry run shows the plan and ends with 0', async () => {
    const id = await submitted('dry');
    const { code, stdout } = await cbas('kill', 'dry', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kill job dry\n {2}dry RUNNABLE -> KILLED {3}\(not running\)\n/);
    expect(JSON.parse((await cbas('kill', 'dry', '--dry-run', '--json')).stdout)).toMatchObject({ dryRun: true, outcomes: [] }); // prettier-ignore
    expect((await rowOf(id))?.state).toBe('RUNNABLE');
  });

  test('without a terminal --yes is needed: 4', async () => {
    const id = await submitted('unasked');
    const { code, stderr } = await cbas('kill', id);
    expect(code).toBe(4);
    expect(stderr).toContain('there is no terminal to confirm it on; add --yes');
    expect((await rowOf(id))?.state).toBe('RUNNABLE');
  });

  test('where a real deployment was pointed at too: 4, whatever the verb', async () => {
    const acts = [['kill', 'x'], ['bid', '*', '1'], ['launch', '1'], ['terminate', 'x'], ['checkpoint', 'x'], ['hold', 'x'], ['release', 'x'], ['retry', 'x'], ['load', '--jobs', '1']]; // prettier-ignore
    for (const args of acts) expect((await cbas(...args, '--profile', 'p')).code).toBe(4);
  });
});

describe('kill', () => {
  test('one, and a second time: 0, then 4', async () => {
    const id = await submitted('victim');
    const { code, stdout } = await cbas('kill', 'victim', '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^done +victim RUNNABLE -> KILLED$/m);
    expect(await rowOf(id)).toMatchObject({ state: 'KILLED', reason: { detail: 'by ana' } });
    const again = await cbas('kill', id, '--yes');
    expect(again.code).toBe(4);
    expect(again.stderr).toContain('has ended already: KILLED');
  });

  test('of a list with a wrong id none is touched: 3', async () => {
    const id = await submitted('spared');
    expect((await cbas('kill', id, 'nobody', '--yes')).code).toBe(3);
    expect((await rowOf(id))?.state).toBe('RUNNABLE');
  });

  test('all that match and have not ended', async () => {
    const ids = [await submitted('batch-1'), await submitted('batch-2')];
    const other = await submitted('other');
    const { code, stdout } = await cbas('kill', '--all-matching', 'batch-*', '--yes', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).outcomes).toHaveLength(2);
    for (const id of ids) expect((await rowOf(id))?.state).toBe('KILLED');
    expect((await rowOf(other))?.state).toBe('RUNNABLE');
    expect((await cbas('kill', '--all-matching', 'batch-*', '--yes')).code).toBe(3);
    expect((await cbas('kill', '--yes')).code).toBe(2);
    expect((await cbas('kill', other, '--all-matching', '*', '--yes')).code).toBe(2);
  });
});

describe('checkpoint', () => {
  test('waits until the worker has saved the job', async () => {
    const id = await submitted('saves');
    expect((await cbas('checkpoint', 'saves', '--yes')).code).toBe(4);
    await runJob(deployment.wired, id);
    const asking = cbas('checkpoint', 'saves', '--yes');
    await wished(id);
    await saveJob(deployment.wired, id);
    const { code, stdout } = await asking;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^done +saves: save its work: checkpoint 1000001, 5 B$/m);
  });

  test('--no-wait ends when the wish is written', async () => {
    const id = await submitted('wishes');
    await runJob(deployment.wired, id);
    expect((await cbas('checkpoint', 'wishes', '--yes', '--no-wait')).code).toBe(0);
    expect((await rowOf(id))?.desired.checkpoint?.by).toBe('ana');
  });

  test('of a worker: it must be there, and hold something', async () => {
    expect((await cbas('checkpoint', '--worker', 'i-none', '--yes')).code).toBe(3);
    expect((await cbas('checkpoint', '--worker', WORKER, '--yes')).code).toBe(4);
    expect((await cbas('checkpoint', 'wishes', '--worker', WORKER, '--yes')).code).toBe(2);
    expect((await cbas('checkpoint', 'wishes', '--all', '--yes')).code).toBe(2);
    expect((await cbas('checkpoint', '--all', '--dry-run')).stdout).toContain('wishes: save its work');
  });

  /** Waits for the fact; the test's time limit only fails. */
  async function wished(id: string): Promise<void> {
    while ((await rowOf(id))?.desired.checkpoint === undefined);
  }
});

describe('hold, release and retry', () => {
  test('a waiting job is held at once and released again; each a second time: 4', async () => {
    const id = await submitted('waits');
    expect((await cbas('hold', 'waits', '--yes')).stdout).toMatch(/^done +waits RUNNABLE -> HELD$/m);
    expect(await rowOf(id)).toMatchObject({ state: 'HELD', desired: { hold: { by: 'ana' } } });
    const again = await cbas('hold', id.slice(-8), '--yes');
    expect(again).toMatchObject({ code: 4 });
    expect(again.stderr).toContain('waits is held already, by ana');
    expect((await cbas('release', 'waits', '--yes')).code).toBe(0);
    expect(await rowOf(id)).toMatchObject({ state: 'RUNNABLE', desired: {} });
    expect((await cbas('release', 'waits', '--yes')).stderr).toContain('waits is not held: it is RUNNABLE');
  });

  test('a running job: waits until its worker has handed it back', async () => {
    const id = await submitted('runs');
    const running = await runJob(deployment.wired, id);
    const holding = cbas('hold', 'runs', '--yes', '--json');
    await holdWishedOf(id);
    await saveJob(deployment.wired, id);
    await handBack(running);
    const { code, stdout } = await holding;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).outcomes).toMatchObject([{ state: 'done', detail: 'checkpoint 1000001 holds its work' }]);
    expect(await rowOf(id)).toMatchObject({ state: 'HELD', leaseOwner: '' });
  });

  test('a running job that is released before it was handed back runs on: 5', async () => {
    const id = await submitted('wavers');
    await runJob(deployment.wired, id);
    const holding = cbas('hold', 'wavers', '--yes');
    await holdWishedOf(id);
    const row = await rowOf(id);
    await deployment.wired.store.write(unholdJob(row!, { at: Date.now(), by: 'bea', readyShards: 1 }));
    expect(await holding).toMatchObject({ code: 5 });
    expect(await rowOf(id)).toMatchObject({ state: 'RUNNING', desired: {} });
  });

  test('--no-wait writes the wish', async () => {
    const id = await submitted('soon');
    await runJob(deployment.wired, id);
    expect((await cbas('hold', 'soon', '--yes', '--no-wait')).code).toBe(0);
    expect(await rowOf(id)).toMatchObject({ state: 'RUNNING', desired: { hold: { by: 'ana' } } });
  });

  test('retry: what failed runs again with all its attempts, from its checkpoint and under its epoch', async () => {
    const id = await submitted('fails');
    const running = await runJob(deployment.wired, id);
    await saveJob(deployment.wired, id);
    await endedJob(deployment.wired, (await rowOf(id)) ?? running, { exitCode: 3 });
    const plan = await cbas('retry', 'fails', '--dry-run');
    expect(plan.stdout).toMatch(/^ {2}fails FAILED -> RUNNABLE {3}\(goes on from 1 s of work, saved \d+ s ago\)$/m);
    expect((await cbas('retry', 'fails', '--yes')).code).toBe(0);
    expect(await rowOf(id)).toMatchObject({ state: 'RUNNABLE', attempt: 0, epoch: 1, checkpoint: { generation: 1_000_001 } }); // prettier-ignore
    expect((await cbas('retry', 'fails', '--yes')).code).toBe(4);
  });

  test('of many: by name and by state; killed ones only when they are named', async () => {
    const ids = [await submitted('many-1'), await submitted('many-2'), await submitted('many-3')];
    expect((await cbas('hold', '--all-matching', 'many-?', '--state', 'runnable', '--yes')).code).toBe(0);
    for (const id of ids) expect((await rowOf(id))?.state).toBe('HELD');
    expect((await cbas('kill', '--all-matching', 'many-*', '--state', 'held', '--yes')).code).toBe(0);
    const none = await cbas('retry', '--all-matching', 'many-*', '--yes');
    expect(none).toMatchObject({ code: 3 });
    expect(none.stderr).toContain('no job that has failed has a name like many-*');
    expect((await cbas('retry', '--all-matching', 'many-*', '--state', 'killed', '--yes')).code).toBe(0);
    for (const id of ids) expect(await rowOf(id)).toMatchObject({ state: 'RUNNABLE', desired: {} });
    expect((await cbas('hold', '--state', 'sleeping', '--yes')).code).toBe(2);
    expect((await cbas('hold', ids[0] ?? '', '--state', 'runnable', '--yes')).code).toBe(2);
    expect((await cbas('retry', '--yes')).code).toBe(2);
    expect((await cbas('kill', '--all-matching', 'many-*', '--yes')).code).toBe(0);
  });

  async function holdWishedOf(id: string): Promise<void> {
    while ((await rowOf(id))?.desired.hold === undefined);
  }

  /** What a worker writes when it has heard of the wish. */
  async function handBack({ id, epoch }: JobRow): Promise<void> {
    const row = (await rowOf(id)) as JobRow;
    const { tally, losses, attempt } = row;
    const release = { at: Date.now(), code: 'held', detail: 'held by ana', tally, losses, attempt, readyShards: 1, notBefore: 0 } as const; // prettier-ignore
    await deployment.wired.store.write(releaseJob(row, { jobId: id, epoch, workerId: WORKER }, release));
  }
});

describe('the reason of a job', () => {
  test('names what it waits for, and goes with what happened to it', async () => {
    const first = await submitted('goes-first');
    const file = path.join(deployment.home, 'after.json');
    fs.writeFileSync(file, JSON.stringify({ cbas: 1, name: 'second', after: [first], run: { command: ['true'] } }));
    expect((await cbas('submit', file)).code).toBe(0);
    const blocked = JSON.parse((await cbas('job', 'second', '--json')).stdout);
    expect(blocked).toMatchObject({
      state: 'BLOCKED',
      after: [first],
      reason: { code: 'dependency', detail: 'waits for goes-first', next: 'starts when they have succeeded' },
      losses: { spot: 0, node: 0, controller: 0 },
    });
    expect(new Date(blocked.reason.since).toISOString()).toBe(blocked.submittedAt);
    const listed = JSON.parse((await cbas('jobs', '--name', 'second', '--json')).stdout);
    expect(listed).toMatchObject([{ reason: { code: 'dependency', detail: 'waits for goes-first' } }]);

    await cbas('hold', 'goes-first', '--yes');
    const held = JSON.parse((await cbas('job', first, '--json')).stdout);
    expect(held).toMatchObject({ heldBy: 'ana', reason: { code: 'held', detail: 'held by ana' }, transition: { code: 'held' } }); // prettier-ignore
  });

  test('how often it lost its worker, and which ones, is told', async () => {
    const id = await submitted('unlucky');
    const row = await runJob(deployment.wired, id);
    const reap = {
      at: Date.now(), cause: 'node', detail: 'silent', leaderEpoch: 1, readyShards: 1, tally: row.tally, evidence: { kind: 'gone' },
    } as const; // prettier-ignore
    await deployment.wired.store.write(reapJob(row, reap));
    expect((await cbas('job', id)).stdout).toMatch(new RegExp(`^losses +1 node; lost worker ${WORKER}$`, 'm'));
    expect(JSON.parse((await cbas('job', id, '--json')).stdout)).toMatchObject({ losses: { node: 1, workers: [WORKER] } }); // prettier-ignore
  });
});

describe('bid', () => {
  test('is set; again it is refused, and so is what makes no sense', async () => {
    expect((await cbas('bid', POOL, '$0.06', '--yes')).code).toBe(0);
    expect(await bidOf(POOL)).toBe(0.06);
    expect((await cbas('bid', POOL, '0.06', '--yes')).code).toBe(4);
    expect((await cbas('bid', 'nope/x', '0.06', '--yes')).code).toBe(3);
    expect((await cbas('bid', POOL, '0', '--yes')).code).toBe(2);
    expect((await cbas('bid', POOL, 'much', '--yes')).code).toBe(2);
    const typo = await cbas('bid', POOL, '60', '--yes');
    expect(typo.code).toBe(4);
    expect(typo.stderr).toContain('more than 10 times the on-demand price');
    expect(await bidOf(POOL)).toBe(0.06);
  });

  test('somebody else was quicker: 5, and his stands', async () => {
    const slow = act({
      options: { yes: true, json: true },
      sources: ['prices'],
      command: async () => {
        await cbas('bid', POOL, '0.07', '--yes');
        vi.spyOn(process.stdout, 'write').mockReturnValue(true);
        return { kind: 'bid.set', pool: POOL, usdPerHour: 0.08 };
      },
    });
    expect(await slow).toBe(5);
    vi.restoreAllMocks();
    expect(await bidOf(POOL)).toBe(0.07);
  });
});

describe('launch and terminate wait for the leader', () => {
  /** Answers the next open intent as a leader would. */
  async function answer(state: IntentState & ('DONE' | 'FAILED' | 'REFUSED')): Promise<void> {
    const { store } = deployment.wired;
    for (;;) {
      const { items } = await store.scan('intents');
      const open = items.find((item) => item['state'] === 'OPEN');
      if (open === undefined) continue;
      const settled = { state, outcome: `leader says ${state}`, instanceIds: [], at: Date.now(), leaderEpoch: 1 };
      await store.write(settleIntent(String(open['intentId']), settled));
      return;
    }
  }

  test.each([
    ['DONE', 0],
    ['FAILED', 1],
    ['REFUSED', 4],
  ] as const)('launch, %s: %i', async (state, code) => {
    const launching = cbas('launch', '2', '--pool', POOL, '--yes', '--json');
    await answer(state);
    const ran = await launching;
    expect(ran.code).toBe(code);
    const [outcome] = JSON.parse(ran.stdout).outcomes;
    expect(outcome.detail).toBe(`leader says ${state}`);
    expect(outcome.intent).toMatch(/^launch-/);
  });

  test('--no-wait ends at once with 0 and the intent', async () => {
    const { code, stdout } = await cbas('launch', '1', '--yes', '--no-wait');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^asked +CreateFleet 1 x .*not answered yet: intent launch-/m);
    expect(stdout).toContain('no master runs');
    await answer('DONE');
  });

  test('terminate by the end of an id; the target goes down only when it is said', async () => {
    const plan = await cbas('terminate', WORKER.slice(-6), '--lower-target', '--dry-run');
    expect(plan.stdout).toContain('ask for 2 -> 1 workers');
    const ending = cbas('terminate', WORKER, '--yes');
    await answer('DONE');
    expect(await ending).toMatchObject({ code: 0 });
    // The same worker at the same rev a second time: somebody has asked for that already.
    expect((await cbas('terminate', WORKER, '--yes')).code).toBe(5);
    expect((await cbas('terminate', 'i-none', '--yes')).code).toBe(3);
  });

  test.each([['0'], ['1.5'], ['501'], ['many']])('launch %s is wrong usage', async (count) => {
    expect((await cbas('launch', count, '--yes')).code).toBe(2);
  });
  test('a pool that is not ours: 3', async () => {
    expect((await cbas('launch', '1', '--pool', 'x/y', '--yes')).code).toBe(3);
  });
});

describe('one code for many steps', () => {
  const outcome = (state: StepOutcome['state']): StepOutcome => ({ text: '', state, detail: '' });
  test.each<readonly [readonly StepOutcome['state'][], boolean, number]>([
    [['done', 'done'], true, 0],
    [['failed', 'failed'], true, 1],
    [['conflict'], true, 5],
    [['done', 'conflict'], true, 6],
    [['failed', 'conflict'], true, 6],
    [['asked'], true, 75],
    [['asked'], false, 0],
  ])('%j, waiting %j: %i', (states, waits, code) => {
    const plan = { steps: [] } as unknown as Plan;
    expect(exitOf(states.map(outcome), plan, { snapshot: emptySnapshot(), waits })).toBe(code);
  });
});
