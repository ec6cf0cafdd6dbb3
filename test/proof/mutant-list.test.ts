import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS } from '../../proof/mutant-list.ts';

const SRC = path.resolve(import.meta.dirname, '../../src');

test.each(MUTANTS)('the text of the planted defect $name stands once in $file', ({ file, find, replace }) => {
  expect(fs.readFileSync(path.join(SRC, file), 'utf8').split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});

test('each has a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});
