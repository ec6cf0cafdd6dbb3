import { expect, test } from 'vitest';
import { isKeyName, KEY_PRESETS, type KeyChanges, keymapWith, keyProblems } from '../../src/ui/effective-keys.ts';
import { KEYMAP } from '../../src/ui/keymap.ts';
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

test('ctrl-c leaves whatever the keys are, in the middle of anything', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, keymap: keymapWith({ quit: ['Q'] }) }, async (screen) => {
    await screen.press('2', '/', 'abc', '\u0003');
    await screen.running.waitUntilExit();
  });
});
