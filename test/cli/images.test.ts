import { afterAll, beforeAll, expect, test } from 'vitest';
import { Ec2Compute } from '../../src/aws/ec2-compute.ts';
import { intentOf } from '../../src/engine/protocol/intent-item.ts';
import { eventually } from '../support/eventually.ts';
import { cbas, NAME, POOL, submitted, type TestDeployment, testDeployment } from './deployment.ts';
import { runJob, WORKER } from './finished-job.ts';

let deployment: TestDeployment;
let image: string;

beforeAll(async () => {
  deployment = await testDeployment();
  const compute = new Ec2Compute(deployment.wired.choice.target, NAME);
  const request = { token: 't', intentId: 'i', pool: POOL, count: 1, maxUsdPerHour: undefined, slots: 1, machine: undefined }; // prettier-ignore
  const { instanceIds } = await compute.launch(request);
  const asked = { name: 'cbas-lab-j-1000002', instanceId: instanceIds[0] ?? '', intentId: 'i', jobId: 'j', generation: 1_000_002 }; // prettier-ignore
  image = await compute.createImage(asked);
  await eventually('it is made', async () => (await compute.images()).find(({ state }) => state === 'available'), { withinMs: 20_000 }); // prettier-ignore
});
afterAll(() => deployment.close());

const intents = async () =>
  (await deployment.wired.store.scan('intents')).items.flatMap((item) => intentOf(item)?.action ?? []);

test('images are listed with what they cost', async () => {
  const { stdout, stderr } = await cbas('images');
  expect(stdout).toMatch(new RegExp(`${image} +available +j +2 of run 1 +i-\\w+ +\\d+s +8 +<= \\$0.40`));
  expect(stderr).toContain('at most $0.40 a month');
  expect(JSON.parse((await cbas('images', '--json')).stdout)).toMatchObject([{ id: image, usdPerMonth: 0.4 }]);
});

test('one is made of where a job runs, after it has saved its work', async () => {
  const id = await submitted('pi');
  expect((await cbas('images', 'create', 'pi', '--yes')).code).toBe(4);
  await runJob(deployment.wired, id);
  const { code, stdout } = await cbas('images', 'create', 'pi', '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`checkpoint pi first[^]*CreateImage ${WORKER}`));
});

test('launches and retirements are intents of the leader', async () => {
  expect((await cbas('images', 'launch', 'ami-0fffffffffffffff9', '--yes', '--no-wait')).code).toBe(3);
  await cbas('images', 'launch', image, '--pool', POOL, '--yes', '--no-wait');
  await cbas('images', 'retire', image.slice(-6), '--yes', '--no-wait');
  expect(await intents()).toEqual(
    expect.arrayContaining([
      { verb: 'launch', count: 1, pool: POOL, imageId: image },
      { verb: 'retire', imageIds: [image] },
    ]),
  );
});
