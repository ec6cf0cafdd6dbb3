import { expect, test } from 'vitest';
import { upsertRows } from '../../src/engine/model/rows.ts';
import { generationWords, withoutNumbers } from '../../src/ui/checkpoint-words.ts';
import { OWN_KEYS } from '../../src/ui/effective-keys.ts';
import { KEYMAP } from '../../src/ui/keymap.ts';
import { auditEntries } from '../support/audit.ts';
import { SCREENS, screenKey } from '../../src/ui/screens.ts';
import { eventually, holds } from '../support/eventually.ts';
import { forgetfulMemory } from '../../src/ui/ui-memory.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { eventfulSnapshot } from '../support/eventful-snapshot.ts';
import { busySnapshot, faultSnapshot, jobId, makeJob, NOW, POOLS } from '../support/snapshots.ts'; // prettier-ignore

const SIZE = { columns: 120, rows: 40 };

async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n');
}
const at = ({ running }: TestConsole): readonly [string, string] => {
  const { screen, cursors } = running.store.getState();
  return [screen, cursors[screen].id];
};

test('a job leads to its worker, its pool, its price; [ and esc lead back to where one was', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', '/', 'state:running', '\r', 'j', '\r');
    const start = at(screen);
    expect(start[0]).toBe('jobs');
    await screen.press(']');
    const job = busySnapshot().jobs.get(start[1]);
    expect(at(screen)).toEqual(['workers', job?.leaseOwner]);
    await screen.press(']');
    expect(at(screen)).toEqual(['capacity', job?.pool]);
    await screen.press(']');
    expect(at(screen)).toEqual(['market', job?.pool]);
    expect(screen.running.store.getState().isDetailOpen).toBe(false);
    await screen.press('[', '[', '\r');
    expect(at(screen)).toEqual(['workers', job?.leaseOwner]);
    await screen.press('\u001b');
    await eventually('esc leads back', () => holds(screen.running.store.getState().screen === 'jobs'), {
      withinMs: 5_000,
    });
    expect(at(screen)).toEqual(start);
    expect(screen.running.store.getState()).toMatchObject({
      trail: [],
      isDetailOpen: true,
      filters: { jobs: 'state:running' },
    });
    await screen.press('[');
    expect(await seen(screen)).toContain('no link was followed');
  });
});

test('a worker leads to its job, a pool to its workers, an incident to what it touched', async () => {
  await withConsole({ snapshot: eventfulSnapshot(), size: SIZE }, async (screen) => {
    await screen.press('3', '}');
    expect(at(screen)).toEqual(['jobs', jobId(12)]);
    await screen.press('4', ']');
    expect(screen.running.store.getState()).toMatchObject({
      screen: 'workers',
      filters: { workers: `pool:${POOLS[0]}` },
    });
    await screen.press('7', ']');
    expect(at(screen)).toEqual(['jobs', jobId(16)]);
    expect(await seen(screen)).toMatch(/▸.*sort-9/);
  });
});

test('what has changed since the operator was last there bears a mark, and is counted', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', 'g');
    expect(await seen(screen)).not.toMatch(/^ .\+/m);
    await screen.press('1');
    screen.clock.pass(60_000);
    const before = busySnapshot();
    const failed = makeJob(13, { state: 'FAILED', rev: 9, changedAt: NOW + 30_000, name: 'newly' });
    screen.engine.set({
      ...before,
      at: NOW + 60_000,
      jobs: upsertRows(before.jobs, [failed]),
      jobCounts: { ...before.jobCounts, FAILED: 2 },
    });
    expect(await seen(screen)).toContain('2 failed (+1)');
    await screen.press('2');
    expect(await seen(screen)).toMatch(/^ .\+✕ failed +newly/m);
    expect(await seen(screen)).toContain('failed 2 (+1)');
    await screen.press('2');
    expect(await seen(screen)).not.toContain('(+1)');
  });
});

test('columns: space hides and shows, arrows order, s sorts; it is remembered', async () => {
  const memory = forgetfulMemory();
  await withConsole({ snapshot: busySnapshot(), size: SIZE, memory }, async (screen) => {
    await screen.press('3', '\t', 'o', ' ');
    expect(memory.load().columns?.['workers']?.slice(0, 3)).toEqual(['worker', 'pool', 'jobs']);
    await screen.press('\u001b[C');
    expect(memory.load().columns?.['workers']?.slice(0, 3)).toEqual(['pool', 'worker', 'jobs']);
    await screen.press('s', '\r');
    const head = (await screen.lines()).find((line) => /^ +worker/.test(line) || /^ +pool/.test(line)) ?? '';
    expect(head).toMatch(/pool +worker↑ +jobs/);
    expect(memory.load().sorts).toEqual({ workers: { column: 'worker', direction: 'up' } });
  });
  await withConsole({ snapshot: busySnapshot(), size: SIZE, memory }, async (screen) => {
    await screen.press('3', '\t');
    expect(await seen(screen)).toMatch(/pool +worker↑ +jobs/);
    expect(screen.running.store.getState().tables.workers.order).toBeInstanceOf(Map);
    await screen.press('o', 'd', 'o');
    expect(await seen(screen)).toMatch(/state +worker↑/);
  });
});

