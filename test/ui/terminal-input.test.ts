import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backgroundOf, backgroundOfEnvironment } from '../../src/ui/background.ts';
import { keysOfPending, splitInput } from '../../src/ui/input-split.ts';
import { themeOf } from '../../src/ui/theme.ts';
import { withConsole } from '../support/console.ts';
import { busySnapshot, troubledSnapshot } from '../support/snapshots.ts';

const WHITE = '\u001b]11;rgb:ffff/ffff/ffff\u001b\\';
const BLACK = '\u001b]11;rgb:0000/0000/0000\u0007';
const SIZE = { columns: 100, rows: 30 };
const BROWN = '38;5;130';

test.each([
  ['keys', 'Kyy\r', false, 'Kyy\r', '', 0],
  ['an arrow', '\u001b[A', true, '\u001b[A', '', 0],
  ['a reply among keys', `a${WHITE}b`, false, 'ab', '', 1],
  ['replies to others', '\u001b]52;c;a2lsbA==\u0007j', false, 'j', '', 1],
  ['a reply that has only begun', 'a\u001b]11;rgb:ff', false, 'a', '\u001b]11;rgb:ff', 0],
  ['its end cut between the two of ST', '\u001b]11;rgb:ff/ff/ff\u001b', false, '', '\u001b]11;rgb:ff/ff/ff\u001b', 0],
  ['a lone escape', 'a\u001b', false, 'a\u001b', '', 0],
  ['a lone escape while a reply is awaited', 'a\u001b', true, 'a', '\u001b', 0],
  ['what only looks like a reply', '\u001b]K', false, '\u001b]K', '', 0],
  ['a mouse report', '\u001b[<0;12;5Mj', false, 'j', '', 0],
] as const)('%s', (...row) => {
  const [, text, awaits, keys, pending, replies] = row;
  const split = splitInput(text, awaits);
  expect([split.keys, split.pending, split.replies.length]).toEqual([keys, pending, replies]);
});

test('however the line cuts it, no reply is ever typed, and no key is lost', () => {
  const piece = fc.oneof(
    fc.constantFrom(WHITE, BLACK, '\u001b[<64;3;4M', '\u001b[<0;3;4m'),
    fc.constantFrom('K', 'y', '\r', '\u001b[A', '\u001b[6~', '漢', '1', ';', 'r'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 8 }), (pieces, cuts) => {
      const text = pieces.join('');
      const wanted = pieces.filter((one) => !/^\u001b(?:\]|\[<)/.test(one)).join('');
      const ends = [...new Set([...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort((a, b) => a - b);
      let [keys, pending, from] = ['', '', 0];
      for (const end of ends) {
        const split = splitInput(pending + text.slice(from, end), true);
        keys += split.keys;
        pending = split.pending;
        from = end;
      }
      expect(keys + keysOfPending(pending)).toBe(wanted);
    }),
  );
});

test.each([
  ['11;rgb:ffff/ffff/ffff', 'light'],
  ['11;rgb:fd/f6/e3', 'light'],
  ['11;rgba:0000/2b2b/3636/ffff', 'dark'],
  ['11;rgb:0/0/0', 'dark'],
  ['10;rgb:ffff/ffff/ffff', undefined],
  ['11;?', undefined],
  ['11;rgb:zz/zz/zz', undefined],
])('the reply %s means %s', (reply, background) => expect(backgroundOf(reply)).toBe(background));

test.each([
  ['0;15', 'light'],
  ['0;default;7', 'light'],
  ['15;0', 'dark'],
  ['7;8', 'dark'],
  ['', undefined],
  ['default', undefined],
])('COLORFGBG=%s means %s', (value, background) => expect(backgroundOfEnvironment(value)).toBe(background));

const onLight = {
  theme: themeOf({ ascii: false, depth: 256 }),
  themeOn: (background: 'dark' | 'light') => themeOf({ ascii: false, depth: 256, background }),
} as const;

test('a terminal that answers in time that it is light gets the colours for it', async () => {
  await withConsole({ snapshot: troubledSnapshot(), size: SIZE, ...onLight }, async (screen) => {
    expect(await screen.raw()).toContain('\u001b]11;?');
    expect(await screen.raw()).not.toContain(BROWN);
    await screen.press(WHITE);
    expect(await screen.raw()).toContain(BROWN);
  });
});

test('an answer that comes late changes nothing, and types nothing', async () => {
  await withConsole({ snapshot: troubledSnapshot(), size: SIZE, ...onLight }, async (screen) => {
    await screen.lines();
    screen.clock.mono += 151;
    await screen.press('2/', `ab${WHITE}c`);
    expect(await screen.raw()).not.toContain(BROWN);
    expect((await screen.lines()).join('\n')).toContain('/abc ');
  });
});

test('a terminal is not asked where nobody would use the answer', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    expect(await screen.raw()).not.toContain(']11;');
  });
});

test('the mouse, where it is wanted: tabs open, rows are selected, the wheel moves; it never acts', async () => {
  const click = (column: number, row: number) => `\u001b[<0;${column};${row}M\u001b[<0;${column};${row}m`;
  await withConsole({ snapshot: busySnapshot(), size: SIZE, hasMouse: true }, async (screen) => {
    const state = () => screen.running.store.getState();
    expect(await screen.raw()).toContain('\u001b[?1000h\u001b[?1006h');
    await screen.press(click(16, 3));
    expect(state().screen).toBe('jobs');
    const lines = await screen.lines();
    const wanted = lines.findIndex((line) => line.includes('pi-014'));
    await screen.press(click(20, wanted + 1));
    expect((await screen.lines())[wanted]).toMatch(/^ ▸.*pi-014/);
    await screen.press('\u001b[<65;20;10M');
    expect((await screen.lines()).find((line) => line.includes('▸'))).toContain('pi-017');
    await screen.press('\u001b[<64;20;10M');
    expect((await screen.lines()).find((line) => line.includes('▸'))).toContain('pi-014');
    await screen.press('K');
    await screen.lines();
    screen.clock.pass(1_000);
    for (let row = 1; row <= SIZE.rows; row++) await screen.press(click(90, row));
    expect(screen.engine.confirmed).toEqual([]);
    expect(state().dialog?.kind).toBe('plan');
    expect(state().screen).toBe('jobs');
  });
});

test('without it not one mode is switched on', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    expect(await screen.raw()).not.toMatch(/\?100\dh/);
  });
});
