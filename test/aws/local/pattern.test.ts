import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern, PatternError } from '../../../src/aws/local/pattern.ts';

const matches = (pattern: object, event: unknown): boolean => compilePattern(JSON.stringify(pattern))(event);

test.each([
  [{ a: ['x'] }, { a: 'x' }, true],
  [{ a: ['x', 'y'] }, { a: 'y' }, true],
  [{ a: ['x'] }, { a: 'X' }, false],
  [{ a: ['x'] }, {}, false],
  [{ a: ['x'], b: ['y'] }, { a: 'x' }, false],
  [{ a: ['x'] }, { a: ['w', 'x'] }, true],
  [{ a: [1] }, { a: 1 }, true],
  [{ a: [1] }, { a: '1' }, false],
  [{ a: [true, null] }, { a: null }, true],
  [{ a: { b: ['x'] } }, { a: { b: 'x', c: 1 } }, true],
  [{ a: { b: ['x'] } }, { a: [{ b: 'y' }, { b: 'x' }] }, true],
  [{ a: { b: ['x'] } }, { a: 'x' }, false],
  [{ a: [{ prefix: 'ab' }] }, { a: 'abc' }, true],
  [{ a: [{ prefix: 'ab' }] }, { a: 'cab' }, false],
  [{ a: [{ prefix: { 'equals-ignore-case': 'AB' } }] }, { a: 'abc' }, true],
  [{ a: [{ suffix: '.png' }] }, { a: 'x.png' }, true],
  [{ a: [{ suffix: '.png' }] }, { a: 5 }, false],
  [{ a: [{ 'equals-ignore-case': 'Ab' }] }, { a: 'aB' }, true],
  [{ a: [{ wildcard: 'a*b*c' }] }, { a: 'a-b-b-c' }, true],
  [{ a: [{ wildcard: 'a*a' }] }, { a: 'a' }, false],
  [{ a: [{ wildcard: 'aa*' }] }, { a: 'aa' }, true],
  [{ a: [{ 'anything-but': 'x' }] }, { a: 'y' }, true],
  [{ a: [{ 'anything-but': 'x' }] }, { a: 'x' }, false],
  [{ a: [{ 'anything-but': 'x' }] }, {}, false],
  [{ a: [{ 'anything-but': ['x', 1] }] }, { a: 1 }, false],
  [{ a: [{ 'anything-but': ['x', 'y'] }] }, { a: ['x', 'z'] }, true],
  [{ a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'xy' }, false],
  [{ a: [{ 'anything-but': { suffix: ['x', 'y'] } }] }, { a: 'az' }, true],
  [{ a: [{ exists: true }] }, { a: '' }, true],
  [{ a: [{ exists: true }] }, {}, false],
  [{ a: [{ exists: false }] }, {}, true],
  [{ a: [{ exists: false }] }, { a: 1 }, false],
  [{ a: { b: [{ exists: false }] } }, {}, true],
  [{ a: [{ numeric: ['=', 1] }] }, { a: 1 }, true],
  [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
  [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
  [{ a: [{ numeric: ['<', 5] }] }, { a: '1' }, false],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: 'y' }, true],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, { a: 'y', b: 'x' }, false],
  [{ c: ['z'], $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: 'y' }, false],
])('%j of %j is %s', (pattern, event, expected) => {
  expect(matches(pattern, event)).toBe(expected);
});

describe('a pattern that is none', () => {
  test.each([
    '',
    '[]',
    '{}',
    '{"a":"x"}',
    '{"a":[]}',
    '{"a":[["x"]]}',
    '{"a":[{}]}',
    '{"a":[{"near":"x"}]}',
    '{"a":[{"prefix":1}]}',
    '{"a":[{"prefix":"x","suffix":"y"}]}',
    '{"a":[{"numeric":[">"]}]}',
    '{"a":[{"numeric":["~",1]}]}',
    '{"a":[{"numeric":["constructor",1]}]}',
    '{"a":[{"anything-but":[]}]}',
    '{"a":[{"anything-but":{"numeric":[">",1]}}]}',
    '{"a":[{"exists":"yes"}]}',
    '{"$or":[]}',
    `${'{"a":'.repeat(100)}["x"]${'}'.repeat(100)}`,
  ])('%s is refused', (text) => {
    expect(() => compilePattern(text)).toThrow(PatternError);
  });
});

test('a compiled pattern answers any event, and a wildcard agrees with a regular expression', () => {
  const everything = compilePattern(
    '{"a":[{"anything-but":{"wildcard":"x*"}},{"numeric":["<",0]}],"$or":[{"b":[1]},{"c":["x"]}]}',
  );
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
  fc.assert(fc.property(fc.jsonValue(), (event) => typeof everything(event) === 'boolean'));
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, text) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
      return matches({ a: [{ wildcard: pattern }] }, { a: text }) === expected;
    }),
  );
});