test('Jobs have columns that are shown only where they are chosen; the last one stays', async () => {
  await withConsole({ snapshot: busySnapshot(), size: { columns: 200, rows: 50 } }, async (screen) => {
    await screen.press('2');
    expect(await seen(screen)).not.toContain('interruptions');
    await screen.press('o', ...Array.from({ length: 30 }, () => 'j'), ' ', '\r');
    expect(await seen(screen)).toMatch(/why .*deadline/);
    await screen.press('o', ...Array.from({ length: 30 }, () => ' '));
    expect(screen.running.store.getState().tables.jobs.columns?.length).toBeGreaterThan(0);
  });
});

test('an acknowledged need is no longer loud, and comes back when there is one more', async () => {
  await withConsole({ snapshot: eventfulSnapshot(), size: SIZE }, async (screen) => {
    await screen.press('7', 'A');
    expect(await seen(screen)).toContain('nothing new needs you   1 known');
    expect(screen.engine.proposed).toEqual([]);
    const before = eventfulSnapshot();
    screen.engine.set({ ...before, jobCounts: { ...before.jobCounts, FAILED: 2 } });
    expect(await seen(screen)).toContain('1 needs you   ✕ 2 jobs failed');
    await screen.press('A');
    expect(await seen(screen)).toContain('nothing new needs you');
    await screen.press('A');
    expect(await seen(screen)).toContain('1 needs you');
  });
});

test('w says why with its numbers on every screen, and any key takes it away', async () => {
  const told: Readonly<Record<string, RegExp>> = {
    overview: /1 job failed.*press R retry/,
    jobs: /saved: 11m of work, 38s ago/,
    workers: /the price is 0\.0342, its bid 0\.0500/,
    market: /bid 0\.0500 for new launches, price now 0\.0342/,
    capacity: /the leader: m5\.large\/1a has no capacity/,
    masters: /holds the lease with epoch 4/,
    incidents: /does not get better by itself: press R retry/,
    audit: /ana asked for it from ssh 10\.0\.0\.7/,
    doctor: /well: it answers in time/,
  };
  await withConsole({ snapshot: eventfulSnapshot(), size: SIZE }, async (screen) => {
    screen.engine.audit = { kind: 'audit', entries: auditEntries(), cut: false };
    for (const [name, sentence] of Object.entries(told)) {
      const id = SCREENS.find((one) => one === name) ?? 'overview';
      await screen.press(screenKey(id), 'w');
      expect(await seen(screen)).toMatch(sentence);
      await screen.press('w');
      expect(await seen(screen)).not.toMatch(/^ w why/m);
    }
  });
});

test('a right that is missing greys its own panel and names it; the rest works', async () => {
  await withConsole({ snapshot: faultSnapshot(), size: SIZE }, async (screen) => {
    for (const key of ['1', '4']) {
      await screen.press(key);
      expect(await seen(screen)).toContain('ec2:DescribeSpotPriceHistory is not allowed to ana   prices are 2m old');
    }
    await screen.press('3');
    expect(await seen(screen)).not.toContain('prices are 2m old');
    expect(await seen(screen)).toContain('busy 3');
  });
});

test('the checkpoint of a run is called by its number in it, never by the raw one', () => {
  expect(generationWords(2_000_003)).toBe('3 of run 2');
  const checkpoint = {
    generation: 1_000_001,
    manifestKey: '',
    sizeBytes: 1,
    stopMs: 1,
    at: NOW - 38_000,
    workMs: 660_000,
  };
  expect(withoutNumbers('goes on from checkpoint 1000001', checkpoint, NOW)).toBe(
    'goes on from its checkpoint of 14:01 (38s ago), 11m of work done',
  );
  expect(withoutNumbers('goes on from checkpoint 1000001', undefined, NOW)).toBe('goes on from checkpoint 1 of run 1');
  expect(withoutNumbers('worker 12345678 lost', checkpoint, NOW)).toBe('worker 12345678 lost');
});

test('every screen has a number key of its own', () => {
  expect(SCREENS.map(screenKey)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '0']);
  for (const screen of SCREENS)
    expect(OWN_KEYS.bindingFor(screenKey(screen), 'overview')?.id).toBe(`screen-${screenKey(screen)}`);
  expect(KEYMAP.filter(({ id }) => id.startsWith('screen-'))).toHaveLength(SCREENS.length);
});
