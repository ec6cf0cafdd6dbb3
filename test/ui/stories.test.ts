import { test } from 'vitest';
import { upsertRows } from '../../src/engine/model/rows.ts';
import { story } from '../support/driver.ts';
import { busySnapshot, jobId, makeJob, workerId } from '../support/snapshots.ts';

const BUSY = { snapshot: busySnapshot(), size: { columns: 100, rows: 30 } };

test('a plan is confirmed by y, after it could be read, for the job that was shown', () =>
  story(BUSY, (on) =>
    on
      .jobs()
      .press('K')
      .expectPlan(`kill ${jobId(12)}`)
      .confirm()
      .expectConfirmed({ kind: 'jobs.kill', jobIds: [jobId(12)] })
      .expectSeen(`kill ${jobId(12)}: done`),
  ));

test('rows that change under a dialog do not change what it does', () =>
  story(BUSY, (on) =>
    on
      .jobs()
      .press('/', 'state:running', '\r', 'K')
      .meanwhile((snapshot) => ({
        ...snapshot,
        jobs: upsertRows(snapshot.jobs, [makeJob(12, { state: 'SUCCEEDED' }), makeJob(13, { state: 'KILLED' })]),
      }))
      .expectPlan(`kill ${jobId(12)}`)
      .confirm()
      .expectConfirmed({ kind: 'jobs.kill', jobIds: [jobId(12)] }),
  ));

test('K on a worker ends that instance, and nothing before its plan is answered', () =>
  story(BUSY, (on) =>
    on
      .workers()
      .select(workerId(3))
      .press('K')
      .expectProposed({ kind: 'workers.terminate', workerIds: [workerId(3)], target: 'keep', first: 'checkpoint' })
      .expectPlan(workerId(3))
      .press('y')
      .expectConfirmed()
      .confirm()
      .expectConfirmed({ kind: 'workers.terminate', workerIds: [workerId(3)], target: 'keep', first: 'checkpoint' }),
  ));

test('marks make it several', () =>
  story(BUSY, (on) =>
    on.press('3', ' ', ' ', 'K').expectProposed({
      kind: 'workers.terminate',
      workerIds: [workerId(0), workerId(3)],
      target: 'keep',
      first: 'checkpoint',
    }),
  ));

test('on Market R plans to replace the workers that were launched at another bid', () =>
  story(BUSY, (on) =>
    on
      .market()
      .press('R')
      .expectProposed({ kind: 'workers.roll', pool: 'c5.large/us-east-1a' })
      .expectPlan('c5.large/us-east-1a')
      .confirm()
      .expectConfirmed({ kind: 'workers.roll', pool: 'c5.large/us-east-1a' }),
  ));
