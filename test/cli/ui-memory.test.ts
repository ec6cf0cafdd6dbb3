import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileMemory } from '../../src/cli/ui-memory.ts';

let folder: string;
let file: string;
let said: string[];
const open = () => fileMemory(file, (sentence) => said.push(sentence));

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-memory-'));
  file = path.join(folder, 'cbas-console', 'state.json');
  said = [];
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

test('what is saved is there at the next start, for its owner alone, and a field leaves the others as they are', () => {
  expect(open().load()).toEqual({});
  open().save({ filters: { mine: 'state:failed' } });
  open().save({ sorts: { jobs: { column: 'age', direction: 'down' } }, columns: { jobs: ['state', 'name'] } });
  expect(open().load()).toEqual({
    filters: { mine: 'state:failed' },
    sorts: { jobs: { column: 'age', direction: 'down' } },
    columns: { jobs: ['state', 'name'] },
  });
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['state.json']);
  expect(said).toEqual([]);
});

test.each([['{ "filters": '], ['[1]'], ['null'], ['\u0000']])('a damaged file %j is set aside with a word, once', (text) => {
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, text);
  const memory = open();
  expect(memory.load()).toEqual({});
  memory.save({ filters: { a: 'b' } });
  expect(memory.load()).toEqual({ filters: { a: 'b' } });
  expect(fs.readFileSync(`${file}.damaged`, 'utf8')).toBe(text);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/state\.json was damaged .* is .*state\.json\.damaged now/);
}); // prettier-ignore

test('fields that are not what they should be are left out, and those of a newer version are kept', () => {
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, JSON.stringify({ filters: { a: 1 }, sorts: { jobs: { column: 'age', direction: 'sideways' } }, columns: { jobs: ['a'] }, later: 7 })); // prettier-ignore
  expect(open().load()).toEqual({ columns: { jobs: ['a'] } });
  open().save({ filters: {} });
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toMatchObject({ later: 7, filters: {} });
});

test('what cannot be written costs the preference and not the console', () => {
  fs.writeFileSync(path.join(folder, 'cbas-console'), 'a file where the folder should be');
  const memory = open();
  memory.save({ filters: {} });
  memory.save({ filters: {} });
  expect(said).toHaveLength(1);
});
