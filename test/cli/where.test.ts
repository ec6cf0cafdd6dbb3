import { afterAll, beforeAll, expect, test } from 'vitest';
import { acquireLead, MISC, renewLead } from '../../src/engine/protocol/misc-item.ts';
import { cbas, type TestDeployment, testDeployment } from './deployment.ts';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
});
afterAll(() => deployment.close());

test('where nobody leads, it says how to start a master, and a script sees it', async () => {
  const { code, stdout } = await cbas('where');
  expect({ code, stdout }).toEqual({
    code: 3,
    stdout: 'nobody leads lab; start a master: cbas master --deployment lab\n',
  });
  expect(JSON.parse((await cbas('where', '--json')).stdout)).toEqual({
    leader: null,
    start: 'cbas master --deployment lab',
  });
});

test('a leader is named with its machine, its version and what to type; then that its machine goes', async () => {
  const { store } = deployment.wired;
  const at = Date.now();
  const bid = { id: 'm-a', at, until: at + 60_000, marginMs: 0, unchangedMs: 0, leaseMs: 5_000 };
  const about = { version: '9.9.9', host: 'ip-10-0-0-7', instanceId: 'i-0a1', privateIp: '10.0.0.7' };
  const won = await store.write(acquireLead(await store.get('misc', MISC.leader), { ...bid, about }) ?? renewLead({ id: '', epoch: 0 }, 0)); // prettier-ignore
  expect(won).toMatchObject({ epoch: 1 });
  const { code, stdout } = await cbas('where');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^leader +m-a, epoch 1, for \d+s$/m);
  expect(stdout).toMatch(/^runs on +ip-10-0-0-7, i-0a1, 10\.0\.0\.7$/m);
  expect(stdout).toMatch(/^version +9\.9\.9$/m);
  expect(stdout).toMatch(/^open +cbas-console --deployment lab$/m);
  expect((await cbas('doctor')).stdout).toMatch(/^running: no worker; the master 9\.9\.9$/m);

  await store.write(renewLead({ id: 'm-a', epoch: 1, takeAt: Date.now() + 100_000 }, Date.now() + 60_000));
  expect((await cbas('where')).stdout).toMatch(/^taken +EC2 takes its instance back in /m);
  expect(JSON.parse((await cbas('where', '--json')).stdout)).toMatchObject({
    leader: 'm-a',
    instanceId: 'i-0a1',
    address: '10.0.0.7',
    takenAt: expect.stringMatching(/^20/),
    ways: [{ by: 'here', command: 'cbas-console --deployment lab' }],
  });
});
