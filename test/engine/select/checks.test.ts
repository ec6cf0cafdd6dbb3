import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { upsertRows } from '../../../src/engine/model/rows.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import { capacityView } from '../../../src/engine/select/capacity.ts';
import { checksOf } from '../../../src/engine/select/doctor.ts';
import { masterLines } from '../../../src/engine/select/masters.ts';
import { noticeFit, unfitJob, unfitJobs } from '../../../src/engine/select/notice-fit.ts';

import { busySnapshot, emptyDeployment, faultSnapshot, makeJob, makeWorker, NOW, POOLS, PULSE, staleSnapshot, troubledSnapshot, withJobs } from '../../support/snapshots.ts'; // prettier-ignore

const saved = (sizeBytes: number) => ({ generation: 1_000_001, manifestKey: '', sizeBytes, stopMs: 500, at: NOW, workMs: 0 }); // prettier-ignore

describe('whether a checkpoint fits into the notice', () => {
  const notice = { noticedAt: NOW, takeAt: NOW + 72_000, source: 'imds' as const };
  test.each([
    [[85_000_000], notice, 'fits: 9 s of 72 s'],
    [[85_000_000, 85_000_000], notice, 'fits: 18 s of 72 s'],
    [[900_000_000], notice, 'does not fit: 900 MB at 80 Mbps needs 91 s of 72 s'],
    [[undefined], notice, 'not known to fit: a job has never saved a checkpoint'],
    [[85_000_000], undefined, 'fits: 9 s of 120 s that a notice gives'],
  ])('%j with %j: %s', (sizes, given, sentence) => {
    const jobs = sizes.map((size, at) => makeJob(at, { state: 'RUNNING', checkpoint: size === undefined ? undefined : saved(size) })); // prettier-ignore
    const base = withJobs(emptyDeployment(), jobs);
    const timings = base.deployment && { ...base.deployment.timings, noticeReserveMs: 1_000 };
    const snapshot = { ...base, deployment: base.deployment && timings && { ...base.deployment, timings } };
    const worker = makeWorker(0, { jobs: jobs.map(({ id }) => id), notice: given });
    expect(noticeFit(snapshot, worker, NOW)?.sentence).toBe(sentence);
  });
  test('without a job there is nothing to save', () => {
    expect(noticeFit(emptyDeployment(), makeWorker(0), NOW)).toBeUndefined();
  });
});

test('how pools stand: open, full, refused, outbid, without a price, not used', () => {
  const busy = busySnapshot();
  const [a, b, c] = POOLS;
  const standings = (change: Partial<typeof busy>) =>
    Object.fromEntries(capacityView({ ...busy, ...change }).pools.map(({ id, standing }) => [id, standing]));
  expect(standings({})).toEqual({ [a]: 'open', [b]: 'open', [c]: 'refused' });
  const { settings } = busy;
  expect(standings({ settings: { ...settings, maxPoolSharePct: 20 } })[b]).toBe('full');
  expect(standings({ settings: { ...settings, pools: settings.pools.map((pool) => ({ ...pool, bidUsdPerHour: 0.01 })) } })[a]).toBe('outbid');
  expect(standings({ markets: {} })[a]).toBe('no-price');
  expect(standings({ settings: { ...settings, pools: [] } })[a]).toBe('unused');
  expect(capacityView(busy)).toMatchObject({ why: busy.pulse?.capacity, whyFrom: 'leader' });
  expect(capacityView({ ...busy, leader: undefined })).toMatchObject({ whyFrom: 'here' });
}); // prettier-ignore

