import { expect, it } from 'vitest';
import { settingsOf, MISC, writeSettings } from '../../src/engine/protocol/misc-item.ts';
import { changeoverOf } from '../../src/engine/decide/deadline-outlook.ts';
import { emptyRows } from '../../src/engine/model/rows.ts';
import type { WorkerRow } from '../../src/engine/model/worker.ts';
import { Cloud, counterJob } from '../support/cloud.ts';
import { eventually } from '../support/eventually.ts';
import { instancesOf } from '../support/instances.ts';
import { sendSignal, World } from '../support/processes.ts';

/** A counter of 8 s. */
const STEPS = 40;
const WORK_S = 8;
/** More than the net needs at the start: so long spot is waited for, in vain. */
const SLACK_MS = 4_000;
/** Below every price of the market. */
const HOPELESS_BID = 0.0001;

it('no bid holds: at its last moment a job with a deadline is rescued on on-demand, and ends in time', async () => {
  await using world = new World();
  const cloud = await Cloud.start(world, { name: 'deadline', workers: 2 });
  const { deployment, store } = cloud.wired;
  const settings = settingsOf(await store.get('misc', MISC.settings));
  const pools = settings.pools.map(({ id }) => ({ id, bidUsdPerHour: HOPELESS_BID }));
  expect(await store.write(writeSettings({ ...settings, pools }))).toBeDefined();
  const { changeoverMs, everyMs } = changeoverOf({ checkpoint: undefined }, { deployment, workers: emptyRows() });
  const deadlineAt = Date.now() + WORK_S * 1_000 + 2 * changeoverMs + everyMs + SLACK_MS;
  const [urgent = '', patient = ''] = await cloud.submit(
    { ...counterJob('urgent', STEPS), estimate: { workS: WORK_S }, deadline: new Date(deadlineAt).toISOString() },
    counterJob('patient', STEPS),
  );
  const master = cloud.master();

  const job = await cloud.jobIs(urgent, ['SUCCEEDED', 'FAILED'], 2 * (deadlineAt - Date.now()));
  expect(job).toMatchObject({ state: 'SUCCEEDED', record: { value: { n: STEPS } } });
  expect(job.rescue?.at).toBeLessThan(deadlineAt - WORK_S * 1_000);
  expect(job.endedAt).toBeLessThan(deadlineAt);
  // Nothing else may use what is so dear.
  expect(await cloud.job(patient)).toMatchObject({ state: 'RUNNABLE', epoch: 0, rescue: undefined });
  const [worker, ...others] = await cloud.workers();
  expect(others).toEqual([]);
  expect(worker).toMatchObject({ lifecycle: 'on-demand', serves: 'rescued', bidUsdPerHour: 0, slots: 1 });

  // It would end as idle ones do; told to, it ends now, and is paid for at the on-demand price.
  sendSignal(instancesOf(world).get(worker?.id ?? '')?.agent ?? 0, 'SIGTERM');
  const settled = await eventually(
    'the on-demand worker is settled',
    async (): Promise<WorkerRow | undefined> => (await cloud.workers()).find(({ paid }) => paid !== undefined),
    { withinMs: 60_000 },
  );
  expect(settled.paid?.usd).toBeGreaterThan(0);
  expect(settled.paid?.usd).toBe(settled.paid?.onDemandUsd);
  master.signal('SIGTERM');
  expect(await master.exitCode(10_000)).toBe(0);
  await cloud.stop();
  await world.assertNothingLeft();
});
