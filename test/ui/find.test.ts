import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsFrom, upsertRows } from '../../src/engine/model/rows.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { forgetfulMemory } from '../../src/ui/ui-memory.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { busySnapshot, jobId, largeSnapshot, makeJob, makeWorker, POOLS, withJobs, workerId } from '../support/snapshots.ts'; // prettier-ignore

const SIZE = { columns: 100, rows: 30 };
const UP = '\u001b[A';
const DOWN = '\u001b[B';
/** Escape as a sequence of its own: a lone byte might begin another, and Ink waits a moment for it. */
const ESC = '\u001b[27u';

async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n');
}

function underCursor(screen: TestConsole): string {
  const ui = screen.running.store.getState();
  return ui.cursors[ui.screen].id;
}

/** The line above the footer. */
async function promptLine(screen: TestConsole): Promise<string> {
  return (await screen.lines())[SIZE.rows - 2] ?? '';
}

test('a filter of jobs compares numbers, and says while it is typed what is wrong with it', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', '/', 'cost>0.02');
    expect(await seen(screen)).toContain('cost>0.02 (1 of 48)');
    await screen.press(' weight>3');
    expect(await promptLine(screen)).toContain('there is no column "weight"');
    await screen.press('\u0017', '/(/');
    expect(await promptLine(screen)).toContain('a ")" is missing');
    await screen.press('\u0017', 'stat:failed');
    expect(await promptLine(screen)).toContain('"stat" is no column');
    // Half a comparison is no mistake.
    await screen.press('\u0017', 'age>');
    expect(await promptLine(screen)).not.toContain('wants');
  });
});

test('mine: the jobs that one submitted oneself', async () => {
  const mine = makeJob(1, { owner: busySnapshot().deployment?.identity ?? '' });
  const snapshot = withJobs(busySnapshot(), [makeJob(0, { owner: 'someone-else' }), mine]);
  await withConsole({ snapshot, size: SIZE }, async (screen) => {
    await screen.press(':', 'mine', '\r');
    expect(await seen(screen)).toContain('pi-001');
    expect(await seen(screen)).not.toContain('pi-000');
  });
});

test('tab completes the names of columns, and tells which there are', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    const filter = (): string => screen.running.store.getState().filters.jobs;
    await screen.press('2', '/', 'sta');
    expect(await promptLine(screen)).toContain('tab: state:');
    await screen.press('\t', 'failed !pr');
    expect(await promptLine(screen)).toContain('tab: priority> progress>');
    await screen.press('\t', 'i', '\t');
    expect(filter()).toBe('state:failed !priority>');
    await screen.press('\u0015', 'zz', '\t');
    expect(filter()).toBe('zz');
  });
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('4', '/', 'pr', '\t', '0.036');
    expect(screen.running.store.getState().filters.market).toBe('price>0.036');
    expect(await seen(screen)).not.toContain(' c5.large/1a ');
  });
});

test('what a filter looks for stands out in the rows, in its own column alone where it names one', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    /** Characters that are reversed, of rows that are not the cursor's. */
    const marked = async (): Promise<readonly string[]> => {
      const rows = (await screen.cells()).map((row) => row.split(' ').filter((one) => one.includes('/')));
      const reversed = rows.slice(6, -2).map((row) => row.filter((one) => /^.\/\d{4}1/.test(one)));
      return reversed.filter(({ length }) => length < 20).map((row) => row.map(([character]) => character).join(''));
    };
    await screen.press('2', '/', 'PI-03');
    expect((await marked()).filter((row) => row !== '')).toEqual(Array<string>(9).fill('pi-03'));
    await screen.press('\u0015', 'state:run pi-02');
    expect(new Set((await marked()).filter((row) => row !== ''))).toEqual(new Set(['runpi-02']));
    await screen.press('\u0015', '!pi-02');
    expect((await marked()).join('')).toBe('');
  });
});

test('n and N go to the rows that have what was looked for last, around the end, on any list', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', '/', 'pi-01', ESC);
    expect(screen.running.store.getState().filters.jobs).toBe('');
    // From pi-012, where the list begins to be worth reading.
    await screen.press('n');
    expect(underCursor(screen)).toBe(jobId(13));
    await screen.press('N', 'N', 'N');
    expect(underCursor(screen)).toBe(jobId(10));
    await screen.press('N');
    expect(underCursor(screen)).toBe(jobId(19));
    await screen.press('3', '\t', '\\', 'east-1b');
    expect(underCursor(screen)).toBe(workerId(1));
    await screen.press('\r', 'n');
    expect(underCursor(screen)).toBe(workerId(4));
    await screen.press('n');
    expect(underCursor(screen)).toBe(workerId(1));
  });
});

test('what is looked for goes along while it is typed; esc goes back, and what nobody has is told', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', '\\', 'sort');
    expect(underCursor(screen)).toBe(jobId(16));
    await screen.press(ESC);
    expect(underCursor(screen)).toBe('');
    await screen.press('n', 'zebra');
    expect(await promptLine(screen)).toContain('\\zebra');
    await screen.press('\r');
    expect(await promptLine(screen)).toContain('no row has "zebra"');
    expect(screen.running.store.getState().filters.jobs).toBe('');
  });
});

