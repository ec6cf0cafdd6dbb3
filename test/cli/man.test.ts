import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cbasPage, consolePage } from '../../src/cli/man.ts';
import { programOf } from '../../src/cli/program.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../docs/man');

test.each([
  ['cbas.1', cbasPage(programOf())],
  ['cbas-console.1', consolePage()],
])('docs/man/%s is what the program prints (else: node scripts/write-man.ts)', (file, page) => {
  expect(readFileSync(path.join(FOLDER, file), 'utf8')).toBe(page);
});

test('every verb and its options are in the page, and no line is taken for a request of roff', () => {
  const page = cbasPage(programOf());
  for (const verb of ['cbas local rm', 'cbas jobs', 'cbas simulate bid', 'cbas prices sync'])
    expect(page).toContain(`\n${verb} `);
  expect(page).not.toContain('cbas demo');
  for (const line of page.split('\n')) expect(line).toMatch(/^(\.(TH|SH|SS|TP|B|BR|br|\\")( |$)|[^.'\s]|$)/);
});
