import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideCapacity } from '../../../src/engine/decide/capacity.ts';
import { changeoverOf, measuredStart, outlookOf, spanWords } from '../../../src/engine/decide/deadline-outlook.ts';
import { dangerOf, deadlineSums, decideRescue } from '../../../src/engine/decide/rescue.ts';
import { mustGoOnDemand } from '../../../src/engine/decide/safety-net.ts';
import type { JobRow } from '../../../src/engine/model/job.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import type { WorkerRow } from '../../../src/engine/model/worker.ts';
import { C5_LARGE, OTHER_POOL, POOL, settingsFor } from '../../support/memory-cloud.ts';
import { jobId, makeJob, makeWorker, NOW, workerId } from '../../support/snapshots.ts';
import { at, intent, world } from '../../support/world.ts';

const NEEDS = { vcpus: 1, memoryMb: 256, gpus: 0, arch: 'any', types: [], regions: [] } as const;
const WORK_S = 600;
const OTHERS = 'm5.large/us-east-1a';
const M5_LARGE = { ...C5_LARGE, type: 'm5.large', memoryMb: 8_192, onDemandUsdPerHour: 0.096 };
const TYPES = { types: { 'c5.large': C5_LARGE, 'm5.large': M5_LARGE } };
const POOLS = [OTHERS, OTHER_POOL, POOL].map((id) => ({ id, bidUsdPerHour: 0.05 }));
const SETTINGS = settingsFor({ rev: 1, pools: POOLS });
/** What the net wants beside the work: nothing has been measured. */
const { changeoverMs, everyMs } = changeoverOf({ checkpoint: undefined }, world());
const NET_MS = 2 * changeoverMs + everyMs;

/** A job of ten minutes whose last moment is so far away. */
const due = (slackMs: number, change: Partial<JobRow> = {}, number = 0): JobRow =>
  makeJob(number, { workS: WORK_S, needs: NEEDS, deadlineAt: NOW + WORK_S * 1_000 + NET_MS + slackMs, ...change });
const rescued = (change: Partial<JobRow> = {}, number = 0): JobRow =>
  due(-1_000, { rescue: { at: NOW - 1_000, by: 'm', goAt: 0 }, ...change }, number);
const onSpot = { state: 'RUNNING', leaseOwner: workerId(0), pool: POOL } as const;
const spot = at(0, { state: 'BUSY', jobs: [jobId(0)] });
const onDemand = (number: number, change: Partial<WorkerRow> = {}): WorkerRow => {
  const phases = {
    ...makeWorker(0).phases,
    requestedAt: NOW - 5_000,
    pendingAt: NOW - 4_000,
    bootingAt: 0,
    readyAt: 0,
  };
  return at(number, { bidUsdPerHour: 0, serves: 'rescued', phases, ...change });
};
const place = (jobs: readonly JobRow[], workers: readonly WorkerRow[] = [], change: Partial<Snapshot> = {}): Snapshot =>
  world({ ...TYPES, settings: SETTINGS, ...change }, jobs, workers);
const decide = (snapshot: Snapshot) =>
  decideRescue({
    snapshot,
    now: NOW,
    leaderEpoch: 3,
    leaderId: 'm',
    listeningSince: NOW - 60_000,
    refusedAt: new Map(),
  });
/** In words: what is written of which job, what is launched where for whom, of what is told. */
const said = (snapshot: Snapshot): readonly string[] => {
  const { repairs, launches, told } = decide(snapshot);
  return [
    ...repairs.map((repair) => {
      if (repair.kind !== 'job.write') return repair.kind;
      const { set, remove } = repair.write;
      const to = remove.includes('rescue') ? 'lift' : (set['rescue'] as { goAt: number }).goAt > 0 ? 'go' : 'mark';
      return set['readyShard'] === undefined ? to : `${to} ${String(set['readyShard']).replace(/\d$/, 'N')}`;
    }),
    ...launches.map(({ pool, jobs }) => `launch ${jobs.length} in ${pool}`),
    ...told.map(({ sentence }) => sentence.slice(sentence.indexOf(' ') + 1)),
  ];
};
const refusedEverywhere = { poolRetryAt: Object.fromEntries(POOLS.map(({ id }) => [`${id} on-demand`, NOW + 9_000])) };
const launching = (jobs: readonly string[], createdAt = NOW - 1_000) => ({
  intents: rowsFrom([intent({ verb: 'launch', count: 1, pool: POOL, jobs }, { state: 'STARTED', createdAt })]),
});

