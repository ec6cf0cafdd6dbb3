import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { MISC, settingsOf } from '../../src/engine/protocol/misc-item.ts';
import { registerBooting, workerRowOf } from '../../src/engine/protocol/worker-item.ts';
import { cbas, POOL, submitted, type TestDeployment, testDeployment } from './deployment.ts';

const WORKER = 'i-0a41c2d3e4f5a6b7c';
const OTHER_POOL = 'm5.large/us-east-1a';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
  const at = Date.now();
  const { shards } = deployment.wired.deployment;
  const worker = { id: WORKER, pool: POOL, slots: 1, bidUsdPerHour: 0.05, intent: '', shards, requestedAt: at, launchedAt: at, at }; // prettier-ignore
  await deployment.wired.store.write(registerBooting(worker, undefined));
});
afterAll(() => deployment.close());

async function bidOf(pool: string) {
  const settings = settingsOf(await deployment.wired.store.get('misc', MISC.settings));
  return settings.pools.find(({ id }) => id === pool)?.bidUsdPerHour;
}

test('set: a priority and a first deadline, with what the document says it needs', async () => {
  const id = await submitted('hurried');
  const before = Date.now();
  expect((await cbas('set', 'hurried', '--priority', '10', '--deadline', '4h', '--yes')).code).toBe(0);
  const row = jobRowOf((await deployment.wired.store.get('jobs', id))!);
  expect(row).toMatchObject({ name: 'hurried', priority: 10, needs: { vcpus: expect.any(Number) } });
  expect((row?.deadlineAt ?? 0) - before).toBeGreaterThanOrEqual(4 * 3_600_000);
  expect((await cbas('set', 'hurried', '--deadline', 'none', '--yes')).code).toBe(0);
  expect(jobRowOf((await deployment.wired.store.get('jobs', id))!)).toMatchObject({ priority: 10, deadlineAt: 0 });
  for (const wrong of [[], ['--priority', '5000'], ['--priority', 'high'], ['--deadline', 'soon']])
    expect([wrong, (await cbas('set', 'hurried', ...wrong, '--yes')).code]).toEqual([wrong, 2]);
});

test('drain: the wish is in the worker’s row; a second time there is nothing to do', async () => {
  const plan = await cbas('drain', WORKER, '--dry-run');
  expect(plan.stdout).toContain(`drain worker ${WORKER}`);
  expect((await cbas('drain', WORKER, '--yes')).code).toBe(0);
  const row = workerRowOf((await deployment.wired.store.get('workers', WORKER))!);
  expect(row?.drain).toMatchObject({ by: 'ana', jobs: 'finish' });
  const again = await cbas('drain', WORKER, '--yes');
  expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('drained by ana')]);
});

test('bid --undo: back to what it was; what was never changed is refused', async () => {
  const before = await bidOf(POOL);
  expect((await cbas('bid', POOL, '0.06', '--yes')).code).toBe(0);
  expect((await cbas('bid', OTHER_POOL, '--undo', '--yes')).code).toBe(4);
  const undone = await cbas('bid', POOL, '--undo', '--yes');
  expect([undone.code, undone.stderr]).toEqual([0, '']);
  expect(undone.stdout).toContain('ana set it to 0.06');
  expect(await bidOf(POOL)).toBe(before);
});

test('audit: all of it, newest first, by whom and from where', async () => {
  const { code, stdout } = await cbas('audit', '--json');
  expect(code).toBe(0);
  const told = JSON.parse(stdout) as readonly { verb: string; state: string; by: string; from: string; at: string }[];
  expect(told.every(({ by, from }) => by === 'ana' && from !== '')).toBe(true);
  expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted().toReversed()); // prettier-ignore
  const acts = told.filter(({ state }) => state === 'done').map(({ verb }) => verb);
  expect(acts).toEqual(['bid.undo', 'bid.set', 'workers.drain', 'jobs.set', 'jobs.set', 'jobs.submit']);
  const lines = (await cbas('audit')).stdout.trim().split('\n');
  expect(lines).toHaveLength(1 + acts.length);
  expect(lines[1]).toMatch(/ana .* done .*undo: bid/);
  expect((await cbas('audit', '--by', 'bea')).stderr).toContain('nobody did anything');
  expect((await cbas('audit', '--since', 'soon')).code).toBe(2);
});
