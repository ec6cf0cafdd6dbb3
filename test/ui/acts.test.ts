import fc from 'fast-check';
import { expect, test } from 'vitest';
import { propose } from '../../src/engine/decide/plan.ts';
import { upsertRows } from '../../src/engine/model/rows.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { eventually, holds } from '../support/eventually.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { busySnapshot, jobId, makeJob, makeWorker, NOW, workerId } from '../support/snapshots.ts';

const SIZE = { columns: 110, rows: 34 };

async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n');
}

/** Lets the dialog be read: the deaf time passes. */
async function read(screen: TestConsole): Promise<void> {
  await screen.lines();
  screen.clock.pass(DIALOG_DEAF_MS);
}

/** A lone escape byte might begin a sequence: Ink waits a moment before it is a key. */
async function escape(screen: TestConsole): Promise<void> {
  await screen.press('\u001b');
  const isClosed = (): boolean => screen.running.store.getState().dialog === undefined;
  await eventually('the dialog is closed', () => holds(isClosed()), { withinMs: 5_000 });
}

/** Plans as the engine makes them. */
function planning({ engine }: TestConsole): void {
  engine.propose = (command) => {
    engine.proposed.push(command);
    return propose(command, { snapshot: engine.current, operator: { name: 'ana', from: '', mode: 'operator' }, newId: () => 'plan', now: NOW }); // prettier-ignore
  };
}

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

test('on workers, K names the worker, and the steps can be switched in the plan', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    planning(screen);
    await screen.press('3', 'K');
    const plan = await seen(screen);
    expect(plan).toContain(`terminate worker ${workerId(0)}`);
    expect(plan).toContain(`TerminateInstances ${workerId(0)}`);
    const { dialog } = screen.running.store.getState();
    const steps = dialog?.kind === 'plan' ? dialog.plan.steps : [];
    expect(steps[0]?.text).toMatch(/^checkpoint .* first$/);
    await read(screen);
    const before = await seen(screen);
    await screen.press('e');
    expect(await seen(screen)).not.toBe(before);
    await screen.press(' ');
    expect(await seen(screen)).toBe(before);
    await screen.press('e', 'y');
    const [confirmed] = screen.engine.confirmed;
    expect(confirmed?.steps[0]?.choice?.isOn).toBe(!steps[0]?.choice?.isOn);
  });
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

test('a range marks what lies between, survives a filter, and what is out of sight is counted', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', '/', 'state:running', '\r', 'g', 'v', 'j', 'j');
    const marks = [...screen.running.store.getState().marks];
    expect(marks).toHaveLength(3);
    await screen.press('k');
    expect(screen.running.store.getState().marks.size).toBe(2);
    await screen.press('j', 'v', 'k', 'k');
    expect([...screen.running.store.getState().marks]).toEqual(marks);
    await screen.press('/', '\u0015', 'state:runnable', '\r', 's');
    expect(await seen(screen)).toContain('3 marked (3 out of sight)');
    await screen.press('K');
    expect(screen.engine.proposed).toEqual([{ kind: 'jobs.kill', jobIds: marks }]);
  });
});

test('what did not come off is listed id by id, and R tries it again', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    planning(screen);
    await screen.press('2', '/', 'state:running', '\r', '*', 'C');
    const ids = [...screen.running.store.getState().marks];
    screen.engine.outcomes = ids.map((id, at) => {
      const state = at === 1 ? ('conflict' as const) : ('done' as const);
      const detail = at === 1 ? 'it was RUNNING and is SUCCEEDED by now' : '';
      return { text: id, state, detail, targets: [{ id, state, detail }] };
    });
    await read(screen);
    await screen.press('y');
    const told = await seen(screen);
    expect(told).toContain(`${ids.length - 1} of ${ids.length} done`);
    expect(told).toMatch(/changed +pi-01\d .*it was RUNNING and is SUCCEEDED by now/);
    await screen.press('R');
    expect(screen.engine.proposed.at(-1)).toEqual({ kind: 'jobs.checkpoint', jobIds: [ids[1]] });
  });
});