test.each<[string, Snapshot, readonly string[]]>([
  ['no deadline', place([makeJob(0, { workS: WORK_S })]), []],
  ['time enough', place([due(1)]), []],
  ['the last moment, while it waits', place([due(0)]), ['mark #rescue']],
  ['the last moment, while spot runs it: it stays there', place([due(0, onSpot)], [spot]), ['mark']],
  ['only work that is saved counts', place([due(-400_000, { ...onSpot, checkpoint: { generation: 1, manifestKey: '', sizeBytes: 0, stopMs: 0, at: NOW, workMs: 401_000 } })], [spot]), []],
  ['a large checkpoint takes time to restore', place([due(400_000, { checkpoint: { generation: 1, manifestKey: '', sizeBytes: 4e9, stopMs: 0, at: NOW, workMs: 0 } })]), ['mark #rescue']],
  ['no estimate, and it does not say how far it is', place([due(-60_000, { workS: 0 })]), []],
  ['no estimate, and half of it done in six minutes', place([due(0, { ...onSpot, workS: 0, deadlineAt: NOW + 700_000 })], [spot], { live: { [jobId(0)]: { id: jobId(0), epoch: 1, progressPct: 50, leaseUntil: 0, heartbeatAt: 0, atRiskMs: 360_000 } } }), ['mark']],
  ['no estimate, but a checkpoint that knows how far it was', place([due(0, { workS: 0, deadlineAt: NOW + 390_000, checkpoint: { generation: 1, manifestKey: '', sizeBytes: 0, stopMs: 0, at: NOW, workMs: 360_000, progressPct: 50 } })]), ['mark #rescue']],
  ['held, blocked, in backoff: it could not run', place([due(0, { desired: { hold: { at: 1, by: 'ana' } } }), due(0, { state: 'BLOCKED' }, 1), due(0, { notBefore: NOW + 1 }, 2), due(0, { state: 'HELD' }, 3)]), []],
  ['an ordinary on-demand worker runs it', place([due(0, onSpot)], [at(0, { state: 'BUSY', jobs: [jobId(0)], bidUsdPerHour: 0 })]), []],
  ['not even on-demand could', place([due(-NET_MS - 1)]), ['misses its deadline: not even on-demand could still meet it']],
  ['dearer than the job may be', place([due(0, { maxUsdPerHour: 0.08 })]), ['cannot be rescued: no on-demand worker may be had for it']],
  ['no type that fits', place([due(0, { needs: { ...NEEDS, gpus: 1 } })]), ['cannot be rescued: no on-demand worker may be had for it']],
  ['on-demand refused everywhere: it stays where spot may take it', place([due(0)], [], refusedEverywhere), ['cannot be rescued: no on-demand worker may be had for it']],
  ['rescued: the cheapest type that fits', place([rescued()]), [`launch 1 in ${POOL}`]],
  ['rescued: one that needs more memory', place([rescued({ needs: { ...NEEDS, memoryMb: 5_000 } })]), [`launch 1 in ${OTHERS}`]],
  ['rescued: where on-demand is refused the next pool is asked', place([rescued()], [], { poolRetryAt: { [`${POOL} on-demand`]: NOW + 1 } }), [`launch 1 in ${OTHER_POOL}`]],
  ['rescued: that spot is refused there is nothing to it', place([rescued()], [], { poolRetryAt: { [POOL]: NOW + 1 } }), [`launch 1 in ${POOL}`]],
  ['rescued: one launch for two jobs', place([rescued(), rescued({}, 1)]), [`launch 2 in ${POOL}`]],
  ['rescued: its launch is under way', place([rescued()], [], launching([jobId(0)])), []],
  ['rescued: a launch under way for longer than a start takes is not waited for', place([rescued()], [], launching([jobId(0)], NOW - 30_000)), [`launch 1 in ${POOL}`]],
  ['rescued: the launch of another does not help', place([rescued()], [], launching([jobId(9)])), [`launch 1 in ${POOL}`]],
  ['rescued: its worker comes', place([rescued(onSpot)], [spot, onDemand(1, { state: 'PENDING' })]), []],
  ['rescued: one that comes for too long is not waited for', place([rescued()], [onDemand(1, { state: 'BOOTING', phases: { ...makeWorker(1).phases, readyAt: 0 } })]), [`launch 1 in ${POOL}`]],
  ['rescued: its worker is ready, and spot runs it: it goes over', place([rescued(onSpot)], [spot, onDemand(1)]), ['go']],
  ['rescued: what waits takes the ready worker first', place([rescued({ ...onSpot, deadlineAt: NOW + 700_000 }), rescued({}, 1)], [spot, onDemand(1)]), [`launch 1 in ${POOL}`]],
  ['rescued: asked to go over once', place([rescued({ ...onSpot, rescue: { at: NOW, by: 'm', goAt: NOW } })], [spot, onDemand(1)]), []],
  ['rescued: a busy worker is no room', place([rescued()], [onDemand(1, { state: 'BUSY', jobs: [jobId(7)] })]), [`launch 1 in ${POOL}`]],
  ['rescued: an on-demand worker that has gone is none', place([rescued()], [onDemand(1, { state: 'LOST' })]), [`launch 1 in ${POOL}`]],
  ['rescued and on on-demand: all is done', place([rescued({ ...onSpot, leaseOwner: workerId(1) })], [onDemand(1, { state: 'BUSY', jobs: [jobId(0)] })]), []],
  ['rescued, and on-demand is refused everywhere: spot is better than nothing', place([rescued()], [], refusedEverywhere), ['lift default#N']],
  ['the same while spot runs it: it goes on', place([rescued(onSpot)], [spot], refusedEverywhere), []],
])('%s', (_, snapshot, wanted) => {
  expect(said(snapshot)).toEqual(wanted);
}); // prettier-ignore

