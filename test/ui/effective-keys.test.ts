import { expect, test } from 'vitest';
import { isKeyName, KEY_PRESETS, type KeyChanges, keymapWith, keyProblems } from '../../src/ui/effective-keys.ts';
import { KEYMAP } from '../../src/ui/keymap.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { withConsole } from '../support/console.ts';
import { busySnapshot } from '../support/snapshots.ts';

const SIZE = { columns: 120, rows: 40 };

test('the keys that we bring have no conflict, and every one has a name that can be written down', () => {
  expect(keyProblems({})).toEqual([]);
  for (const { keys } of KEYMAP) for (const key of keys) expect([key, isKeyName(key)]).toEqual([key, true]);
});

test('a preset leaves the prefix of its multiplexer alone, and no act lies on ctrl', () => {
  for (const { avoids, changes } of Object.values(KEY_PRESETS)) {
    expect(keyProblems(changes as Record<string, readonly string[]>)).toEqual([]);
    const { bindings } = keymapWith(changes);
    const all = bindings.flatMap(({ keys }) => keys);
    for (const key of avoids) expect(all).not.toContain(key);
    for (const { act, keys } of bindings) if (act) expect(keys.join(' ')).not.toContain('ctrl');
  }
  expect(keymapWith({}).bindingFor('ctrl-b', 'jobs')?.id).toBe('page-up');
});

test.each([
  [{ kil: ['X'] }, 'kil', 'no key binding "kil"; did you mean kill?'],
  [{ kill: ['pagedwn'] }, 'kill', '"pagedwn" is no key; did you mean pagedown?'],
  [{ kill: ['ctrl-'] }, 'kill', '"ctrl-" is no key'],
  [{ kill: [''] }, 'kill', '"" is no key'],
  [{ kill: ['ab'] }, 'kill', '"ab" is no key'],
  [{ kill: ['ctrl-i'] }, 'kill', 'terminals send ctrl-i as tab'],
  [{ kill: ['w'] }, 'kill', '"w" is both kill and why on jobs'],
  [{ why: ['K'] }, 'why', '"K" is both why and kill on jobs'],
  [{ help: ['q'] }, 'help', '"q" is both help and quit; give one of them another key'],
  [{ quit: [] }, 'quit', 'quit must keep a key'],
  [{ back: [] }, 'back', 'back must keep a key'],
  [{ 'plan-cancel': [] }, 'plan-cancel', 'plan-cancel must keep a key'],
  [{ 'plan-do': ['K'] }, 'plan-do', '"K" would open a plan (kill) and confirm it (plan-do)'],
  [{ launch: ['y'], copy: [] }, 'launch', '"y" would open a plan (launch) and confirm it (plan-do)'],
  [{ 'plan-do': ['enter'] }, 'plan-do', 'enter presses Cancel in a plan'],
  [{ 'plan-do': ['e'] }, 'plan-do', '"e" is both plan-do and plan-switch on plan'],
] as const)('%j is refused', (changes, id, sentence) => {
  const problems = keyProblems(changes as unknown as Record<string, readonly string[]>);
  expect(problems.map((problem) => problem.id)).toContain(id);
  expect(problems.map((problem) => problem.sentence).join('\n')).toContain(sentence);
});

test('two bindings may change their keys with each other, and a key may be taken away', () => {
  const swapped: KeyChanges = { kill: ['w'], why: ['K'], pause: [] };
  expect(keyProblems(swapped as Record<string, readonly string[]>)).toEqual([]);
  const keymap = keymapWith(swapped);
  expect([keymap.bindingFor('w', 'jobs')?.id, keymap.bindingFor('K', 'jobs')?.id]).toEqual(['kill', 'why']);
  expect(keymap.bindingFor('z', 'jobs')).toBeUndefined();
});

test('what is obeyed, what the footer shows and what the help explains are the same keys', async () => {
  const keymap = keymapWith({ kill: ['X'], quit: ['Q'], help: ['meta-h'], retry: ['Z'], redraw: ['ctrl-r'], hold: [] });
  await withConsole({ snapshot: busySnapshot(), size: SIZE, keymap }, async (screen) => {
    const seen = async (): Promise<string> => (await screen.lines()).join('\n');
    expect(await seen()).toMatch(/meta-h help/);
    expect(await seen()).toContain('1 job failed  Z retry');
    await screen.press('2');
    const footer = (await screen.lines()).at(-1);
    expect(footer).toContain('X kill');
    expect(footer).toContain('Q quit');
    await screen.press('K', 'H', 'q', 'R');
    expect(screen.engine.proposed).toEqual([]);
    await screen.press('\u001bh');
    const help = await seen();
    expect(help).toMatch(/X {10}kill/);
    expect(help).not.toMatch(/hold or release|K {10}kill/);
    await screen.press('\u001bh', 'X');
    expect(screen.engine.proposed.map(({ kind }) => kind)).toEqual(['jobs.kill']);
  });
});

test('the keys of plans, of results and of undoing are changed like any other', async () => {
  const keymap = keymapWith({ 'plan-do': ['x'], 'plan-switch': ['-'], undo: ['Z'], 'results-close': ['c'] });
  await withConsole({ snapshot: busySnapshot(), size: SIZE, keymap, undoMs: 5_000 }, async (screen) => {
    await screen.press('2', 'K');
    expect((await screen.lines()).join('\n')).toMatch(/Cancel .* x {2}do it/);
    screen.clock.pass(DIALOG_DEAF_MS);
    await screen.press('y');
    expect(screen.running.store.getState().held).toEqual([]);
    await screen.press('x');
    expect((await screen.lines()).join('\n')).toMatch(/in 5 s {3}Z undo/);
    await screen.press('Z');
    expect(screen.running.store.getState().held).toEqual([]);
  });
});

test('ctrl-c leaves whatever the keys are, in the middle of anything', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, keymap: keymapWith({ quit: ['Q'] }) }, async (screen) => {
    await screen.press('2', '/', 'abc', '\u0003');
    await screen.running.waitUntilExit();
  });
});
