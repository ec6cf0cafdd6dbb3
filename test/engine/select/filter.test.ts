import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesFilter, numberOf, parseFilter } from '../../../src/engine/select/filter.ts';

const ROW: Readonly<Record<string, string | number>> = {
  name: 'render frame',
  state: 'failed',
  bid: 0.08,
  age: 15 * 60_000,
  progress: 40,
};
const COLUMNS = [...Object.keys(ROW), 'cost'];

function keeps(text: string): boolean {
  const row = { value: (column: string) => ROW[column], texts: () => [String(ROW['name']), String(ROW['state'])] };
  return matchesFilter(parseFilter(text, COLUMNS), row);
}

test.each([
  ['', true],
  ['render', true],
  ['RENDER fail', true],
  ['render done', false],
  ['!done', true],
  ['!render', false],
  ['!!render', true],
  ['"render frame"', true],
  ['"frame render"', false],
  ['/^ren.*me$/', true],
  ['/^frame/', false],
  ['state:fail', true],
  ['name:fail', false],
  ['state:/^fail/', true],
  ['!state:fail', false],
  ['bid<0.1', true],
  ['bid<$0.1', true],
  ['bid<0.08', false],
  ['bid<=0.08', true],
  ['bid=0.08', true],
  ['age>10m', true],
  ['age>1h', false],
  ['age<15m1s', true],
  ['progress>=40%', true],
  ['!progress>=40%', false],
  // A column without a value is equal to nothing, so it is not below a number either.
  ['cost<1', false],
  ['cost>=1', false],
  // What looks like a column and is none is text.
  ['color:red', false],
  ['state=failed', true],
  ['state=fail', false],
  ['progress:40', true],
  ['progress:4', false],
  ['progress:40%', true],
  ['age:15m', true],
])('%s', (text, kept) => {
  expect(keeps(text)).toBe(kept);
});

test.each([
  ['/(/', ['/(/: a ")" is missing']],
  ['weight>3', ['there is no column "weight"']],
  ['age>', ['age> wants a number']],
  ['age>old', ['age>old: "old" is no number']],
])('%s means nothing and says why; the other words still hold', (text, problems) => {
  const filter = parseFilter(`${text} render`, COLUMNS);
  expect(filter.problems).toEqual(problems);
  expect(filter.terms.map((term) => term.text)).toEqual(['render']);
});

test.each([
  ['10m', 600_000],
  ['2h30m', 9_000_000],
  ['$0.05', 0.05],
  ['50%', 50],
  ['-3', -3],
  ['1,200', 1_200],
  ['3k', 3_000],
  ['', undefined],
  ['1.2.3', undefined],
  ['5 apples', undefined],
  ['5x', undefined],
])('numberOf %s', (text, number) => {
  expect(numberOf(text)).toBe(number);
});

test('any text is a filter: it never throws, and a turned word keeps exactly what the word leaves out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      keeps(text);
      const word = text.replaceAll(/[\s"!]/g, '');
      const { terms } = parseFilter(word, COLUMNS);
      if (terms.length === 1) expect(keeps(`!${word}`)).toBe(!keeps(word));
    }),
  );
});

test('what looks like a column and is none is told, for it may be a slip', () => {
  expect(parseFilter('stat:failed !Color:red http: name:x', COLUMNS).hints).toEqual([
    '"stat" is no column: "stat:failed" is looked for as it stands',
    '"Color" is no column: "Color:red" is looked for as it stands',
  ]);
});
