import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { LOCAL_TIMINGS } from '../../../src/engine/model/timings.ts';
import type { JsonObject } from '../../../src/engine/model/units.ts';
import { type Manifest, manifestText, parseManifest } from '../../../src/engine/protocol/blobs.ts';
import { intentOf, newIntent, putIntent } from '../../../src/engine/protocol/intent-item.ts';
import { jobItemOf, jobLiveOf, jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { decodeMessage, pingBody } from '../../../src/engine/protocol/messages.ts';
import {
  deploymentItem,
  deploymentOf,
  leaderOf,
  pulseItem,
  pulseOf,
  settingsOf,
  writeSettings,
} from '../../../src/engine/protocol/misc-item.ts';
import { figuresOf } from '../../../src/engine/protocol/pool-figures.ts';
import { registerBooting, registerPending, workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { DEPLOYMENT, PULSE } from '../../support/snapshots.ts';

const DECODERS: Readonly<Record<string, (item: JsonObject) => unknown>> = {
  jobRowOf, jobItemOf, jobLiveOf, workerRowOf, intentOf, settingsOf, pulseOf, leaderOf, figuresOf,
  deploymentOf: (item) => deploymentOf(item, 'ana'),
}; // prettier-ignore
/** Names that the decoders look for, so that arbitrary values reach them. */
const NAMES = [
  'jobId',
  'workerId',
  'intentId',
  'state',
  'reason',
  'tally',
  'checkpoint',
  'result',
  'record',
  'desired',
  'phases',
  'jobs',
  'notice',
  'signals',
  'told',
  'checkpointPending',
  'meanMs',
  'action',
  'verb',
  'revs',
  'workerIds',
  'value',
  'pools',
  'rev',
  'holder',
  'epoch',
  'leaseUntil',
  'schema',
  'timings',
  'pingAt',
];
const inner = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue()));
const item = fc
  .tuple(fc.dictionary(fc.constantFrom(...NAMES), inner), fc.constantFrom('RUNNING', 'BUSY', 'OPEN', 'x'))
  .map(([attributes, state]) => ({ jobId: 'j', workerId: 'w', intentId: 'i', state, ...attributes }) as JsonObject);

describe.each(Object.entries(DECODERS))('%s', (_, decode) => {
  test('makes of any item a value or nothing, never an exception', () => {
    fc.assert(
      fc.property(item, (attributes) => void decode(attributes)),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (attributes) => void decode(attributes as JsonObject)),
    );
  });
});

test('every number of a row that came through is a number', () => {
  fc.assert(
    fc.property(item, (attributes) => {
      const row = jobRowOf(attributes);
      if (row === undefined) return;
      for (const value of [row.epoch, row.rev, row.changedAt, row.tally.costUsd, row.reason.since, row.priority])
        expect(Number.isFinite(value)).toBe(true);
    }),
  );
});

test('no body makes a message throw; what is not understood says so', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (body) => void decodeMessage(body, Date.parse)));
  const kinds = [
    [pingBody({ workerId: 'i-1', at: 5 }), { kind: 'ping', workerId: 'i-1', at: 5 }],
    ['x', { kind: 'unknown', what: 'not JSON: "x"' }],
    ['[]', { kind: 'unknown', what: 'not an object' }],
    ['{"cbas":2,"kind":"ping","workerId":"i-1"}', { kind: 'unknown', what: 'kind "ping", version 2' }],
    [`{"kind":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, { kind: 'unknown', what: 'kind object, version null' }],
    [pingBody({ workerId: 'x'.repeat(100_000), at: 5 }), { kind: 'unknown', what: `ping of "${'x'.repeat(38)}…` }],
    [pingBody({ workerId: 'constructor', at: 5 }), { kind: 'unknown', what: 'ping of "constructor"' }],
    [ec2('a\u001b[2J', { 'instance-id': 'i 1' }), { what: 'event "a\\u001b[2J" without an instance or a time' }],
    [
      ec2('EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' }),
      { kind: 'interruption', instanceId: 'i-1', action: 'terminate' },
    ],
    [ec2('EC2 Instance Rebalance Recommendation', {}), { kind: 'rebalance', instanceId: 'i-1' }],
    [
      ec2('EC2 Instance State-change Notification', { state: 'terminated' }),
      { kind: 'state-change', state: 'terminated' },
    ],
    [ec2('EC2 Something New', {}), { kind: 'unknown', what: 'event "EC2 Something New"' }],
  ] as const;
  for (const [body, message] of kinds) expect(decodeMessage(body, Date.parse)).toMatchObject(message);
});

function ec2(detailType: string, detail: JsonObject): string {
  return JSON.stringify({
    source: 'aws.ec2',
    'detail-type': detailType,
    time: '2026-11-22T14:02:11Z',
    detail: { 'instance-id': 'i-1', ...detail },
  });
}

