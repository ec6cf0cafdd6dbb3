import { expect, test } from 'vitest';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import { incidentsOf } from '../../../src/engine/select/incidents.ts';
import { eventfulSnapshot } from '../../support/eventful-snapshot.ts';
import { busySnapshot, emptyDeployment, jobId, makeJob, makeWorker, NOW, workerId } from '../../support/snapshots.ts'; // prettier-ignore
import { rowsFrom } from '../../../src/engine/model/rows.ts';

test('a pool that takes thirty workers back is one line, with what became of their jobs', () => {
  const [need, taken, bid, ...more] = incidentsOf(eventfulSnapshot(), NOW);
  expect(need).toMatchObject({ kind: 'needs', key: 'R retry', about: [jobId(16)] });
  expect(taken).toMatchObject({ kind: 'handled', count: 30, lostMs: 130_000 });
  expect(taken?.sentence).toMatch(/takes 30 workers back; 27 jobs saved in time.*; 3 jobs of a lost worker/);
  expect(taken?.about).toEqual(expect.arrayContaining([workerId(0), jobId(12), jobId(17)]));
  expect(taken?.parts).toHaveLength(4);
  expect([bid?.kind, more]).toEqual(['act', []]);
});

test('events of thirty workers and their jobs make that line, and its id stays while it grows', () => {
  const pool = 'c5.large/us-east-1a';
  const workers = Array.from({ length: 30 }, (_, at) => makeWorker(at, { pool, state: 'BUSY', jobs: [jobId(at)] }));
  const running = workers.map(({ id }, at) => makeJob(at, { state: 'RUNNING', leaseOwner: id, pool }));
  let snapshot = reduce({ ...emptyDeployment(), workers: rowsFrom(workers) }, { kind: 'jobs.observed', at: NOW, rows: running });
  const ids = new Set<string>();
  const live = running.map(({ id }) => ({ id, epoch: 1, progressPct: 5, leaseUntil: NOW, heartbeatAt: NOW, atRiskMs: 4_000 }));
  snapshot = reduce(snapshot, { kind: 'live.observed', at: NOW, rows: live });
  workers.forEach((worker, at) => {
    const when = NOW + at * 1_000;
    snapshot = reduce(snapshot, { kind: 'workers.observed', at: when, rows: [{ ...worker, state: 'INTERRUPTED', rev: 4 }] });
    const reason = { code: at < 28 ? ('interruption-notice' as const) : ('worker-lost' as const), since: when, detail: '', next: '' };
    const job = makeJob(at, { state: 'RUNNABLE', pool, rev: 2, epoch: 1, reason });
    snapshot = reduce(snapshot, { kind: 'jobs.observed', at: when, rows: [job] });
    for (const { id } of incidentsOf(snapshot, when)) ids.add(id);
  });
  const lines = incidentsOf(snapshot, NOW + 30_000);
  expect(lines).toMatchObject([{ kind: 'handled', count: 30, lostMs: 8_000 }]);
  expect(lines[0]?.sentence).toBe(`${pool} takes 30 workers back; 28 jobs saved in time, to go on elsewhere; 2 jobs of a lost worker made runnable again`);
  expect([...ids]).toEqual([lines[0]?.id]);
}); // prettier-ignore

test('another reclaim of the pool, later, is another incident', () => {
  const snapshot = busySnapshot();
  const line = (at: number) => ({ at, since: at, group: 'taken:p', level: 'handled' as const, count: 1, sentence: 'p takes 1 worker back' }); // prettier-ignore
  const twice = { ...snapshot, notables: [line(NOW - 600_000), line(NOW - 60_000)] };
  expect(incidentsOf(twice, NOW).filter(({ kind }) => kind === 'handled')).toHaveLength(2);
});
