import { expect, test } from 'vitest';
import { upsertRows } from '../../src/engine/model/rows.ts';
import type { ThemeName } from '../../src/ui/palettes.ts';
import { themeOf } from '../../src/ui/theme.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { eventually, holds } from '../support/eventually.ts';
import { busySnapshot, jobId, makeJob, makeWorker, NOW, workerId } from '../support/snapshots.ts';
import { escape, planning, read, seen, SIZE } from '../support/plans.ts';

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
    await screen.press(':', 'dry-run on', '\r');
    expect(await seen(screen)).toContain('DRY RUN');
    await screen.press('2', 'K');
    expect(await seen(screen)).toContain('dry run: it is only told what would be done');
    await read(screen);
    await screen.press('y');
    // Nothing will happen: there is nothing to undo.
    expect(screen.engine.confirmed).toHaveLength(1);
    await screen.press(':', 'dry-run off', '\r');
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
    await screen.press(':', 'submit bad.json', '\r');
    expect(await seen(screen)).toContain('bad.json line 3: run.command: is missing');
    await escape(screen);
    await screen.press(':', 'submit good.json', '\r');
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

test('the theme is switched from the palette, and a name that is none is told', async () => {
  const themeNamed = (name: ThemeName) => themeOf({ ascii: name === 'mono', depth: 16, name });
  await withConsole({ snapshot: busySnapshot(), size: SIZE, themeNamed }, async (screen) => {
    await screen.press(':', 'theme mono', '\r');
    expect(await seen(screen)).toMatch(/^[\x00-\x7f]*$/);
    await screen.press(':', 'theme pink', '\r');
    expect(await seen(screen)).toContain('there is no theme "pink"');
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

function reasonTyped({ running }: TestConsole): string | undefined {
  const { dialog } = running.store.getState();
  return dialog?.kind === 'plan' ? dialog.reasonTyped : undefined;
}

test('tab takes a reason for the audit, and its letters confirm nothing; esc leaves it as it was', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    planning(screen);
    await screen.press('2', 'C');
    await read(screen);
    await screen.press('\t', 'y', 'e', 's', ' ', 'why', '\u007f', '\r');
    expect(await seen(screen)).toContain('reason: yes wh');
    await screen.press('\t', ' more');
    await screen.press('\u001b');
    const isLeft = () => reasonTyped(screen) === undefined;
    await eventually('the reason is left', () => holds(isLeft()), { withinMs: 5_000 });
    expect(screen.engine.confirmed).toEqual([]);
    expect(await seen(screen)).toContain('reason: yes wh');
    await screen.press('y');
    expect(screen.engine.confirmed.map(({ reason }) => reason)).toEqual(['yes wh']);
  });
});

test('of a bulk act with a token the reason is typed apart from the token; an empty reason is none', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    planning(screen);
    await screen.press('2', '/', 'state:runnable', '\r', '*', 'K');
    await read(screen);
    const token = String(screen.running.store.getState().marks.size);
    await screen.press('\t', 'flood', '\r', token, '\r');
    expect(screen.engine.confirmed.map(({ reason }) => reason)).toEqual(['flood']);
    await screen.press('*', 'C');
    await read(screen);
    await screen.press('\t', 'x', '\u007f', '\t');
    expect(await seen(screen)).not.toContain('reason:');
  });
});
