import { describe, expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import type { JsonObject } from '../../../src/engine/model/units.ts';
import { jobItemOf, jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { manifestOf } from '../../../src/engine/protocol/manifest-item.ts';
import { decodeMessage } from '../../../src/engine/protocol/messages.ts';
import {
  acquireLead,
  deploymentOf,
  leaderOf,
  MISC,
  pulseOf,
  SCHEMA_VERSION,
  settingsOf,
} from '../../../src/engine/protocol/misc-item.ts';
import { registerBooting, workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { parseManifest } from '../../../src/engine/protocol/blobs.ts';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import { checksOf } from '../../../src/engine/select/doctor.ts';
import { emptySnapshot } from '../../../src/engine/model/snapshot.ts';
import { PULSE } from '../../support/snapshots.ts';

/** What is here was written by CBAS as it was before these members were there; it is data, and is not brought up to date. */
const OLD_JOB = {
  jobId: '0192f0c0-0000-7000-8000-000000000001', name: 'pi', queue: 'default', priority: 0, owner: 'ana', state: 'RUNNING', epoch: 3, attempt: 0,
  leaseOwner: 'i-1', leaseUntil: 1_000, pool: 'c5.large/us-east-1a', reason: { code: 'running', since: 5, detail: '', next: '' }, rev: 4, changedAt: 6,
  submittedAt: 1, startedAt: 2, tally: { costUsd: 0.1, interruptions: 1, ranMs: 10, lostMs: 2 },
  spec: '{"cbas":1,"name":"pi","run":{"command":["true"]}}',
}; // prettier-ignore
const OLD_WORKER = { workerId: 'i-1', state: 'BUSY', pool: 'c5.large/us-east-1a', slots: 1, jobs: ['j'], bidUsdPerHour: 0.05, intent: '', rev: 2, changedAt: 3, phases: { requestedAt: 1 } }; // prettier-ignore
const OLD_LEADER = { name: 'leader', holder: 'm-a', epoch: 4, until: 100 };
const OLD_DEPLOYMENT = {
  name: 'deployment',
  value: { name: 'lab', mode: 'aws', region: 'us-east-1', accountId: '1', bucket: 'b', schema: 1 },
};
const OLD_MANIFEST = { name: 'manifest', value: { version: '0.1.0', by: 'ana', at: 1, owner: 'ana', imageId: 'ami-1', userData: '#!/bin/sh\n', schema: 1, resources: [] } }; // prettier-ignore

describe('an older CBAS wrote it, and this one reads it', () => {
  test('a job that runs goes on: its lease, its epoch and its work are what they were', () => {
    expect(jobRowOf(OLD_JOB)).toMatchObject({ state: 'RUNNING', epoch: 3, leaseOwner: 'i-1', checkpoint: undefined });
    expect(jobItemOf(OLD_JOB)).toBeDefined();
    expect(jobRowOf(OLD_JOB)?.losses).toMatchObject({ spot: 0, inARow: 0 });
  });

  test('a worker without its lifecycle and version, a leader that says nothing of itself, a pulse without its newest members', () => {
    expect(workerRowOf(OLD_WORKER)).toMatchObject({ state: 'BUSY', lifecycle: 'spot', serves: 'queue' });
    expect(leaderOf(OLD_LEADER)).toEqual({ id: 'm-a', epoch: 4, until: 100, since: 0 });
    const { unknown: _u, calls: _c, push: _p, deadlines: _d, ...old } = { push: undefined, ...PULSE };
    const pulse = pulseOf({ name: 'pulse', value: old as unknown as JsonObject });
    expect(pulse).toMatchObject({ at: PULSE.at, unknown: { count: 0 }, calls: {} });
    expect(pulse).not.toHaveProperty('push');
    expect(checksOf({ ...emptySnapshot(), pulse }, PULSE.at).length).toBeGreaterThan(3);
  });

  test('a deployment and its manifest; settings keep what they do not know for nothing', () => {
    expect(deploymentOf(OLD_DEPLOYMENT, 'ana')).toMatchObject({ name: 'lab', shards: 4, readyShards: 1 });
    expect(manifestOf(OLD_MANIFEST)).toEqual({ ...omit(OLD_MANIFEST.value, 'schema') });
    expect(settingsOf({ name: 'settings', rev: 3, value: { targetWorkers: 2, pools: [] } })).toMatchObject({ rev: 3, accepting: true, slotsPerWorker: 1 }); // prettier-ignore
  });
});

describe('a newer CBAS wrote it, and this one stands beside it', () => {
  test('members that this one does not know are not seen, and not lost: writes name what they change', async () => {
    const table = new MemoryTable();
    const lead = { id: 'm-new', at: 1, until: 10, marginMs: 0, unchangedMs: 0, leaseMs: 5, about: { version: '9.9.9', host: 'h' } };
    await table.write(acquireLead(undefined, lead) ?? never());
    expect(leaderOf({ ...(await table.get('misc', MISC.leader)), mood: 'fine' })).toMatchObject({ id: 'm-new', epoch: 1 });

    const born = { id: 'i-9', pool: 'p', slots: 1, bidUsdPerHour: 0.05, intent: '', shards: 4, requestedAt: 1, launchedAt: 1, at: 2 };
    await table.write({ table: 'workers', key: 'i-9', conditions: [], set: { state: 'PENDING', colour: 'red', rev: 1 }, add: {}, remove: [] });
    const seen = workerRowOf((await table.get('workers', 'i-9')) ?? {});
    await table.write(registerBooting({ ...born, version: '0.1.0' }, seen));
    expect(await table.get('workers', 'i-9')).toMatchObject({ state: 'BOOTING', colour: 'red', version: '0.1.0' });
    expect(jobRowOf({ ...OLD_JOB, mood: 'fine', desired: { paint: { at: 1 } } })).toMatchObject({ desired: {} });
  }); // prettier-ignore

  test('a state that this one does not know is no row: it is left alone', () => {
    expect(jobRowOf({ ...OLD_JOB, state: 'FROZEN' })).toBeUndefined();
    expect(workerRowOf({ ...OLD_WORKER, state: 'WARM' })).toBeUndefined();
  });

  test('messages of unknown kinds and versions are counted, told, and stay in their queue', () => {
    const bodies = [
      '{"cbas":2,"kind":"ping","workerId":"i-1","at":1}',
      '{"cbas":1,"kind":"hologram"}',
      '{"version":"1","source":"aws.ec2","detail-type":"EC2 Spot Instance Interruption Warning","time":"2026-11-22T00:00:00Z","detail":{"instance-id":"i-1"}}',
    ];
    const what = bodies.map((body) => decodeMessage(body, Date.parse)).map((one) => (one.kind === 'unknown' ? one.what : ''));
    expect(what.every((one) => one !== '')).toBe(true);
    const snapshot = reduce(emptySnapshot(), { kind: 'messages.unknown', at: 1, source: 'events', what });
    expect(snapshot.unknownMessages).toMatchObject({ count: 3, source: 'events' });
  }); // prettier-ignore

  test('a larger schema stops this one before it writes anything', () => {
    const value = { ...OLD_DEPLOYMENT.value, schema: SCHEMA_VERSION + 1 };
    expect(deploymentOf({ ...OLD_DEPLOYMENT, value }, 'ana')).toBe('newer');
    expect(manifestOf({ ...OLD_MANIFEST, value: { ...OLD_MANIFEST.value, schema: SCHEMA_VERSION + 1 } })).toBe('newer');
  });

  test('a manifest of outputs of a form that this one does not know is refused, not guessed', () => {
    expect(parseManifest('{"cbas":2,"kind":"outputs","files":[]}')).toBeUndefined();
  });
});

function omit<T extends object, K extends keyof T>(value: T, name: K): Omit<T, K> {
  const { [name]: _, ...rest } = value;
  return rest;
}

function never(): never {
  throw new Error('nobody leads');
}