test('f shows what is wrong on each list that can be: jobs, workers, pools', async () => {
  const workers = [makeWorker(0), makeWorker(3, { state: 'INTERRUPTED', notice: { noticedAt: 1, takeAt: 2, source: 'imds' } })]; // prettier-ignore
  await withConsole({ snapshot: { ...busySnapshot(), workers: rowsFrom(workers) }, size: SIZE }, async (screen) => {
    await screen.press('3', '\t', 'f');
    expect(await seen(screen)).toMatch(/leaving +i-00a4/);
    expect(await seen(screen)).not.toContain('idle  ');
    await screen.press('4', 'f');
    expect(await seen(screen)).toContain('filter: faults only   esc shows all');
    expect(await seen(screen)).toContain('m5.large/1a');
    expect(await seen(screen)).not.toContain('c5.large/1b ');
    await screen.press(ESC, '1', 'f');
    expect(screen.running.store.getState()).toMatchObject({
      screen: 'jobs',
      faultsOnly: { jobs: true, workers: true },
    });
    expect(await seen(screen)).toContain('sort-9');
    await screen.press('f', '3', ESC);
    expect(screen.running.store.getState().faultsOnly).toMatchObject({ jobs: false, workers: false, market: false });
  });
});

test(': goes to a job, a worker, a pool, a record by its name, and shows it even where a filter hid it', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    const at = (): readonly [string, string] => [screen.running.store.getState().screen, underCursor(screen)];
    await screen.press('2', '/', 'state:failed', '\r', ':', 'pi-017');
    expect((await seen(screen)).split('\n').find((line) => line.includes('▸ pi-017'))).toContain('runnable');
    await screen.press('\r');
    expect(at()).toEqual(['jobs', jobId(17)]);
    expect(screen.running.store.getState().filters.jobs).toBe('');
    await screen.press(':', jobId(20).slice(-8), '\r');
    expect(at()).toEqual(['jobs', jobId(20)]);
    await screen.press(':', workerId(4), '\r');
    expect(at()).toEqual(['workers', workerId(4)]);
    await screen.press(':', 'm5.l', '\r');
    expect(at()).toEqual(['market', POOLS[2]]);
    await screen.press(':', 'pi seed-11', '\r');
    expect(at()).toEqual(['book', 'pi\nseed-11']);
    await screen.press(':', 'qqqq', '\r');
    expect(await promptLine(screen)).toContain('nothing is called "qqqq"');
  });
});

test(': does what a key does, with the same plan and the same reasons why not', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', ':', 'kill', '\r');
    expect(screen.engine.proposed).toEqual([{ kind: 'jobs.kill', jobIds: [jobId(12)] }]);
    // What opened the plan does not confirm it, and what was typed ahead is dropped.
    await screen.press('\r', 'y');
    expect(screen.engine.confirmed).toEqual([]);
    screen.clock.pass(DIALOG_DEAF_MS);
    await screen.press(ESC, ':', 'retry', '\r');
    expect(await promptLine(screen)).toContain('only a job that failed or was killed can be retried');
    await screen.press(ESC, ':', 'quit');
    expect((await seen(screen)).split('\n').find((line) => line.includes('▸ quit'))).toMatch(/ q *$/);
  });
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.able = { acts: false, startsMaster: false, dryRun: false };
    await screen.press(':', 'launch 2', '\r');
    expect(screen.engine.proposed).toEqual([]);
    expect(await promptLine(screen)).toContain('read-only');
  });
});

test('commands take arguments, complete them, say what is wrong with them, and come back', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press(':', `launch 4 ${POOLS[0]}`, '\r');
    expect(screen.engine.proposed).toEqual([{ kind: 'workers.launch', count: 4, pool: POOLS[0] }]);
    screen.clock.pass(DIALOG_DEAF_MS);
    await screen.press(ESC, ':', 'bid m5', '\t');
    expect(await promptLine(screen)).toContain(`bid ${POOLS[2]}`);
    await screen.press(' 0.07', '\r');
    expect(screen.engine.proposed.at(-1)).toEqual({ kind: 'bid.set', pool: POOLS[2], usdPerHour: 0.07 });
    screen.clock.pass(DIALOG_DEAF_MS);
    await screen.press(ESC, ':', `bid ${POOLS[1]}`, '\r');
    expect(screen.running.store.getState().dialog).toMatchObject({ kind: 'bid', pool: POOLS[1] });
    await screen.press(ESC, ':', 'launch 3 nowhere', '\r');
    expect(await promptLine(screen)).toContain(`there is no pool "nowhere"; there are: ${POOLS[0]}`);
    await screen.press(':', 'jobs state:failed', '\r');
    expect(screen.running.store.getState()).toMatchObject({ screen: 'jobs', filters: { jobs: 'state:failed' } });
    await screen.press(':', 'filter ', '\r', ':', 'sort cost down', '\r');
    expect(await seen(screen)).toContain('filter: none  sort: cost ↑');
    expect((await screen.lines()).find((line) => line.includes('▸'))).toContain('sort-9');
    await screen.press(':', 'sort weight', '\r');
    expect(await promptLine(screen)).toContain('this screen sorts by submitted, name');
    // The newest first, and with them one is done in two keys.
    await screen.press(':');
    expect(await seen(screen)).toMatch(/▸ sort weight .*given before *\n +sort cost down/);
    await screen.press(DOWN, UP, DOWN, '\r');
    expect(await seen(screen)).toContain('sort: cost ↑');
    await screen.press(':', '\u007f');
    expect(screen.running.store.getState().prompt).toBeUndefined();
  });
});

