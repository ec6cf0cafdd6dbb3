import { expect, test } from 'vitest';
import { rowsFrom, upsertRows } from '../../src/engine/model/rows.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { busySnapshot, jobId, largeSnapshot, makeJob, makeWorker, withJobs, workerId } from '../support/snapshots.ts';

const SIZE = { columns: 100, rows: 30 };

async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n');
}

/** Lets the dialog be read: the deaf time passes. */
async function read(screen: TestConsole): Promise<void> {
  await screen.lines();
  screen.clock.pass(DIALOG_DEAF_MS);
}

test('keys typed ahead confirm nothing, in one read or in several', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', 'Kyyy\r');
    expect(screen.engine.proposed).toHaveLength(1);
    expect(await seen(screen)).toContain('do it');
    await screen.press('y', 'y', '\r', 'y');
    screen.clock.pass(DIALOG_DEAF_MS - 1);
    await screen.press('y');
    expect(screen.engine.confirmed).toEqual([]);
    screen.clock.pass(1);
    await screen.press('yy');
    expect(screen.engine.confirmed).toEqual([]);
    expect(await seen(screen)).toContain('do it');
  });
});

test('enter takes the button that has the focus: Cancel', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', 'K');
    await read(screen);
    await screen.press('\r');
    expect(await seen(screen)).not.toContain('do it');
    expect(screen.engine.confirmed).toEqual([]);
  });
});

test('the cursor stays on its job while others come and go', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', '/', 'state:runn', '\r', 'j', 'j', 'j', 'j');
    const before = screen.running.store.getState().cursors.jobs.id;
    expect(before).toBe(jobId(17 + 1));
    const snapshot = busySnapshot();
    screen.engine.set({
      ...snapshot,
      jobs: upsertRows(snapshot.jobs, [
        makeJob(12, { state: 'SUCCEEDED' }),
        makeJob(13, { state: 'FAILED' }),
        makeJob(90),
      ]),
    });
    const marked = (await screen.lines()).find((line) => line.includes('▸'));
    expect(marked).toContain('pi-018');
    await screen.press('C');
    expect(screen.engine.proposed).toEqual([{ kind: 'jobs.checkpoint', jobIds: [before] }]);
  });
});

test('launch asks how many and where', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('L', '1', '2', '+', '\t', '\r');
    expect(screen.engine.proposed).toEqual([{ kind: 'workers.launch', count: 13, pool: 'c5.large/us-east-1a' }]);
    expect(await seen(screen)).toContain('type how many   13');
  });
});

test('the tuner: every key repaints what the bid would do, and enter proposes it', async () => {
  await withConsole({ snapshot: busySnapshot(), size: { columns: 120, rows: 40 } }, async (screen) => {
    await screen.press('4', 'B');
    const before = await seen(screen);
    expect(before).toContain('bid       0.0500');
    expect(before).toContain('for a job like the last 12: 12m of work');
    expect(before).toContain('↑recommended');
    await screen.press('\u001b[D', '\u001b[B', '\u001b[B');
    const lower = await seen(screen);
    // Among lower bids there is one that the price passed.
    expect(lower).toMatch(/waits: the price is 0\.\d{4}/);
    expect(before).toContain('not taken back 100%');
    // The last key's change is told, and the line through the outcomes has moved.
    expect(lower).toMatch(/ -\$0\.\d{4}: cost [+-]/);
    expect(columnOfCursor(lower)).toBeLessThan(columnOfCursor(before));
    await screen.press('o', '\r');
    expect(screen.engine.proposed).toEqual([{ kind: 'bid.set', pool: 'c5.large/us-east-1a', usdPerHour: 0.085 }]);
    // Whoever cancels the plan is back at his bid.
    await read(screen);
    await screen.press('\r');
    expect(await seen(screen)).toContain('bid       0.0850');
  });
});

function columnOfCursor(frame: string): number {
  return /^ safe .*?│/m.exec(frame)?.[0].length ?? -1;
}

test('the tuner: a typed price, the recommended bid, other checkpoints, another market', async () => {
  await withConsole({ snapshot: busySnapshot(), size: { columns: 120, rows: 40 } }, async (screen) => {
    await screen.press('4', 'B', '.', '0', '4');
    expect(await seen(screen)).toContain('bid       0.0400  typed .04');
    await screen.press('c');
    expect(await seen(screen)).toContain('a checkpoint each hour');
    await screen.press('r');
    const { dialog, tuning } = screen.running.store.getState();
    const best = tuning?.tuner?.at(0.04).regret?.bestBidUsdPerHour ?? 0;
    expect(dialog).toMatchObject({ kind: 'bid', bidUsdPerHour: Number(best.toFixed(4)) });
    await screen.press('m');
    expect(await seen(screen)).toMatch(/^ c5.large\/1b · a price above the bid/m);
    // No screen opens and nothing quits while a bid is tuned.
    await screen.press('q', '2', '\u001b');
    expect(await seen(screen)).toContain('4 Market');
    expect(screen.engine.proposed).toEqual([]);
  });
});

test('the tuner of a pool without prices says so and still takes a bid', async () => {
  const snapshot = busySnapshot();
  const bare = { ...snapshot, markets: {} };
  await withConsole({ snapshot: bare, size: SIZE }, async (screen) => {
    await screen.press('4', 'B');
    expect(await seen(screen)).toContain('no price of this pool is known');
  });
});

