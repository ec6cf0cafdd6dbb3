import { expect, test } from 'vitest';
import { propose } from '../../../src/engine/decide/plan.ts';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import { busySnapshot, NOW } from '../../support/snapshots.ts';

const OPERATOR = { name: 'ana', from: '', mode: 'operator' } as const;

function proposed(snapshot: Snapshot, pool: string) {
  return propose({ kind: 'workers.roll', pool }, { snapshot, operator: OPERATOR, now: NOW, newId: () => 'plan-1' });
}

const start = busySnapshot();
const serving = [...start.workers].filter(({ state }) => state === 'BUSY' || state === 'IDLE');
const pool = serving[0]!.pool;
const ofPool = serving.filter((row) => row.pool === pool);

/** The bid of the pool as it is now. */
function atBid(bidUsdPerHour: number): Snapshot {
  const { settings } = start;
  const pools = settings.pools.map((one) => (one.id === pool ? { ...one, bidUsdPerHour } : one));
  return { ...start, settings: { ...settings, pools } };
}

test('those launched at another bid save their work, give it back and are replaced', () => {
  const proposal = proposed(atBid(0.09), pool);
  if (!proposal.ok) throw new Error(proposal.refusal.sentence);
  const { plan } = proposal;
  const wanted = [...start.workers].filter((row) => row.pool === pool && ['PENDING', 'BOOTING', 'IDLE', 'BUSY'].includes(row.state)); // prettier-ignore
  expect(plan.title).toBe(`roll ${wanted.length} worker${wanted.length === 1 ? '' : 's'} of ${pool} to the bid 0.09`);
  const drained = plan.steps.filter(({ text }) => text.startsWith('drain '));
  expect(drained.flatMap(({ targets = [] }) => targets.map(({ id }) => id)).sort()).toEqual(
    wanted.map(({ id }) => id).sort(),
  );
  const saving = plan.steps.filter(({ text }) => text.startsWith('save '));
  expect(saving.length).toBeGreaterThan(0);
  expect(saving.every(({ choice }) => choice?.isOn === true)).toBe(true);
  // As many are asked for as before.
  expect(plan.steps.find(({ text }) => text.startsWith('ask for'))?.choice?.isOn ?? false).toBe(false);
  expect(plan.notes[0]).toMatch(/^they were launched at 0\.05; /);
});

test('who has the bid in force stays, and so do on-demand workers and those that go already', () => {
  const [one, ...others] = ofPool;
  const rows = [{ ...one!, bidUsdPerHour: 0.09, rev: 99 }, ...others.map((row) => ({ ...row, lifecycle: 'on-demand' as const, rev: 99 }))]; // prettier-ignore
  const rest = [...start.workers].filter((row) => row.pool === pool && !ofPool.includes(row)).map((row) => ({ ...row, drain: { at: NOW, by: 'bea', jobs: 'finish' as const }, rev: 99 })); // prettier-ignore
  const snapshot = reduce(atBid(0.09), { kind: 'workers.observed', at: NOW, rows: [...rows, ...rest] });
  expect(proposed(snapshot, pool)).toMatchObject({ ok: false, refusal: { code: 'nothing-to-do', sentence: `no worker of ${pool} runs at another bid than 0.09` } }); // prettier-ignore
});

test('a pool that is none is named', () => {
  expect(proposed(start, 'x9.large/moon')).toMatchObject({ ok: false, refusal: { code: 'not-found' } });
});
