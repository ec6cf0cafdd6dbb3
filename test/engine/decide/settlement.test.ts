import { expect, test } from 'vitest';
import { decideRecovery } from '../../../src/engine/decide/recovery.ts';
import { settlements } from '../../../src/engine/decide/settlement.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';
import type { Pulse } from '../../../src/engine/model/deployment.ts';
import type { SeenInstance, WorkerRow } from '../../../src/engine/model/worker.ts';
import { LAB, POOL } from '../../support/memory-cloud.ts';
import { makeWorker, NOW, workerId } from '../../support/snapshots.ts';
import { at, world } from '../../support/world.ts';

const MINUTE = 60_000;
const LISTENING_SINCE = NOW - 30 * MINUTE;
const BORN_AT = NOW - 60 * MINUTE;
const market = { usdPerHour: 0.03, hours: (ms: number) => (ms / 3_600_000) * 0.03 };

const machine = (change: Partial<SeenInstance>): SeenInstance => ({
  id: workerId(0),
  pool: POOL,
  state: 'terminated',
  launchedAt: BORN_AT,
  spot: true,
  intent: 't',
  stateReason: 'Server.SpotInstanceTermination',
  endedAt: 0,
  since: NOW - 10 * MINUTE,
  ...change,
});

const seenAt = (observedAt: number) => ({ observedAt, fault: undefined, retryAt: 0, failures: 0 });

function view(
  instance: SeenInstance | undefined,
  worker: Partial<WorkerRow>,
  { lookedAt = NOW, pricedAt = NOW }: { readonly lookedAt?: number; readonly pricedAt?: number } = {},
) {
  const phases = { ...makeWorker(0).phases, pendingAt: BORN_AT, endedAt: worker.phases?.endedAt ?? 0 };
  const point = { pool: POOL, at: BORN_AT - MINUTE, usdPerHour: market.usdPerHour };
  const base = world();
  const snapshot = world(
    {
      deployment: { ...LAB, timings: AWS_TIMINGS },
      instances: rowsFrom(instance === undefined ? [] : [instance]),
      markets: { [POOL]: { ...base.markets[POOL]!, points: [point] } },
      sources: { instances: seenAt(lookedAt), prices: seenAt(pricedAt) },
    },
    [],
    [at(0, { state: 'TERMINATED', bidUsdPerHour: 0.05, ...worker, phases })],
  );
  return { snapshot, now: NOW, leaderEpoch: 3, listeningSince: LISTENING_SINCE, refusedAt: new Map<string, number>() };
}

const ended = (minutesAgo: number) => ({ phases: { endedAt: NOW - minutesAgo * MINUTE } as WorkerRow['phases'] });

interface Case {
  readonly instance: SeenInstance | undefined;
  readonly worker: Partial<WorkerRow>;
  /** Paid for; undefined = not settled now. */
  readonly minutes?: number;
}

test.each<[what: string, Case]>([
  ['EC2 says when', { instance: machine({ endedAt: NOW - 12 * MINUTE }), worker: ended(10), minutes: 48 }],
  ['it outlived its worker, and this leader saw it end', { instance: machine({}), worker: ended(20), minutes: 50 }],
  ['its worker outlived what this leader saw', { instance: machine({}), worker: ended(8), minutes: 52 }],
  [
    'it had ended before this leader listened',
    { instance: machine({ since: NOW - 40 * MINUTE }), worker: ended(45), minutes: 15 },
  ],
  ['EC2 has forgotten it', { instance: undefined, worker: ended(20), minutes: 40 }],
  [
    'it runs on without its worker: not yet',
    { instance: machine({ state: 'running', since: NOW - 55 * MINUTE }), worker: ended(20) },
  ],
  [
    'prices of its last minute may be missing: not yet',
    { instance: machine({ since: NOW - MINUTE / 2 }), worker: ended(0.5) },
  ],
  ['it is settled', { instance: machine({}), worker: { ...ended(10), paid: { usd: 1, onDemandUsd: 2 } } }],
  ['it has not ended', { instance: machine({ state: 'running' }), worker: { state: 'IDLE' } }],
])('what an ended worker cost is written down once: %s', (_, { instance, worker, minutes }) => {
  const made = settlements(view(instance, worker));
  if (minutes === undefined) expect(made).toEqual([]);
  else {
    expect(made).toHaveLength(1);
    const { write } = made[0] as Extract<(typeof made)[number], { kind: 'worker.write' }>;
    expect((write.set['paid'] as { usd: number }).usd).toBeCloseTo(market.hours(minutes * MINUTE), 9);
    expect(write.set['phases']).toMatchObject({ endedAt: BORN_AT + minutes * MINUTE });
  }
});

test('a list from before its end proves nothing about what EC2 no longer shows', () => {
  expect(settlements(view(undefined, ended(20), { lookedAt: NOW - 19.9 * MINUTE }))).toEqual([]);
});

test('prices that could not be read since its end say nothing of it', () => {
  const gone = machine({ endedAt: NOW - 12 * MINUTE });
  expect(settlements(view(gone, ended(12), { pricedAt: NOW - 11.5 * MINUTE }))).toEqual([]);
  expect(settlements(view(gone, ended(12), { pricedAt: NOW - 11 * MINUTE }))).toHaveLength(1);
});

test('a worker that was taken back while nobody led ended when its notice said', () => {
  const taken = machine({ since: NOW - 40 * MINUTE });
  const notice = { noticedAt: NOW - 47 * MINUTE, takeAt: NOW - 45 * MINUTE, source: 'imds' as const };
  const row = { state: 'INTERRUPTED' as const, changedAt: NOW - 47 * MINUTE, notice };
  const repair = decideRecovery(view(taken, row)).find(({ kind }) => kind === 'worker.write');
  expect(repair).toMatchObject({ write: { set: { state: 'TERMINATED', phases: { endedAt: NOW - 45 * MINUTE } } } });
});

test('a worker that was taken back unseen and unwarned ended after the last ping that the leader before had heard', () => {
  const taken = machine({ since: NOW - 40 * MINUTE });
  const idle = view(taken, { state: 'IDLE' as const, changedAt: NOW - 90 * MINUTE });
  const pulse = { pingAt: { [taken.id]: NOW - 50 * MINUTE } } as unknown as Pulse;
  const repair = decideRecovery({ ...idle, snapshot: { ...idle.snapshot, pulse } }).find(
    ({ kind }) => kind === 'worker.write',
  );
  expect(repair).toMatchObject({ write: { set: { state: 'TERMINATED', phases: { endedAt: NOW - 50 * MINUTE } } } });
});