test('a command that is picked, and wants arguments, asks for them', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', ':', 'sor', DOWN, '\r');
    expect(screen.running.store.getState().prompt).toMatchObject({ kind: 'command', text: 'sort ' });
    await screen.press('inter', '\t', '\t');
    expect(await seen(screen)).toContain('interruptions down');
  });
});

test('a filter is kept under a name, for its deployment, and comes back by it', async () => {
  const memory = forgetfulMemory();
  await withConsole({ snapshot: busySnapshot(), size: SIZE, memory }, async (screen) => {
    await screen.press(':', 'save x', '\r');
    expect(await promptLine(screen)).toContain('there is no filter here to save');
    await screen.press('2', '/', 'state:failed cost>0', '\r', ':', 'save costly', '\r');
    expect(memory.load().filters).toEqual({ 'lab/costly': 'jobs state:failed cost>0' });
    await screen.press(':', 'save a/b', '\r');
    expect(await promptLine(screen)).toContain('"a/b" is no name for a filter');
  });
  await withConsole({ snapshot: busySnapshot(), size: SIZE, memory }, async (screen) => {
    await screen.press(':', 'costl');
    expect(await seen(screen)).toMatch(/▸ costly +Jobs: state:failed cost>0 +saved filter/);
    await screen.press('\r');
    expect(screen.running.store.getState()).toMatchObject({ screen: 'jobs', filters: { jobs: 'state:failed cost>0' } });
    await screen.press(':', 'forget costly', '\r');
    expect(memory.load().filters).toEqual({});
  });
  const elsewhere = { ...busySnapshot(), deployment: { ...busySnapshot().deployment!, name: 'other' } };
  memory.save({ filters: { 'lab/costly': 'jobs x', 'other/odd': 'nowhere x' } });
  await withConsole({ snapshot: elsewhere, size: SIZE, memory }, async (screen) => {
    await screen.press(':', 'costly');
    expect(await seen(screen)).not.toContain('saved filter');
  });
});

test('the console starts on a screen and a filter', async () => {
  await withConsole(
    { snapshot: busySnapshot(), size: SIZE, screen: 'jobs', filter: 'state:failed' },
    async (screen) => {
      expect(await seen(screen)).toContain('filter: state:failed (1 of 48)');
    },
  );
});

test('the palette never covers all, at any size, and lists what fits', async () => {
  await withConsole({ snapshot: largeSnapshot(2_000, 20_000), size: SIZE }, async (screen) => {
    for (const [columns, rows] of [[60, 15], [80, 24], [200, 50]] as const) {
      await screen.resize({ columns, rows });
      await screen.press(':', 'pi-1');
      const lines = await screen.lines();
      expect(lines).toHaveLength(rows);
      expect(lines.filter((line) => / job [0-9a-f]{6}$/.test(line)).length).toBeGreaterThan(2);
      expect(lines[0]).toContain('cbas');
      expect(lines[rows - 1]).toContain('q quit');
      await screen.press(ESC);
    }
  }); // prettier-ignore
});

test('the cursor follows its job under any churn, with a filter and a sort on', async () => {
  const change = fc.tuple(fc.nat(60), fc.constantFrom('RUNNING' as const, 'FAILED' as const, 'RUNNABLE' as const));
  const churn = fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(churn, fc.constantFrom('', 'pi-0', '!state:failed', 'attempt:0'), async (ticks, filter) => {
      const snapshot = withJobs(
        busySnapshot(),
        Array.from({ length: 40 }, (_, number) => makeJob(number)),
      );
      await withConsole({ snapshot, size: SIZE, screen: 'jobs', filter }, async (screen) => {
        await screen.press('s', 'r', 'g', 'j', 'j', 'j');
        const followed = underCursor(screen);
        let { jobs } = snapshot;
        for (const tick of ticks) {
          jobs = upsertRows(
            jobs,
            tick.map(([number, state]) => makeJob(number, { state })),
          );
          screen.engine.set({ ...snapshot, jobs });
          const line = (await screen.lines()).find((one) => one.includes('▸')) ?? '';
          const row = jobs.get(followed)!;
          const isKept = filter === '' || (filter === 'pi-0' ? true : row.state === 'RUNNABLE' || (filter.startsWith('!') && row.state === 'RUNNING')); // prettier-ignore
          if (isKept) expect(line).toContain(row.name);
          expect(underCursor(screen)).toBe(followed);
        }
      });
    }),
    { numRuns: 12 },
  );
});
