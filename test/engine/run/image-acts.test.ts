import { beforeEach, describe, expect, test } from 'vitest';
import { propose } from '../../../src/engine/decide/plan.ts';
import type { Intent } from '../../../src/engine/model/command.ts';
import { imageUsdPerMonth } from '../../../src/engine/model/image.ts';
import type { JobRow } from '../../../src/engine/model/job.ts';
import { intentOf, newIntent, putIntent } from '../../../src/engine/protocol/intent-item.ts';
import { jobItemOf } from '../../../src/engine/protocol/job-item.ts';
import { actOnImages } from '../../../src/engine/run/image-acts.ts';
import { faultNow, type MemoryCloud, memoryCloud, POOL } from '../../support/memory-cloud.ts';
import { itemOf } from '../../support/job-table.ts';
import { jobId, makeJob, NOW, workerId } from '../../support/snapshots.ts';
import { at, world } from '../../support/world.ts';

const CHECKPOINT = { generation: 2_000_003, manifestKey: 'm', sizeBytes: 1, stopMs: 1, at: NOW, workMs: 1 };
let cloud: MemoryCloud;
let worker: string;
let isDown: (name: string) => boolean;

beforeEach(async () => {
  isDown = () => false;
  cloud = memoryCloud({ before: ({ name }) => (isDown(name) ? faultNow('timeout') : undefined) });
  const request = { token: 't', intentId: 'launch', pool: POOL, count: 1, maxUsdPerHour: 1, slots: 1, machine: undefined };
  worker = (await cloud.compute.launch(request)).instanceIds[0] ?? '';
  await cloud.store.putAll('jobs', [running()]);
}); // prettier-ignore

const running = (change: object = {}) => ({ ...itemOf({ id: 'j', at: 1 }), state: 'RUNNING', epoch: 2, leaseOwner: worker, checkpoint: CHECKPOINT, ...change }); // prettier-ignore
const intent = (action: Intent['action'], id = 'image-1'): Intent =>
  newIntent({ id, action, by: 'ana', createdAt: NOW });
const make = (id?: string) => act(intent({ verb: 'image', jobId: 'j', workerId: worker }, id));
const act = (one: Intent) =>
  actOnImages(one, { store: cloud.store, compute: cloud.compute, deployment: 'lab', now: NOW, leaderEpoch: 1 });

describe('an image', () => {
  test('is named after job and generation, and the job’s item remembers it', async () => {
    expect(await make()).toMatchObject({ state: 'DONE', outcome: expect.stringContaining('with checkpoint 2000003') });
    const [row] = await cloud.compute.images();
    expect(row).toMatchObject({ name: 'cbas-lab-j-2000003', jobId: 'j', generation: 2_000_003, instanceId: worker, intent: 'image-1' }); // prettier-ignore
    expect((await cloud.store.get('jobs', 'j'))?.['image']).toEqual({ id: row?.id, name: row?.name, generation: 2_000_003, at: NOW }); // prettier-ignore
    expect(jobItemOf((await cloud.store.get('jobs', 'j')) ?? {})?.image).toMatchObject({ id: row?.id, generation: 2_000_003 }); // prettier-ignore
    expect(imageUsdPerMonth({ sizeGb: 8 })).toBeCloseTo(0.4);
  });

  test('is one, however often it is asked for or carried out', async () => {
    await make();
    expect(await make()).toMatchObject({ state: 'DONE' });
    expect(await make('image-2')).toMatchObject({ state: 'DONE', outcome: expect.stringContaining('was there already') }); // prettier-ignore
    expect(await cloud.compute.images()).toHaveLength(1);
  });

  test('whose call was not answered is left in doubt, and made when it is carried out again', async () => {
    isDown = (name) => name === 'createImage';
    expect(await make()).toBeUndefined();
    isDown = () => false;
    expect(await make()).toMatchObject({ state: 'DONE' });
    expect(await cloud.compute.images()).toHaveLength(1);
  });

  test.each([
    ['that has moved on', { leaseOwner: 'i-other' }, 'it has left'],
    ['that has ended', { state: 'SUCCEEDED', leaseOwner: '' }, 'it has left'],
    ['that saved nothing', { checkpoint: undefined }, 'it has no checkpoint'],
  ])('is not made for a job %s', async (_, change, outcome) => {
    const { checkpoint, ...item } = running(change);
    await cloud.store.putAll('jobs', [{ ...item, ...(checkpoint !== undefined && { checkpoint }) }]);
    expect(await make()).toMatchObject({ state: 'FAILED', outcome: expect.stringContaining(outcome) });
    expect(await cloud.compute.images()).toEqual([]);
  });

  test('is retired, and again', async () => {
    await make();
    const [row] = await cloud.compute.images();
    const retire = intent({ verb: 'retire', imageIds: [row?.id ?? ''] }, 'retire-1');
    for (let times = 0; times < 2; times++) expect(await act(retire)).toMatchObject({ state: 'DONE' });
    expect(await cloud.compute.images()).toEqual([]);
  });
});

describe('a plan', () => {
  const operator = { name: 'ana', from: '', mode: 'operator' } as const;
  const plan = (jobs: readonly JobRow[], command: Parameters<typeof propose>[0]) =>
    propose(command, { snapshot: world({}, jobs, [at(0)]), operator, newId: () => 'id', now: NOW });
  const job = makeJob(0, { state: 'RUNNING', leaseOwner: workerId(0), epoch: 1 });

  test('for an image saves the work first, and makes none where that fails', () => {
    const made = plan([job], { kind: 'jobs.image', jobIds: [jobId(0)] });
    expect(made).toMatchObject({
      ok: true,
      plan: {
        steps: [
          { text: `checkpoint ${job.name} first`, awaited: 'saved' },
          { text: `CreateImage ${workerId(0)}`, after: [jobId(0)] },
        ],
      },
    });
    const waits = plan([makeJob(1)], { kind: 'jobs.image', jobIds: [jobId(1)] });
    expect(waits).toMatchObject({ ok: false, refusal: { code: 'nothing-to-do' } });
  });

  test('launches from an image by an intent that says so', () => {
    const made = plan([], { kind: 'workers.launch', count: 1, pool: POOL, imageId: 'ami-1' });
    const effect = made.ok ? made.plan.steps[0]?.effect : undefined;
    expect(effect).toMatchObject({ write: { set: { action: { verb: 'launch', imageId: 'ami-1' } } } });
  });
});

test('intents on images are read back as they were written', async () => {
  for (const action of [
    { verb: 'image', jobId: 'j', workerId: 'w' },
    { verb: 'retire', imageIds: ['ami-1', 'ami-2'] },
    { verb: 'launch', count: 1, pool: POOL, imageId: 'ami-1' },
  ] as const) {
    const put = putIntent(intent(action, `x-${action.verb}`));
    const item = await cloud.store.write(put);
    expect(intentOf(item ?? {})?.action).toEqual(action);
  }
});