test('who leads, who is gone, who led before, and what was started here', () => {
  const own = { id: 'm-own', pid: 7, logFile: '' };
  expect(masterLines(busySnapshot(), own, NOW).map(({ id, state }) => [id, state])).toEqual([['m-7f3a', 'leads'], ['m-own', 'runs']]); // prettier-ignore
  expect(masterLines(staleSnapshot(), undefined, NOW)).toMatchObject([{ state: 'gone', leaseLeftMs: -95_000 }]);
  const line = (epoch: number) => ({ at: NOW, group: `leader:${epoch}`, level: 'handled' as const, count: 1, sentence: `m-${epoch} leads now` }); // prettier-ignore
  const after = { ...busySnapshot(), notables: [line(3), line(4)] };
  expect(masterLines(after, undefined, NOW)).toMatchObject([
    { epoch: 4, since: NOW },
    { id: 'm-3', state: 'led' },
  ]);
  expect(masterLines(emptyDeployment(), own, NOW + 60_000)[0]?.state).toBe('gone');
});

test('the doctor tells what is late, denied, dead, unknown, and whose clock is ahead', () => {
  const stateOf = (snapshot: ReturnType<typeof busySnapshot>) => new Map(checksOf(snapshot, NOW).map((check) => [check.id, check])); // prettier-ignore
  const troubled = stateOf(troubledSnapshot());
  expect(troubled.get('source:jobs')).toMatchObject({ state: 'broken', ageMs: 34_000 });
  expect(troubled.get('calls:us:dynamodb')).toMatchObject({ state: 'broken' });
  expect(troubled.get('calls:leader:ec2')?.note).toContain('33% fail');
  expect(troubled.get('queue:events-dead')).toMatchObject({ state: 'attention' });
  expect(troubled.get('messages')?.note).toContain('kind "nudge"');
  expect(stateOf(faultSnapshot()).get('source:prices')?.note).toBe(
    'ec2:DescribeSpotPriceHistory is not allowed to ana',
  );
  expect(stateOf(emptyDeployment()).get('leader')?.state).toBe('unknown');
  const ahead = { ...busySnapshot(), pulse: { ...PULSE, at: NOW + 60_000 } };
  expect(stateOf(ahead).get('leader')?.note).toContain("m-7f3a's clock is 60 s ahead");
  expect(stateOf(busySnapshot()).get('leader')?.state).toBe('ok');
});

test('jobs that cannot be saved in a notice are those that a walk over all rows finds, however often their rows change', () => {
  const change = fc.record({
    number: fc.nat(330),
    sizeBytes: fc.constantFrom(undefined, 85_000_000, 900_000_000, 9_000_000_000),
  });
  fc.assert(
    fc.property(
      fc.array(fc.array(change, { minLength: 20, maxLength: 80 }), { minLength: 3, maxLength: 12 }),
      (rounds) => {
        let snapshot: Snapshot = withJobs(
          emptyDeployment(),
          Array.from({ length: 300 }, (_, at) => makeJob(at)),
        );
        const before: Snapshot[] = [];
        for (const round of rounds) {
          before.push(snapshot);
          const rows = round.map(({ number, sizeBytes }) => makeJob(number, sizeBytes === undefined ? {} : { checkpoint: saved(sizeBytes) })); // prettier-ignore
          // Rows come at the end without a hole.
          const known = rows.filter(
            ({ id }) => snapshot.jobs.indexOf(id) >= 0 || id === makeJob(snapshot.jobs.length).id,
          );
          snapshot = { ...snapshot, jobs: upsertRows(snapshot.jobs, known) };
          // An older one is asked as well: a paused screen shows it.
          for (const one of [snapshot, before.at(-1)!]) {
            const expected = [...one.jobs].filter((row) => unfitJob(one, row) !== undefined);
            expect(unfitJobs(one).map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('an on-demand price that nobody tells is named, and only then', () => {
  const told = (onDemandUsdPerHour: number): Snapshot => {
    const type = { type: 'c5.large', vcpus: 2, memoryMb: 4_096, arch: 'x86_64' as const, gpus: 0, onDemandUsdPerHour };
    return { ...busySnapshot(), types: { 'c5.large': type } };
  };
  const notes = (snapshot: Snapshot) => checksOf(snapshot, NOW).flatMap(({ id, note }) => (id === 'on-demand' ? [note] : [])); // prettier-ignore
  expect(notes(told(0))).toEqual(['not known of c5.large: no job is rescued on on-demand there']);
  expect(notes(told(0.085))).toEqual([]);
});
