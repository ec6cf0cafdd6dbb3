import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changesShard } from '../../src/engine/protocol/job-item.ts';
import { cbas, type TestDeployment, testDeployment } from './deployment.ts';
import { runJob, saveJob } from './finished-job.ts';

const FROM = Date.UTC(2015, 3, 1) / 1000;
const WORDS = ['--starts', '5', '--checkpoint', 'hour', '--json'];
let deployment: TestDeployment;
let prices = '';
beforeAll(async () => {
  deployment = await testDeployment();
  prices = path.join(deployment.home, 'prices.csv');
  const rows = Array.from({ length: 144 }, (_, i) => `${FROM + (i >> 1) * 36_000 + (i % 2) * 32_400},us-east-1a,c5.large,Linux/UNIX,${i % 2 ? 0.5 : 0.03}`); // prettier-ignore
  fs.writeFileSync(prices, rows.join('\n'));
});
afterAll(() => deployment.close());

async function submit(name: string, more: object): Promise<string> {
  const file = path.join(deployment.home, `${name}.json`);
  fs.writeFileSync(file, JSON.stringify({ cbas: 1, name, run: { command: ['true'] }, ...more }));
  const { stdout } = await cbas('submit', file);
  return stdout.trim();
}
const bid = (job: string, ...words: readonly string[]) =>
  cbas('simulate', 'bid', '--prices', prices, '--job', job, ...WORDS, ...words);

describe('cbas simulate bid --billing modern', () => {
  const modern = (...words: readonly string[]) =>
    cbas('simulate', 'bid', '--prices', prices, '--billing', 'modern', '--work-h', '4', '--bid', '0.1', '--starts', '20', ...words); // prettier-ignore
  const worker = (id: string, more: object) =>
    deployment.wired.store.write({
      table: 'workers', key: id, conditions: [], add: { rev: 1 }, remove: [],
      set: { shard: changesShard(id, 4), pool: 'c5.large/us-east-1a', state: 'TERMINATED', slots: 1, jobs: [], bidUsdPerHour: 0.05, credentialKind: 'instance-profile', intent: '', changedAt: 9, ...more },
    }); // prettier-ignore
  const hours = (from: number, to: number) => ({ phases: { pendingAt: from * 3_600_000, endedAt: to * 3_600_000 } });

  test('the hazard is from the record of the deployment that runs here; exported, a file tells the same', async () => {
    await worker('i-0a1', { ...hours(10, 60), notice: { noticedAt: 1, takeAt: 60 * 3_600_000, source: 'imds' } });
    await worker('i-0a2', { ...hours(10, 60), detail: 'EC2 ended it: Server.SpotInstanceTermination' });
    await worker('i-0a3', { ...hours(10, 910), pool: 'm5.large/us-east-1b' });
    const told = JSON.parse((await modern('--json')).stdout);
    expect(told.hazard).toMatchObject({
      market: 'c5.large/us-east-1a',
      own: { hours: 100, interruptions: 2 },
      recordOf: 'deployment lab',
      seldomest: { market: 'm5.large/us-east-1b' },
    });
    const { stdout: text } = await modern();
    expect(text).toContain('A higher max price buys no safety');
    expect(text).toMatch(
      /its own record of 100 instance-hours with 2 interruptions, 1 in 50 h \(95 %: 14 h to 413 h\)/,
    );
    expect(text).toMatch(/m5\.large\/us-east-1b is taken back least/);
    const exported = await cbas('prices', 'export', '--interruptions');
    expect(exported.code).toBe(0);
    const file = path.join(deployment.home, 'interruptions.json');
    fs.writeFileSync(file, exported.stdout);
    const again = JSON.parse((await modern('--interruptions', file, '--json')).stdout);
    expect(again.hazard).toEqual({ ...told.hazard, recordOf: file });
    expect(again.bids).toEqual(told.bids);
    expect(JSON.parse((await modern('--interruptions', 'none', '--json')).stdout).hazard).toBeNull();
  });

  test('a file that is none is refused with the place', async () => {
    const file = path.join(deployment.home, 'wrong.json');
    for (const [content, says] of [
      ['{', /is not JSON .* cbas prices export --interruptions/],
      [
        '{"cbasInterruptions":1,"at":"","markets":[{"market":"a","instances":1,"instanceHours":-1,"interruptions":0}]}',
        /markets\[0\]\.instanceHours/,
      ],
      ['[]', /the file/],
    ] as const) {
      fs.writeFileSync(file, content);
      const { code, stderr } = await modern('--interruptions', file);
      expect([code, stderr]).toEqual([1, expect.stringMatching(says)]);
    }
  });
});

describe('cbas simulate bid --job ID', () => {
  test('a job that waits: its document, as if its file were given; by its name too', async () => {
    const deadline = new Date(Date.now() + 6 * 3_600_000).toISOString();
    const id = await submit('waits', { estimate: { workS: 7200 }, deadline, bid: { maxUsdPerHour: 0.1 }, needs: { types: ['c5.large'] } }); // prettier-ignore
    for (const asked of [id, 'waits']) {
      const { code, stdout, stderr } = await bid(asked);
      expect([code, stderr.includes(`job ${id} (waits), RUNNABLE: 2h00m of work by its estimate; no checkpoint`)]).toEqual([0, true]); // prettier-ignore
      const told = JSON.parse(stdout);
      expect(told.job).toMatchObject({ workH: 2, checkpointS: 300 });
      expect(told.job.deadlineH).toBeGreaterThan(5.5);
      expect(told.bids.map((one: { bidUsdPerHour: number }) => one.bidUsdPerHour)).toEqual([0.1]);
    }
  });

  test('one that runs: the work it has left by its progress, and how long its checkpoint took', async () => {
    const id = await submit('runs', { estimate: { workS: 36_000 } });
    await runJob(deployment.wired, id);
    await saveJob(deployment.wired, id);
    const { code, stdout, stderr } = await bid(id, '--bid', '0.1');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/RUNNING: 4h00m done by its progress, 6h00m left; newest checkpoint .* ago: 5 B, it stood still for 0.0 s/)]); // prettier-ignore
    // 10 ms, told as the least that is simulated.
    expect(JSON.parse(stdout).job).toMatchObject({ workH: 6, checkpointS: 1 });
    const over = JSON.parse((await bid(id, '--bid', '0.1', '--checkpoint-s', '60', '--work-h', '3')).stdout).job;
    expect(over).toMatchObject({ workH: 3, checkpointS: 60 });
  });

  test('other verbs take what applies', async () => {
    const id = await submit('small', { estimate: { workS: 3600 }, needs: { types: ['m5.large'] } });
    const { code, stderr } = await cbas('simulate', 'guarantee', '--prices', prices, '--job', id);
    expect([code, stderr]).toEqual([3, expect.stringContaining('m5.large in any zone: not in the file')]);
    const done = await cbas('simulate', 'guarantee', '--prices', prices, '--job', id, '--type', 'c5.large', '--instants', '3', '--json'); // prettier-ignore
    expect(JSON.parse(done.stdout)).toMatchObject({ hours: 1 });
  });

  test('an id that is none is 3, with the next command; a path that is none is 2', async () => {
    const { code, stderr } = await bid('01980000-0000-7000-8000-000000000000');
    expect([code, stderr]).toEqual([3, expect.stringMatching(/is no file here, and as a job: there is no job .*; there are: cbas jobs/)]); // prettier-ignore
    expect((await bid('nowhere/job.json')).code).toBe(2);
  });
});
