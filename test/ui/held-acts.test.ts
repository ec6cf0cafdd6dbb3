import { expect, test } from 'vitest';
import { withConsole } from '../support/console.ts';
import { busySnapshot, jobId } from '../support/snapshots.ts';
import { read, seen, SIZE } from '../support/plans.ts';

test('a kill is carried out after its countdown, which every screen shows', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, undoMs: 5_000 }, async (screen) => {
    await screen.press('2', 'K');
    await read(screen);
    await screen.press('y');
    expect(screen.engine.confirmed).toEqual([]);
    for (const key of ['1', '2', '3', '4', '5', '?']) {
      await screen.press(key);
      expect(await seen(screen)).toMatch(/kill .* in 5 s {3}U undo/);
    }
    screen.clock.pass(2_000);
    expect(await seen(screen)).toMatch(/in 3 s {3}U undo/);
    screen.clock.pass(2_999);
    expect(screen.engine.confirmed).toEqual([]);
    screen.clock.pass(1);
    expect(screen.engine.confirmed.map(({ command }) => command)).toEqual([{ kind: 'jobs.kill', jobIds: [jobId(12)] }]);
    expect(await seen(screen)).not.toContain('U undo');
  });
});

test('U takes the newest back, and nothing of it is ever done', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, undoMs: 5_000 }, async (screen) => {
    for (const screenKey of ['2', '3']) {
      await screen.press(screenKey, 'K');
      await read(screen);
      await screen.press('y');
    }
    expect(await seen(screen)).toMatch(/terminate .* \(and 1 more\)/);
    await screen.press('U');
    expect(screen.running.store.getState().message?.text).toContain('undone, nothing was asked of the cloud');
    screen.clock.pass(4_900);
    screen.clock.pass(1_000);
    expect(screen.engine.confirmed.map(({ command }) => command.kind)).toEqual(['jobs.kill']);
  });
});

test('what came due while the console stood still is not done', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, undoMs: 5_000 }, async (screen) => {
    await screen.press('2', 'K');
    await read(screen);
    await screen.press('y');
    screen.clock.pass(60_000);
    expect(screen.engine.confirmed).toEqual([]);
    expect(await seen(screen)).toContain('not done, for the console stood still while it was due');
  });
});

test('leaving with a kill held back asks: it is dropped, or carried out at once', async () => {
  for (const [key, done] of [
    ['d', 0],
    ['c', 1],
  ] as const) {
    await withConsole({ snapshot: busySnapshot(), size: SIZE, undoMs: 5_000 }, async (screen) => {
      await screen.press('2', 'K');
      await read(screen);
      await screen.press('y', 'q');
      expect(await seen(screen)).toContain('confirmed, and not carried out yet');
      await screen.press(key);
      expect(screen.engine.confirmed).toEqual([]);
      await read(screen);
      await screen.press(key);
      await screen.running.waitUntilExit();
      expect(screen.engine.confirmed).toHaveLength(done);
    });
  }
});
