import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { saveFile } from '../../src/cli/save-file.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-save-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('a file is written piece by piece, for its owner alone, and one that is there stays as it is', async () => {
  const file = path.join(folder, 'rows.csv');
  expect(await saveFile(file, ['a\n', 'b\n'])).toEqual({ ok: true, file });
  expect(fs.readFileSync(file, 'utf8')).toBe('a\nb\n');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(await saveFile(file, ['c'])).toEqual({ ok: false, why: 'it is there already' });
  expect(fs.readFileSync(file, 'utf8')).toBe('a\nb\n');
});

test('what cannot be written to its end leaves nothing behind', async () => {
  const file = path.join(folder, 'half.csv');
  function* failing(): Generator<string> {
    yield 'a\n';
    throw new Error('the row is gone');
  }
  expect(await saveFile(file, failing())).toEqual({ ok: false, why: 'the row is gone' });
  expect(fs.existsSync(file)).toBe(false);
  expect(await saveFile(path.join(folder, 'none', 'x.csv'), ['a'])).toMatchObject({ ok: false, why: expect.stringContaining('ENOENT') }); // prettier-ignore
});
