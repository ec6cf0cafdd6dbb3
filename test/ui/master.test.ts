import { expect, test } from 'vitest';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { busySnapshot, NOW, staleSnapshot } from '../support/snapshots.ts';

const SIZE = { columns: 100, rows: 30 };
const MASTER = { id: 'm-vm-1-9ed6', pid: 4_711, logFile: '/log' };

async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n');
}

async function read(screen: TestConsole): Promise<void> {
  await screen.lines();
  screen.clock.pass(DIALOG_DEAF_MS);
}

function hasLeft(screen: TestConsole): () => boolean {
  let isOver = false;
  void screen.running.waitUntilExit().then(() => (isOver = true));
  return () => isOver;
}

/** The same deployment, led by the master that was started here. */
const led = () => ({ ...busySnapshot(), leader: { id: MASTER.id, epoch: 5, until: NOW + 60_000 } });

test('without a leader the key is on line 2 of every width, and M opens a plan', async () => {
  await withConsole({ snapshot: staleSnapshot(), size: SIZE }, async (screen) => {
    for (const columns of [60, 70, 80, 100, 200]) {
      await screen.resize({ columns, rows: 30 });
      expect((await screen.lines())[1]).toMatch(/no master.*M start/);
    }
    await screen.press('M');
    await read(screen);
    expect(await seen(screen)).toContain('start a master');
    await screen.press('y');
    expect(screen.engine.confirmed.map(({ command }) => command)).toEqual([{ kind: 'master.start' }]);
  });
});

test('it is told why M does nothing', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    expect(await seen(screen)).not.toContain('M start');
    await screen.press('M');
    expect(await seen(screen)).toContain('M start a master: m-7f3a leads already');
    screen.engine.set(staleSnapshot());
    screen.engine.able = { acts: false, startsMaster: true, dryRun: false };
    await screen.press('M');
    expect(await seen(screen)).toContain('M start a master: this console is read-only');
    await screen.press('L');
    expect(await seen(screen)).toContain('L launch: this console is read-only');
    screen.engine.able = { acts: true, startsMaster: false, dryRun: false };
    await screen.press('M');
    expect(await seen(screen)).toContain('M start a master: not from here; run: cbas master');
    expect(screen.engine.proposed).toEqual([]);
  });
});

test('what came of a single step is told in full', async () => {
  await withConsole({ snapshot: staleSnapshot(), size: SIZE }, async (screen) => {
    screen.engine.confirm = () => Promise.resolve([{ text: '', state: 'done', detail: 'm-vm-1-9ed6 leads' }]);
    await screen.press('M');
    await read(screen);
    await screen.press('y');
    expect(await seen(screen)).toMatch(/start a master: done \(m-vm-1-9ed6 leads\)/);
  });
});

test('q leaves at once when no master was started here', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('q');
    await screen.running.waitUntilExit();
  });
});

test('q asks whether the master stays; typed ahead it is not answered; k leaves it running', async () => {
  await withConsole({ snapshot: led(), size: SIZE }, async (screen) => {
    screen.engine.master = MASTER;
    const isOver = hasLeft(screen);
    await screen.press('qsk', 's');
    expect(await seen(screen)).toContain('the master that you started, m-vm-1-9ed6, leads lab');
    await read(screen);
    await screen.press('\r');
    expect(await seen(screen)).not.toContain('keep it running');
    expect(isOver()).toBe(false);
    await screen.press('q');
    await read(screen);
    await screen.press('k');
    await screen.running.waitUntilExit();
  });
});

test('s waits for its end; when that does not come the console stays and says so', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.master = MASTER;
    let end = (_isGone: boolean): void => undefined;
    screen.engine.stopMaster = () =>
      new Promise((resolve) => {
        end = (isGone) =>
          resolve({ text: 'stop', state: isGone ? 'done' : 'failed', detail: isGone ? '' : 'process 4711 stays' });
      });
    const isOver = hasLeft(screen);
    await screen.press('q');
    expect(await seen(screen)).toContain('stands by for lab');
    await read(screen);
    await screen.press('s');
    expect(await seen(screen)).toContain('stopping it');
    await screen.press('s', 'k');
    end(false);
    await screen.lines();
    expect(await seen(screen)).toContain('the master was not stopped: process 4711 stays');
    expect(isOver()).toBe(false);
    await screen.press('q');
    await read(screen);
    await screen.press('s');
    end(true);
    await screen.running.waitUntilExit();
  });
});

test('ctrl-c asks as well, and a second one leaves with the master running', async () => {
  await withConsole({ snapshot: led(), size: SIZE }, async (screen) => {
    screen.engine.master = MASTER;
    await screen.press('\u0003');
    expect(await seen(screen)).toContain('keep it running');
    await screen.press('\u0003');
    await screen.running.waitUntilExit();
  });
});
