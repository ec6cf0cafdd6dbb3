import { expect, test } from 'vitest';
import { CELL_KINDS } from '../../src/engine/select/fleet.ts';
import { CELL_WORDS } from '../../src/ui/components/gauge.ts';
import { JOB_LOOKS, jobState } from '../../src/ui/job-words.ts';
import { type ColorDepth, sgrOf, THEME_NAMES, THEMES } from '../../src/ui/palettes.ts';
import { makeTheme, themeOf } from '../../src/ui/theme.ts';
import { widthOf } from '../../src/ui/width.ts';
import { HOSTILE } from '../support/hostile.ts';
import { withConsole } from '../support/console.ts';
import { busySnapshot, makeJob, troubledSnapshot, withJobs } from '../support/snapshots.ts';

const DEPTHS: readonly ColorDepth[] = [0, 16, 256, 16_777_216];
const SIZE = { columns: 100, rows: 30 };
const SCREENS = ['1', '2', '\r', '3', '\t', '4', '5', '\r', '6', '7', '\r', '8', '9', '0', 'w', '?'];

const palettes = THEME_NAMES.flatMap((name) =>
  (['dark', 'light'] as const).flatMap((background) =>
    DEPTHS.map((depth) => ({ name, background, depth, palette: THEMES[name][background] })),
  ),
);

test.each(palettes)('$name on $background with $depth colours: no background, no bright black, every code closed', (one) => {
  for (const style of Object.values(one.palette)) {
    const [open, close] = sgrOf(style, one.depth);
    const codes = open.slice(2, -1).replace(/38;(?:5;\d+|2;\d+;\d+;\d+)/, '38').split(';').filter(Boolean).map(Number);
    for (const code of codes) expect([1, 2, 4, 7, 31, 33, 34, 35, 38, 91, 93, 94]).toContain(code);
    if (one.depth === 0) for (const code of codes) expect(code).toBeLessThan(10);
    expect(close).not.toContain('[0m');
    expect(open === '').toBe(close === '');
    const ends: Readonly<Record<number, number>> = { 1: 22, 2: 22, 4: 24, 7: 27 };
    for (const code of codes) expect(close.slice(2, -1).split(';').map(Number)).toContain(ends[code] ?? 39);
  }
  // Bright black, as a number of the 256 and as it is in common schemes.
  expect(JSON.stringify(one.palette)).not.toMatch(/"x256":8\b|brightBlack/);
}); // prettier-ignore

test('colours for the colour-blind are never told apart by red and green', () => {
  for (const palette of Object.values(THEMES['colour-blind']))
    for (const { color } of Object.values(palette) as readonly { color?: { named: string } }[])
      expect(color?.named ?? '').not.toMatch(/red|green/i);
});

test('each state has a glyph and a word in Unicode and in ASCII, and no two read alike', () => {
  for (const ascii of [false, true]) {
    const { glyphs } = makeTheme({ color: false, ascii });
    const jobs = Object.keys(JOB_LOOKS).map((state) => jobState(glyphs, state as keyof typeof JOB_LOOKS));
    expect(new Set(jobs).size).toBe(jobs.length);
    expect(new Set(CELL_KINDS.map((kind) => glyphs[kind])).size).toBe(CELL_KINDS.length);
    expect(new Set(CELL_KINDS.map((kind) => CELL_WORDS[kind])).size).toBe(CELL_KINDS.length);
  }
});

test('every theme shows the same characters: nothing is told by colour alone', async () => {
  const frames = new Set<string>();
  for (const { name, background, depth } of palettes.filter(({ depth }) => depth === 0 || depth > 256)) {
    await withConsole(
      { snapshot: troubledSnapshot(), size: SIZE, theme: themeOf({ ascii: false, depth, name, background }) },
      async (screen) => {
        let shown = '';
        for (const key of ['1', '2', '3']) {
          await screen.press(key);
          shown += (await screen.lines()).map((line) => line.trimEnd()).join('\n');
        }
        frames.add(shown);
      },
    );
  }
  expect(frames.size).toBe(1);
});

/** Which kinds of colour the cells have, as xterm counts them: 0 none, 16777216 named, 33554432 of 256, 50331648 RGB. */
async function colorModes(depth: ColorDepth, name: 'default' | 'colour-blind'): Promise<ReadonlySet<string>> {
  const modes = new Set<string>();
  await withConsole(
    { snapshot: troubledSnapshot(), size: SIZE, theme: themeOf({ ascii: false, depth, name }) },
    async (screen) => {
      for (const [, mode = ''] of (await screen.cells()).join('\n').matchAll(/\/\d{6}\.(\d+)\./g)) modes.add(mode);
    },
  );
  return modes;
}

test('the default theme uses named colours at every depth, another finer ones where there are', async () => {
  for (const depth of [16, 256, 16_777_216] as const)
    expect(await colorModes(depth, 'default')).toEqual(new Set(['0', '16777216']));
  expect(await colorModes(0, 'default')).toEqual(new Set(['0']));
  expect(await colorModes(256, 'colour-blind')).toEqual(new Set(['0', '33554432']));
  expect(await colorModes(16_777_216, 'colour-blind')).toEqual(new Set(['0', '50331648']));
});

test('in ASCII every screen is ASCII, whatever the names are, and no column moves', async () => {
  const jobs = Object.values(HOSTILE).map((name, number) => makeJob(number, { name }));
  const frames: string[][] = [];
  for (const ascii of [true, false]) {
    const frame: string[] = [];
    await withConsole({ snapshot: withJobs(busySnapshot(), jobs), size: SIZE, ascii }, async (screen) => {
      for (const key of SCREENS) {
        await screen.press(key);
        frame.push(...(await screen.lines()));
      }
      if (ascii) expect(frame.join('')).toMatch(/^[\x20-\x7e]*$/);
    });
    frames.push(frame);
  }
  const columnOf = (lines: readonly string[] | undefined): number | undefined =>
    lines?.find((line) => line.includes('at risk') && line.includes('why'))?.indexOf('why');
  expect(columnOf(frames[0])).toBe(columnOf(frames[1]));
});

test('characters of several code points are as wide as a terminal draws them', () => {
  const list = { '⚠️': 1, '⚡️': 2, '⚡': 2, '漢字': 4, 'e\u0301': 1, 'ｶ': 1, '한글': 4, '\u1112\u1161\u11ab': 2, '🇩🇪': 2, '1\u20e3': 1, '…': 1, '■': 1 };
  // As they come out of the sanitiser: two drawings of one character are made one.
  for (const [text, width] of Object.entries(list))
    expect([text, widthOf(text.replace(/\ufe0f/g, ''))]).toEqual([text, width]);
}); // prettier-ignore