test('a number that cannot be is not taken over: nothing is launched by it, and no loop spins', () => {
  for (const count of [0, -1, 0.5, 1e300, '3'])
    expect(intentOf({ intentId: 'x', state: 'OPEN', action: { verb: 'launch', count } })).toBeUndefined();
  const pools = [
    { id: 'p', bidUsdPerHour: -1 },
    { id: 'constructor', bidUsdPerHour: 1 },
    { id: 'q', bidUsdPerHour: 0 },
  ];
  expect(settingsOf({ rev: 1, value: { targetWorkers: -3, slotsPerWorker: 0.5, pools } })).toMatchObject({
    targetWorkers: 0,
    slotsPerWorker: 1,
    pools: [{ id: 'q' }],
  });
  const timings = { pingMs: 0, leaseMs: -5, heartbeatMs: 700, nameOfAnother: 5 };
  const deployment = deploymentOf({ value: { mode: 'local', shards: -1, readyShards: 0, timings } }, 'ana');
  expect(deployment).toMatchObject({
    shards: 4,
    readyShards: 1,
    timings: { ...LOCAL_TIMINGS, heartbeatMs: 700 },
  });
});

const MANIFEST: Manifest = {
  cbas: 1,
  kind: 'checkpoint',
  jobId: 'j',
  epoch: 2,
  generation: 2_000_001,
  createdAt: 5,
  workMs: 7,
  files: [{ path: 'a/b', key: 'ckpt/j/2000001/a/b', sizeBytes: 3, sha256: 'ff', output: '' }],
};

test('a manifest reads back as it was written; a file that would leave the folder makes it worthless', () => {
  expect(parseManifest(manifestText(MANIFEST))).toEqual(MANIFEST);
  for (const path of ['', '/etc/x', '../x', 'a/../../x', '.', 'a\0b']) {
    expect(parseManifest(manifestText({ ...MANIFEST, files: [{ ...MANIFEST.files[0]!, path }] }))).toBeUndefined();
  }
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        item.map((value) => JSON.stringify({ cbas: 1, kind: 'outputs', files: [], ...value })),
      ),
      (text) => void parseManifest(text),
    ),
  );
});

test('what is written through the table reads back: worker, intent, settings, pulse, deployment', async () => {
  const table = new MemoryTable();
  const worker = {
    id: 'i-1',
    pool: 'p',
    slots: 2,
    bidUsdPerHour: 0.05,
    intent: 't',
    shards: 4,
    requestedAt: 5,
    launchedAt: 7,
    at: 9,
  };
  const pending = workerRowOf((await table.write(registerPending(worker, 1))) ?? {});
  expect(pending).toMatchObject({
    id: 'i-1',
    state: 'PENDING',
    slots: 2,
    rev: 1,
    phases: { requestedAt: 5, pendingAt: 7 },
  });
  expect(await table.write(registerPending(worker, 1))).toBeUndefined();
  expect(await table.write(registerBooting({ ...worker, at: 12 }, undefined)), 'it saw none').toBeUndefined();
  const booting = workerRowOf(
    (await table.write(registerBooting({ ...worker, launchedAt: 8, at: 12 }, pending))) ?? {},
  );
  expect(booting).toMatchObject({
    state: 'BOOTING',
    rev: 2,
    phases: { requestedAt: 5, pendingAt: 7, bootingAt: 12 },
  });

  const intent = newIntent({
    id: 'i-1@3',
    action: { verb: 'terminate', workerIds: ['i-1'], revs: [3], target: 'lower' },
    by: 'ana',
    from: 'ssh',
    createdAt: 5,
  });
  expect(intentOf((await table.write(putIntent(intent))) ?? {})).toEqual(intent);
  expect(await table.write(putIntent({ ...intent, by: 'bob' }))).toBeUndefined();

  const settings = {
    rev: 0,
    accepting: false,
    targetWorkers: 3,
    slotsPerWorker: 1,
    pools: [{ id: 'p', bidUsdPerHour: 0.1 }],
    maxPoolSharePct: 50,
    changedBy: 'ana',
    changedAt: 4,
  };
  expect(settingsOf(await table.write(writeSettings(settings)))).toEqual({ ...settings, rev: 1 });
  expect(await table.write(writeSettings(settings))).toBeUndefined();
  expect(settingsOf(await table.write(writeSettings({ ...settings, rev: 1 })))).toMatchObject({ rev: 2 });

  expect(pulseOf(await table.write(pulseItem(PULSE)))).toEqual(PULSE);
  expect(await table.write(pulseItem({ ...PULSE, leaderEpoch: PULSE.leaderEpoch - 1 }))).toBeUndefined();
  const { identity, timings: _, ...described } = DEPLOYMENT;
  expect(deploymentOf(deploymentItem(described), identity)).toMatchObject(described);
  expect(deploymentOf({ value: { schema: 99 } }, 'ana')).toBe('newer');
});
