import fc from 'fast-check';
import { expect, test } from 'vitest';
import { upsertRows } from '../../src/engine/model/rows.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { keymapWith } from '../../src/ui/effective-keys.ts';
import { withConsole } from '../support/console.ts';
import { busySnapshot, makeWorker, workerId } from '../support/snapshots.ts';
import { read, seen, SIZE } from '../support/plans.ts';

/** Every act, and the keys that lead to its plan. */
const ACTS: readonly (readonly [string, readonly string[]])[] = [
  ['kill a job', ['2', 'K']],
  ['checkpoint a job', ['2', 'C']],
  ['hold a job', ['2', 'H']],
  ['retry', ['R']],
  ['priority', ['2', 'P', '5', '\r']],
  ['terminate', ['3', 'K']],
  ['drain', ['3', 'D']],
  ['checkpoint of a worker', ['3', 'C']],
  ['launch', ['L', '\r']],
  ['bid', ['4', 'B', 'o', '\r']],
  ['undo of a bid', ['4', 'U']],
];

test.each(ACTS)('%s: keys typed ahead confirm nothing, whether in one read or in several', async (_, keys) => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    const last = keys.at(-1) ?? '';
    await screen.press(...keys.slice(0, -1), `${last}yyy\r`);
    await screen.press('y', 'y');
    screen.clock.pass(DIALOG_DEAF_MS - 1);
    await screen.press('y', 'yy');
    expect(screen.engine.confirmed).toEqual([]);
  });
});

test.each(ACTS)('%s: enter cancels, and y does it once it could be read', async (_, keys) => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press(...keys);
    await read(screen);
    await screen.press('\r');
    expect(await seen(screen)).not.toContain('do it');
    expect(screen.engine.confirmed).toEqual([]);
  });
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press(...keys);
    await read(screen);
    await screen.press('y');
    expect(screen.engine.confirmed).toHaveLength(1);
  });
});

test('whatever is typed while a plan cannot have been read confirms nothing', async () => {
  const key = fc.constantFrom('y', 'Y', 'e', ' ', 'K', 'D', 'U', '\t', 'x', '6', '\u001b[A', '\u001b[B', 'yy', 'y\r');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ACTS),
      fc.array(fc.record({ key, ms: fc.nat({ max: 40 }) }), { maxLength: 7 }),
      async ([, keys], typed) => {
        await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
          await screen.press(...keys);
          for (const { key: one, ms } of typed) {
            screen.clock.pass(ms);
            await screen.press(one);
          }
          expect(screen.engine.confirmed).toEqual([]);
        });
      },
    ),
    { numRuns: 15 },
  );
});

test('rows that change under a plan do not change what it does, for workers as for jobs', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('3', 'D');
    await read(screen);
    const snapshot = busySnapshot();
    screen.engine.set({
      ...snapshot,
      workers: upsertRows(snapshot.workers, [makeWorker(0, { state: 'TERMINATED' }), makeWorker(50)]),
    });
    expect(await seen(screen)).toContain(`drain ${workerId(0)}`);
    await screen.press('y');
    expect(screen.engine.confirmed[0]?.command).toMatchObject({ kind: 'workers.drain', workerIds: [workerId(0)] });
  });
});

test('more than a handful is confirmed by typing how many', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', '/', 'state:runnable', '\r', '*', 'K');
    const count = String(screen.running.store.getState().marks.size);
    expect(Number(count)).toBeGreaterThan(5);
    await read(screen);
    await screen.press('y');
    expect(screen.engine.confirmed).toEqual([]);
    await screen.press('\u007f', '9', '\r');
    expect(await seen(screen)).toContain(`that is not ${count}`);
    await screen.press('\u007f', count);
    // Typed together with what comes before it, enter is no answer.
    expect(screen.engine.confirmed).toEqual([]);
    await screen.press('\r');
    expect(screen.engine.confirmed).toHaveLength(1);
  });
});

test('in production every act wants the name of the deployment', async () => {
  const busy = busySnapshot();
  const snapshot: Snapshot = { ...busy, settings: { ...busy.settings, production: true } };
  await withConsole({ snapshot, size: SIZE }, async (screen) => {
    expect(await seen(screen)).toContain('PRODUCTION');
    await screen.press('2', 'C');
    await read(screen);
    await screen.press('y', '\r', '\u007f', ...(snapshot.deployment?.name ?? ''), '\r');
    expect(screen.engine.confirmed).toHaveLength(1);
  });
});

test('an identity without the right to write: the header says read-only, and keys say which right is missing', async () => {
  const missingRight = { action: 'dynamodb:UpdateItem', target: 'cbas-lab-jobs' };
  const why = 'read-only: dynamodb:UpdateItem is not allowed to viv on cbas-lab-jobs';
  await withConsole({ snapshot: { ...busySnapshot(), missingRight }, size: SIZE }, async (screen) => {
    screen.engine.able = { acts: false, whyReadOnly: why, startsMaster: false, dryRun: false };
    await screen.press('2', 'K');
    expect(await seen(screen)).toMatch(/ READ-ONLY /);
    expect(await seen(screen)).toContain(why);
    expect(screen.engine.proposed).toEqual([]);
  });
});

test('read-only: no key and no command leads to a plan, a question, a shell or an undo', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.able = { acts: false, startsMaster: false, dryRun: false };
    const capitals = 'LBCKDRHTPSUM';
    for (const place of ['1', '2', '3', '4']) await screen.press(place, capitals);
    await screen.press(':', 'submit jobs.json', '\r', ':', 'launch 3', '\r');
    expect(await seen(screen)).toContain('read-only');
    expect([screen.engine.proposed, screen.engine.confirmed, screen.engine.shellsAsked]).toEqual([[], [], []]);
    expect(screen.running.store.getState().dialog).toBeUndefined();
  });
});

test('the key that opened a plan does not confirm it, whatever the keys are', async () => {
  // What the configuration refuses; the plan itself is deaf to it as well.
  const keymap = keymapWith({ kill: ['y'], copy: [] });
  await withConsole({ snapshot: busySnapshot(), size: SIZE, keymap }, async (screen) => {
    await screen.press('2', 'y');
    expect(await seen(screen)).toContain('do it');
    await read(screen);
    await screen.press('y');
    expect(screen.engine.confirmed).toEqual([]);
  });
});
