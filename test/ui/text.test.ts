import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import * as format from '../../src/ui/format.ts';
import { drawChart } from '../../src/ui/components/chart.ts';
import { cell } from '../../src/ui/line.ts';
import { safe } from '../../src/ui/safe-text.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { graphemesOf } from '../../src/ui/graphemes.ts';
import { fit, truncate, widthOf } from '../../src/ui/width.ts';

test.each([
  ['plain', 'plain'],
  ['a\u001b[31mb', 'a^[[31mb'],
  ['\u001b]52;c;aGk=\u0007', '^[]52;c;aGk=^G'],
  ['\u009b31m', '\uFFFD31m'],
  ['tab\there', 'tab here'],
  ['two\nlines\r\nthree', 'two⏎lines⏎three'],
  ['nul\u0000del\u007f', 'nul^@del^?'],
  ['bidi\u202eevil\u2066', 'bidi\uFFFDevil\uFFFD'],
  ['zero\u200bwidth\ufeff', 'zero\uFFFDwidth\uFFFD'],
  ['tag\u{e0041}', 'tag\uFFFD'],
  ['lone\ud800', 'lone\uFFFD'],
  ['⚠️', '⚠'],
  ['👩‍💻', '👩\uFFFD💻'],
  ['z\u0301\u0302\u0303\u0304', 'z\u0301\u0302'],
  ['漢字', '漢字'],
])('safe(%j)', (text, expected) => expect(safe(text)).toBe(expected));

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));

test('what is safe has no control, stays so, and is never empty where something was', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = safe(text);
      expect(once).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2028\u2029]/u);
      expect(safe(once)).toBe(once);
    }),
  );
});

test('a cell is exactly as wide as asked, whatever is in it', () => {
  fc.assert(
    fc.property(
      anyText,
      fc.integer({ min: 0, max: 30 }),
      fc.constantFrom('left' as const, 'right' as const),
      (text, columns, align) => {
        expect(widthOf(cell(text, columns, align))).toBe(columns);
        expect(widthOf(truncate(safe(text), columns))).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

test('what a person sees as one character stays one, beside plain text too', () => {
  expect(graphemesOf('a\u2502b')).toEqual(['a', '\u2502', 'b']);
  expect(graphemesOf('e\u0301x👩‍👩‍👧')).toEqual(['e\u0301', 'x', '👩‍👩‍👧']);
});

test('cuts between graphemes', () => {
  expect(fit('漢字漢', 4)).toBe('漢… ');
  expect(truncate('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
});

test.each([
  [format.duration(38_000), '38s'],
  [format.duration(130_000), '2m10s'],
  [format.duration(51 * 60_000), '51m'],
  [format.duration(3 * 3_600_000 + 5 * 60_000), '3h05m'],
  [format.duration(-4 * 60_000), '-4m'],
  [format.duration(undefined), '-'],
  [format.money(31.2), '$31.20'],
  [format.money(0.007), '$0.007'],
  [format.money(0), '$0.00'],
  [format.money(-0.034), '-$0.034'],
  [format.money(12_345.6), '$12,346'],
  [format.price(0.0341), '0.0341'],
  [format.percent(40.2), '40%'],
  [format.grouped(1_204), '1,204'],
  [format.shortId('i-0a41bb02c7d19c41'), 'i-0a4…19c41'],
  [format.shortJobId('0192f0c4-0000-7000-8000-000000c4f2f1'), '…c4f2f1'],
  [format.shortPool('c5.large/us-east-1a', 'us-east-1'), 'c5.large/1a'],
  [format.bytes(4_200_000), '4.2 MB'],
])('%s is written %s', (written, expected) => expect(written).toBe(expected));

test('a chart always has its rows, whatever the prices are', () => {
  const theme = makeTheme({ color: false, ascii: false });
  const value = fc.option(
    fc.oneof(fc.double({ min: 0.001, max: 10, noNaN: true }), fc.constantFrom(Number.NaN, Infinity, 0.05)),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), fc.integer({ min: 2, max: 20 }), (values, rows) => {
      const lines = drawChart(theme, values, {
        rows,
        columns: 80,
        levels: [{ name: 'bid', value: 0.05, tone: 'strong' }],
      });
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(widthOf(line.replaceAll(/\u001b\[\d+m/g, ''))).toBeLessThanOrEqual(80);
    }),
  );
});

test('a glyph of ours is as wide as the slow measure says', () => {
  const glyphs = ['ascii', 'unicode'].flatMap((kind) =>
    Object.values(makeTheme({ color: true, ascii: kind === 'ascii' }).glyphs).flat(3),
  );
  for (const glyph of glyphs.filter((one) => typeof one === 'string'))
    expect([glyph, widthOf(glyph)]).toEqual([glyph, stringWidth(glyph)]);
});
