import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linearRegex } from '../../../src/engine/select/linear-regex.ts';

const atom = fc.constantFrom('a', 'B', 'c', '1', '-', ' ', '.', '\\d', '\\w', '\\W', '\\s', '[a-c]', '[^a1]', '[-b]', '[\\d-]', '\\.', '\\b', '\\B', '^', '$', '\\x41'); // prettier-ignore
const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?', '{,2}');
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(atom, repeat).map(([one, many]) => (/^(\^|\$|\\b|\\B)$/i.test(one) ? one : one + many)),
    fc.array(tie('expression'), { maxLength: 3 }).map((parts) => parts.join('')),
    fc.tuple(tie('expression'), repeat).map(([one, many]) => `(${one})${many}`),
    fc.tuple(tie('expression'), tie('expression')).map(([one, other]) => `(?:${one}|${other})`),
    fc.tuple(tie('expression'), tie('expression')).map(([one, other]) => `${one}|${other}`),
  ),
}));

test('what it finds is what the language itself finds', () => {
  fc.assert(
    fc.property(
      expression,
      fc.array(fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'c', '1', '-', ' ', '.', '_', '\n'), maxLength: 8 })),
      (source, texts) => {
        const pattern = linearRegex(source);
        if (typeof pattern === 'string') throw new Error(`/${source}/: ${pattern}`);
        const own = new RegExp(source, 'i');
        for (const text of texts) expect([source, text, pattern.test(text)]).toEqual([source, text, own.test(text)]);
      },
    ),
    { numRuns: 1_500 },
  );
});

test.each([
  ['(', 'a ")" is missing'],
  ['a)', 'a ")" too many'],
  ['[a', 'a "]" is missing'],
  ['*a', 'nothing to repeat before "*"'],
  ['a**', 'nothing to repeat before "*"'],
  ['a\\', 'a backslash at the end'],
  ['[z-a]', 'a range with its ends the wrong way round'],
  ['a{3,2}', '{3,2} has its numbers the wrong way round'],
  ['(a)\\1', 'going back to an earlier group would take too long'],
  ['(?=a)', 'looking ahead or behind would take too long'],
  ['((a{100}){100}){100}', 'it repeats too much'],
  ['((){1000}){100000}', 'it repeats too much'],
  ['x'.repeat(501), 'it is longer than 500 characters'],
])('%s: %s', (source, problem) => {
  expect(linearRegex(source)).toBe(problem);
});

test('any text is an expression or has a problem, and umlauts have two cases', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 20 }), (source, text) => {
      const pattern = linearRegex(source);
      if (typeof pattern !== 'string') expect(typeof pattern.test(text)).toBe('boolean');
    }),
  );
  const pattern = linearRegex('^grün[ä-ü]$');
  expect(typeof pattern !== 'string' && pattern.test('GRÜNÖ')).toBe(true);
});

test('an expression that takes the own ones of the language for ever ends in proportion to the text', () => {
  // 2^50000 ways with backtracking: that this ends at all is the proof.
  for (const source of ['(a+)+$', '(a|aa)+$', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*)*x(.*)*y(.*)*z']) {
    const pattern = linearRegex(source);
    expect(typeof pattern !== 'string' && pattern.test(`${'a'.repeat(50_000)}!`)).toBe(false);
  }
});
