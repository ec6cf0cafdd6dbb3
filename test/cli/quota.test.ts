import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { cbas, submitted, type TestDeployment, testDeployment } from './deployment.ts';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
});
afterAll(() => deployment.close());

const rowOf = async (id: string) => jobRowOf((await deployment.wired.store.get('jobs', id))!);

test('quota: set with a plan and an audit line, listed, kept at the next submission, and taken away', async () => {
  const free = await rowOf(await submitted('free'));
  expect(free).toMatchObject({ owner: 'ana', state: 'RUNNABLE', notBefore: 0 });
  expect(free?.turn).toBeGreaterThan(0);
  const plan = await cbas('quota', 'ana', '--running', '0', '--waiting', '2', '--share', '2', '--dry-run');
  expect(plan.stdout).toContain('ana: as everybody -> at most 0 running, at most 2 waiting, share 2');
  expect((await cbas('quota', 'ana', '--running', '0', '--waiting', '2', '--share', '2', '--yes')).code).toBe(0);
  expect(JSON.parse((await cbas('quota', '--json')).stdout)).toEqual([
    { owner: 'ana', running: 0, waiting: 1, maxRunning: 0, maxWaiting: 2, share: 2, hasOwn: true },
  ]);
  expect((await cbas('quota')).stdout).toContain('at most 0 running, at most 2 waiting, share 2');
  // Parked: no worker may claim it before a leader lets it in.
  const second = await submitted('second');
  const item = await deployment.wired.store.get('jobs', second);
  expect([item?.['readyKey'], (await rowOf(second))?.notBefore]).toEqual([undefined, expect.any(Number)]);
  expect((await rowOf(second))?.turn).toBeGreaterThan(free?.turn ?? 0);
  const third = await cbas('submit', '--', 'true');
  expect([third.code, third.stderr]).toEqual([4, expect.stringContaining('ana may have 2 jobs waiting: 2 do')]);
  expect(await cbas('quota', 'ana', '--reset', '--yes')).toMatchObject({ code: 0 });
  expect((await cbas('submit', '--', 'true')).code).toBe(0);
  const audit = JSON.parse((await cbas('audit', '--json')).stdout) as { verb: string }[];
  expect(audit.filter(({ verb }) => verb === 'owner.set').length).toBeGreaterThanOrEqual(2);
});

test('quota: what makes no sense is refused, and says what would', async () => {
  for (const [wrong, code] of [
    [['--running', '5'], 2],
    [['ana', '--running', '-1'], 2],
    [['ana', '--share', 'big'], 2],
    [['ana', '--reset'], 2],
    [['nobody'], 3],
  ] as const)
    expect([wrong, (await cbas('quota', ...wrong, '--yes')).code]).toEqual([wrong, code]);
});

test('a document that names another owner is refused, and nothing of the list is submitted', async () => {
  const file = path.join(deployment.home, 'others.json');
  fs.writeFileSync(file, JSON.stringify([{ cbas: 1, run: { command: ['true'] } }, { cbas: 1, owner: 'bob', run: { command: ['true'] } }])); // prettier-ignore
  const { code, stdout, stderr } = await cbas('submit', file);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('owner: is "bob", but it is "ana" who submits')]); // prettier-ignore
});
