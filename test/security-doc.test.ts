import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

interface Named {
  readonly line: string;
  readonly file: string;
  readonly name: string;
}

const lines = fs
  .readFileSync(path.join(ROOT, 'docs', 'security.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.endsWith('| tested by |'));
const named = lines.flatMap((line): Named[] => {
  const cell = line.split('|').at(-2) ?? '';
  return [...cell.matchAll(/`(test\/[^`]+)` "([^"]+)"/g)].map(([, file = '', name = '']) => ({ line, file, name }));
});

/** Titles of tests and of their groups, as they stand in the file. */
function titlesIn(file: string): readonly string[] {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  const title = /\b(?:it|test|describe)(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs;
  const ofTables = /\]\s*(?:as const)?\)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs;
  return [title, ofTables].flatMap((pattern) => [...text.matchAll(pattern)].map(([, , name = '']) => name));
}

describe('docs/security.md', () => {
  test('has lines, and each of them names its test', () => {
    expect(lines.length).toBeGreaterThan(25);
    expect(lines.filter((line) => !named.some((one) => one.line === line))).toEqual([]);
  });

  test.each(named)('$file has "$name"', ({ file, name }) => {
    expect(titlesIn(file).filter((title) => title.includes(name))).not.toEqual([]);
  });

  test('a name that is none would be found out', () => {
    expect(titlesIn('test/security-doc.test.ts').some((title) => title.includes('has lines'))).toBe(true);
    expect(titlesIn('test/security-doc.test.ts').some((title) => title.includes('tested by'))).toBe(false);
  });
});
