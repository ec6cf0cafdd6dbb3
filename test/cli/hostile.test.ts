import { afterEach, expect, test, vi } from 'vitest';
import { planLines } from '../../src/cli/act.ts';
import { CliError } from '../../src/cli/exit.ts';
import {
  jsonText,
  note,
  noteInPlace,
  print,
  printFields,
  printJson,
  printLog,
  printTable,
} from '../../src/cli/output.ts';
import { planFor } from '../support/fake-engine.ts';
import { dangersIn, HOSTILE } from '../support/hostile.ts';

afterEach(() => vi.restoreAllMocks());

/** What reaches stdout and stderr. */
function printed(say: () => void): string {
  let sent = '';
  const take = (text: unknown): boolean => ((sent += String(text)), true);
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
  say();
  vi.restoreAllMocks();
  return sent;
}

const WAYS: Readonly<Record<string, (text: string) => void>> = {
  'a line': print,
  'a remark': note,
  'a line that is written over': noteInPlace,
  'an error of AWS': (text) => note(`cbas: ${new CliError(`ec2 RunInstances: denied (${text})`).message}`),
  'a table': (text) => printTable([{ title: 'name', text: (row: string) => row, max: 20 }, { title: 'why', text: (row) => row }], [text, 'a']), // prettier-ignore
  'fields': (text) => printFields([['owner', text], ['tag', text]]), // prettier-ignore
  'a log': printLog,
  'a plan': (text) => {
    const plan = planFor({ kind: 'jobs.kill', jobIds: [text] }, 1);
    for (const line of planLines({ ...plan, notes: [text] })) print(line);
  },
};

for (const [way, say] of Object.entries(WAYS)) {
  test(`hostile text in ${way} does nothing to a terminal`, () => {
    for (const [name, text] of Object.entries(HOSTILE)) {
      const sent = printed(() => say(text)).replaceAll('\t', ' ');
      expect([name, dangersIn(sent, text.replaceAll(/[\t\r\n]/g, ''))]).toEqual([name, []]);
      expect(sent.length).toBeGreaterThan(0);
    }
  });
}

test('JSON escapes it and loses nothing', () => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    const sent = printed(() => printJson({ [text]: text }));
    expect([name, dangersIn(sent, text.replaceAll(/[\t\r\n]/g, ''))]).toEqual([name, []]);
    expect(JSON.parse(sent)).toEqual({ [text]: text });
    expect(JSON.parse(jsonText(text, 2))).toBe(text);
  }
});