test('a refusal is a sentence, not a dialog', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.refusal = 'pi-012 has ended already.';
    await screen.press('2', 'K');
    expect(await seen(screen)).toContain('pi-012 has ended already.');
    expect(screen.running.store.getState().dialog).toBeUndefined();
  });
});

test('a paused screen stands still and acts on nothing', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', 'z');
    const before = await screen.lines();
    screen.engine.set(withJobs(busySnapshot(), [makeJob(1)]));
    screen.clock.pass(5_000);
    expect(await screen.lines()).toEqual(before);
    await screen.press('K');
    expect(screen.engine.proposed).toEqual([]);
    expect(await seen(screen)).toContain('paused: z goes on');
  });
});

test('names that are not text reach the terminal as text', async () => {
  const evil = '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u202e\u0000x';
  await withConsole(
    { snapshot: withJobs(busySnapshot(), [makeJob(1, { name: evil })]), size: SIZE },
    async (screen) => {
      await screen.press('2');
      expect(await seen(screen)).toContain('^[]0;owne');
    },
  );
});

test('the frame fits every terminal, down to one column, and comes back', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0']) {
      await screen.press(key);
      for (const [columns, rows] of [
        [1, 1],
        [20, 5],
        [59, 15],
        [60, 14],
        [60, 15],
        [61, 19],
        [300, 70],
        [80, 24],
      ] as const) {
        await screen.resize({ columns, rows });
        const lines = await screen.lines();
        expect(lines).toHaveLength(rows);
        if (columns >= 60 && rows >= 15) {
          expect(lines[0]).toContain('cbas');
          expect(lines[rows - 1]).toContain('q quit');
        }
      }
    }
  });
});

test('the heartbeats in sight are asked for, at most a hundred', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2');
    expect(screen.engine.watched).toEqual([12, 13, 14, 15].map(jobId));
  });
  await withConsole({ snapshot: largeSnapshot(400, 1_000), size: SIZE }, async (screen) => {
    await screen.lines();
    expect(screen.engine.watched).toHaveLength(100);
  });
});

test('in the grid up and down go to the cell above and below, across pools', async () => {
  const workers = Array.from({ length: 9 }, (_, number) => makeWorker(number));
  await withConsole({ snapshot: { ...busySnapshot(), workers: rowsFrom(workers) }, size: SIZE }, async (screen) => {
    await screen.press('3', 'l', 'l', 'j');
    expect(screen.running.store.getState().cursors.workers.id).toBe(workerId(7));
    await screen.press('k', 'h');
    expect(screen.running.store.getState().cursors.workers.id).toBe(workerId(3));
  });
});

test('without colour the same words are there, and no colour code is', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, color: false }, async (screen) => {
    const cells = (await screen.cells()).join('\n');
    expect(cells).not.toMatch(/\.16777216\./);
    expect(await seen(screen)).toContain('1 job failed');
  });
});

test('H holds what waits or runs and releases what is held; R retries what has ended badly, and each says where it does not apply', async () => {
  const hold = { hold: { at: 1, by: 'ana' } };
  const jobs = [
    makeJob(0, { state: 'RUNNING', desired: hold }),
    makeJob(1, { state: 'RUNNABLE' }),
    makeJob(2, { state: 'HELD', desired: hold }),
    makeJob(3, { state: 'KILLED' }),
    makeJob(4, { state: 'SUCCEEDED' }),
    makeJob(5, { state: 'BLOCKED' }),
  ];
  await withConsole({ snapshot: withJobs(busySnapshot(), jobs), size: SIZE }, async (screen) => {
    const asked = async (...keys: string[]) => {
      const before = screen.engine.proposed.length;
      await screen.press(...keys);
      const said = screen.engine.proposed.slice(before).map((command) => command.kind);
      await read(screen);
      if (said.length > 0) await screen.press('\r');
      return said;
    };
    await screen.press('2');
    expect(await asked('g', 'H')).toEqual(['jobs.release']);
    expect(await asked('R')).toEqual([]);
    expect(await asked('j', 'H')).toEqual(['jobs.hold']);
    expect(await asked('j', 'H')).toEqual(['jobs.release']);
    expect(await asked('j', 'R')).toEqual(['jobs.retry']);
    await screen.press('H');
    expect(await seen(screen)).toContain('only a job that waits or runs can be held');
    await screen.press('j', 'R');
    expect(await seen(screen)).toContain('only a job that failed or was killed can be retried');
    expect(await asked('j', 'H')).toEqual([]);
    // Of marked rows, those that are not held yet decide.
    expect(await asked('g', ' ', ' ', ' ', 'H')).toEqual(['jobs.hold']);
    expect(screen.engine.proposed.at(-1)).toEqual({ kind: 'jobs.hold', jobIds: [0, 1, 2].map(jobId) });
  });
});

test('R on the Overview retries all that failed', async () => {
  const failed = (number: number) => makeJob(number, { state: 'FAILED' });
  const jobs = [failed(0), makeJob(1, { state: 'KILLED' }), failed(2), makeJob(3)];
  await withConsole({ snapshot: withJobs(busySnapshot(), jobs), size: SIZE }, async (screen) => {
    expect(await seen(screen)).toContain('2 jobs failed  R retry');
    await screen.press('R');
    expect(screen.engine.proposed).toEqual([{ kind: 'jobs.retry', jobIds: [jobId(0), jobId(2)] }]);
    await read(screen);
    await screen.press('\r');
    screen.engine.set(withJobs(busySnapshot(), [makeJob(3)]));
    await screen.press('R');
    expect(await seen(screen)).toContain('R retry: no job has failed');
  });
});
