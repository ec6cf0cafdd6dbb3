import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { intentOf } from '../../src/engine/protocol/intent-item.ts';
import { MISC, settingsOf } from '../../src/engine/protocol/misc-item.ts';
import { registerBooting, retireWorker, workerRowOf } from '../../src/engine/protocol/worker-item.ts';
import { cbas, POOL, submitted, type TestDeployment, testDeployment } from './deployment.ts';
import { runJob, WORKER } from './finished-job.ts';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
  const { store, deployment: lab } = deployment.wired;
  const at = Date.now();
  const worker = { id: WORKER, pool: POOL, slots: 1, bidUsdPerHour: 0.05, intent: '', shards: lab.shards, requestedAt: at, launchedAt: at, at }; // prettier-ignore
  await store.write(registerBooting(worker, undefined));
});
afterAll(() => deployment.close());

const stateOf = async (id: string) => jobRowOf((await deployment.wired.store.get('jobs', id)) ?? {})?.state;
const settings = async () => settingsOf(await deployment.wired.store.get('misc', MISC.settings));
async function terminations() {
  const { items } = await deployment.wired.store.scan('intents');
  return items.map(intentOf).filter((intent) => intent?.action.verb === 'terminate');
}

test('nothing happens without a yes, and --all stands alone', async () => {
  const id = await submitted('spared');
  const plan = await cbas('kill', '--all', '--dry-run');
  expect(plan).toMatchObject({ code: 0 });
  expect(plan.stdout).toMatch(/^end everything of lab\n {2}stop submission .*\n {2}kill 1 job {3}\(0 on workers, 1 waiting\)\n {2}terminate 1 instance {3}\(workers asked for: 2 -> 0\)\n/); // prettier-ignore
  expect(plan.stdout).toContain('no master runs');
  expect(JSON.parse((await cbas('kill', '--all', '--dry-run', '--json')).stdout)).toMatchObject({
    before: { accepting: true, targetWorkers: 2, jobs: 1, instances: 1 },
    after: null,
  });
  expect((await cbas('kill', '--all')).code).toBe(4);
  for (const more of [[id], ['--all-matching', '*'], ['--state', 'runnable']]) {
    expect((await cbas('kill', '--all', ...more, '--yes')).code).toBe(2);
    expect((await cbas('release', '--all', ...more, '--yes')).code).toBe(2);
  }
  expect((await cbas('kill', id, '--within', '5', '--yes')).code).toBe(2);
  expect((await cbas('kill', '--all', '--within', '0', '--yes')).code).toBe(2);
  expect(await stateOf(id)).toBe('RUNNABLE');
  expect(await settings()).toMatchObject({ accepting: true, targetWorkers: 2 });
  expect((await cbas('release', '--all', '--yes')).code).toBe(4);
});

test('without a master: jobs end, what costs money is asked for and told, 75; a second run asks for nothing twice', async () => {
  const ids = [await submitted('runs'), await submitted('waits'), await submitted('held')];
  await runJob(deployment.wired, ids[0] ?? '');
  await cbas('hold', 'held', '--yes');
  const { code, stdout, stderr } = await cbas('kill', '--all', '--yes');
  expect(code).toBe(75);
  expect(stdout).toMatch(/jobs 4 -> 0, instances 1 -> 1, .*\n$/);
  expect(stderr).toContain('no master runs to end them, and they cost money: start one with cbas master --deployment lab'); // prettier-ignore
  for (const id of ids) expect(await stateOf(id)).toBe('KILLED');
  expect(await settings()).toMatchObject({ accepting: false, targetWorkers: 0, changedBy: 'ana' });
  expect(await terminations()).toMatchObject([{ state: 'OPEN', by: 'ana', action: { workerIds: [WORKER] } }]);

  const again = await cbas('kill', '--all', '--yes', '--no-wait', '--json');
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ after: { jobs: 0, instances: 1 }, why: 'not-waited' });
  expect(await terminations()).toHaveLength(1);
});

test('what is closed refuses jobs, also generated ones: 4; it is over when the instances are gone, and opens again', async () => {
  const refused = await cbas('submit', '--', 'true');
  expect(refused).toMatchObject({ code: 4, stdout: '' });
  expect(refused.stderr).toContain('lab accepts no jobs');
  expect(refused.stderr).toContain('cbas release --all');
  expect((await cbas('load', '--jobs', '1')).code).toBe(4);

  const { store } = deployment.wired;
  const row = workerRowOf((await store.get('workers', WORKER)) ?? {})!;
  await store.write(
    retireWorker(row, { state: 'TERMINATED', detail: 'gone', endedAt: Date.now(), at: Date.now(), leaderEpoch: 1 }),
  );
  expect(await cbas('kill', '--all', '--yes')).toMatchObject({ code: 0 });

  const opened = await cbas('release', '--all', '--yes');
  expect(opened.code).toBe(0);
  expect(opened.stdout).toContain('no worker is asked for: launch some (cbas launch COUNT)');
  expect(await settings()).toMatchObject({ accepting: true, targetWorkers: 0 });
  expect(await submitted('anew')).not.toBe('');
});