test('a dry run plans and confirms, and the screen says so all the time', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, undoMs: 5_000 }, async (screen) => {
    await screen.press(':', ...'dry-run on', '\r');
    expect(await seen(screen)).toContain('DRY RUN');
    await screen.press('2', 'K');
    expect(await seen(screen)).toContain('dry run: it is only told what would be done');
    await read(screen);
    await screen.press('y');
    // Nothing will happen: there is nothing to undo.
    expect(screen.engine.confirmed).toHaveLength(1);
    await screen.press(':', ...'dry-run off', '\r');
    expect(await seen(screen)).not.toContain('DRY RUN');
  });
});

test(':submit shows a plan, or what is wrong with the file', async () => {
  const job = { document: { cbas: 1, name: 'one', run: { command: ['true'] } }, deadlineAt: 0, files: [] };
  const readJobs = async (file: string) =>
    file === 'good.json'
      ? ({ ok: true, jobs: [job] } as const)
      : ({ ok: false, problems: ['bad.json line 3: run.command: is missing'] } as const);
  await withConsole({ snapshot: busySnapshot(), size: SIZE, readJobs }, async (screen) => {
    planning(screen);
    await screen.press(':', ...'submit bad.json', '\r');
    expect(await seen(screen)).toContain('bad.json line 3: run.command: is missing');
    await escape(screen);
    await screen.press(':', ...'submit good.json', '\r');
    expect(await seen(screen)).toContain('submit 1 job of good.json');
  });
});

test('P asks for a priority and a deadline, and reads what a first deadline needs', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2', 'P', '1', '0', '\t', ...'4x', '\r');
    expect(await seen(screen)).toContain('4x is no time');
    await screen.press('\u007f', 'h', '\r');
    await seen(screen);
    expect(screen.engine.proposed).toHaveLength(1);
    const [command] = screen.engine.proposed;
    expect(command).toMatchObject({ kind: 'jobs.set', jobIds: [jobId(12)], priority: 10, deadlineAt: NOW + 4 * 3_600_000 }); // prettier-ignore
    expect(screen.engine.factsAsked).toContain(jobId(12));
  });
});

test('S asks for a shell, and tells why there is none', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('3', 'S');
    expect(await seen(screen)).toContain(`S shell on ${workerId(0)}: the AWS command line is not on this machine`);
    expect(screen.engine.shellsAsked).toEqual([workerId(0)]);
  });
});

test('U plans the former bid: one’s own where one was set from here', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('1', 'U');
    expect(screen.engine.proposed).toEqual([{ kind: 'bid.undo', pool: '*' }]);
    await read(screen);
    await escape(screen);
    await screen.press('4', 'B', 'o', '\r');
    await read(screen);
    await screen.press('y');
    await screen.press('U');
    const expected = { pool: 'c5.large/us-east-1a', usdPerHour: 0.085 };
    expect(screen.engine.proposed.at(-1)).toEqual({ kind: 'bid.undo', pool: expected.pool, expected });
  });
});

test('what another operator has asked of a row stands on the row', async () => {
  const busy = busySnapshot();
  const jobs = upsertRows(busy.jobs, [makeJob(12, { state: 'RUNNING', rev: 999, desired: { checkpoint: { at: NOW - 4_000, by: 'bea' } } })]); // prettier-ignore
  const workers = upsertRows(busy.workers, [makeWorker(0, { rev: 999, drain: { at: NOW - 4_000, by: 'bea', jobs: 'finish' } })]); // prettier-ignore
  await withConsole({ snapshot: { ...busy, jobs, workers }, size: { columns: 160, rows: 40 } }, async (screen) => {
    await screen.press('2');
    expect(await seen(screen)).toContain('bea asked for a checkpoint, 4 s ago');
    await screen.press('3', '\t');
    expect(await seen(screen)).toContain('bea asked for it to be drained, 4 s ago');
  });
});