test('it says why, with its inputs and what it rejected', () => {
  const [repair] = decide(place([due(-2_000)])).repairs;
  expect(repair?.kind === 'job.write' && repair.decision).toMatchObject({
    topic: 'deadline',
    about: jobId(0),
    sentence: `pi-000 is rescued: only on-demand can still meet its deadline, in ${POOL} at $0.085/h`,
    inputs: { workLeftMs: WORK_S * 1_000, timeLeftMs: WORK_S * 1_000 + NET_MS - 2_000, slackMs: -2_000, measuredStarts: 0, everyMs },
    rejected: [
      'spot: 10 m of work are not saved, and it can be taken back at any moment',
      `${OTHER_POOL}: $0.085/h`,
      `${OTHERS}: $0.096/h`,
    ],
  }); // prettier-ignore
});

test('every write of it is a leader’s, of the job as it was seen', () => {
  const writes = [place([due(0)]), place([due(0, onSpot)], [spot]), place([rescued(onSpot)], [spot, onDemand(1)])]
    .flatMap((snapshot) => decide(snapshot).repairs)
    .map((repair) => ('write' in repair ? repair.write : undefined));
  for (const write of writes) {
    expect(write?.set['leaderEpoch']).toBe(3);
    expect(write?.conditions.map((condition) => ('attribute' in condition ? condition.attribute : 'leaderEpoch'))).toEqual(
      expect.arrayContaining(['epoch', 'state', 'rescue', 'leaderEpoch']),
    ); // prettier-ignore
  }
  expect(writes).toHaveLength(3);
});

test('capacity counts neither rescued jobs nor their workers', () => {
  const snapshot = place([rescued(), makeJob(1)], [onDemand(1)]);
  expect(decideCapacity(snapshot, NOW).decision.inputs).toMatchObject({ jobs: 1, serving: 0, wanted: 1 });
});

describe('the outlook', () => {
  test('agrees with the net', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3_600_000, max: 3_600_000 }),
        fc.nat({ max: WORK_S * 1_000 }),
        (...[slackMs, workMs]) => {
          const checkpoint = { generation: 1, manifestKey: '', sizeBytes: 0, stopMs: 0, at: NOW, workMs };
          const outlook = outlookOf(due(slackMs, { checkpoint }), place([]), NOW);
          if (outlook.kind !== 'known') throw new Error('it has an estimate');
          const hours = { workH: outlook.workLeftMs / 3.6e6, timeH: outlook.timeLeftMs / 3.6e6, changeoverH: changeoverMs / 3.6e6, everyH: everyMs / 3.6e6 }; // prettier-ignore
          if (outlook.slackMs !== 0) expect(outlook.slackMs < 0).toBe(mustGoOnDemand(hours));
          expect(outlook.slackMs).toBeCloseTo(slackMs + workMs, 3);
        },
      ),
    );
  });

  test('starts are measured: the default, until three were seen; then the slowest with a margin, and of twenty not the one accident', () => {
    const started = (number: number, tookMs: number): WorkerRow =>
      at(number, { phases: { ...makeWorker(0).phases, requestedAt: NOW - 900_000, readyAt: NOW - 900_000 + tookMs } });
    const of = (tookMs: readonly number[]) => measuredStart(world({}, [], tookMs.map((took, number) => started(number, took)))); // prettier-ignore
    expect(of([4_000, 5_000])).toEqual({ readyMs: 10_000, starts: 2 });
    expect(of([4_000, 8_000, 5_000])).toEqual({ readyMs: 12_000, starts: 3 });
    expect(of([...Array<number>(19).fill(4_000), 90_000])).toEqual({ readyMs: 6_000, starts: 20 });
    expect(of([90_000, ...Array<number>(20).fill(4_000)])).toEqual({ readyMs: 6_000, starts: 20 });
  });

  test.each([[45_000, '45 s'], [59 * 60_000, '59 m'], [7_800_000, '2 h 10 m'], [3 * 3_600_000, '3 h'], [-5, '0 s']])('%d ms is %s', (ms, words) => {
    expect(spanWords(ms)).toBe(words);
  }); // prettier-ignore
});

test('what is in danger: what cannot be met, what may not be rescued, what is over', () => {
  const jobs = [
    due(5_000),
    due(-1, { maxUsdPerHour: 0.01 }, 1),
    rescued({}, 2),
    due(-NET_MS - 1, {}, 3),
    due(0, { workS: 0, deadlineAt: NOW - 1 }, 4),
    due(0, { workS: 0 }, 5),
  ];
  const snapshot = place(jobs);
  expect(deadlineSums(snapshot, NOW)).toEqual({ atRisk: 3, rescued: 1 });
  expect(jobs.map((job) => dangerOf(job, snapshot, NOW))).toEqual([
    undefined,
    expect.stringMatching(/no on-demand worker may be had: .*its price limit is 0.01/),
    undefined,
    'not even on-demand could still meet it',
    'it is over',
    undefined,
  ]);
});
