import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { DEADLINE_POLICY_NAMES } from '../../src/engine/decide/deadline-policies.ts';
import { twoStateTrace } from '../engine/sim/two-state.ts';
import { cbas } from './deployment.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-traces-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const at = path.join(folder, name);
  fs.writeFileSync(at, name.endsWith('.gz') ? zlib.gzipSync(text) : text);
  return at;
}

function line(seed: number, fields: object = {}): string {
  const { counts } = twoStateTrace({ seed, ticks: 400, endsUp: 0.05, endsDown: 0.1 });
  const rle = [...counts].map((value) => [value, 1]);
  const facts = { kind: 'availability', zone: `zone-${seed}`, device: 'v100', count: '1', start: '2022-10-26' };
  return JSON.stringify({ ...facts, gap_seconds: 600, rle, ...fields });
}

const NOTE = '{"note":"made up"}';
const TWO = file('two.jsonl.gz', [NOTE, line(1), line(2, { kind: 'preemption', gap_seconds: 195 })].join('\n'));
const JOB = ['--work-h', '8', '--deadline-h', '10', '--changeover-h', '0.2', '--starts', '3', '--seed', '11'];

function simulate(...words: readonly string[]): ReturnType<typeof cbas> {
  return cbas('simulate', 'deadline', ...words);
}

describe('cbas simulate deadline', () => {
  test('JSON: every policy, no miss, nothing below the optimum; the same seed, the same answer', async () => {
    const { code, stdout } = await simulate('--traces', TWO, ...JOB, '--json');
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ workH: 8, deadlineH: 10, changeoverH: 0.2, runs: 6, tooShort: [] });
    expect(answer.policies.map(({ policy }: { policy: string }) => policy)).toEqual([
      ...DEADLINE_POLICY_NAMES,
      'optimum',
    ]);
    for (const row of answer.policies) {
      expect(row.misses).toBe(0);
      expect(row.aboveOptimumPct).toBeGreaterThanOrEqual(0);
      expect(row.p75Pct).toBeGreaterThan(30);
    }
    expect(answer.traces.map(({ zone }: { zone: string }) => zone)).toEqual(['zone-1', 'zone-2']);
    expect(answer.traces[1]).toMatchObject({ kind: 'preemption', tickS: 195, runs: 3 });
    expect(answer.difference).toMatchObject({ policy: 'expected-cost', against: 'uniform-progress' });
    expect((await simulate('--traces', TWO, ...JOB, '--json')).stdout).toBe(stdout);
  });

  test('a table and a sentence', async () => {
    const { code, stdout } = await simulate('--traces', TWO, ...JOB, '--policy', 'greedy,expected-cost');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^policy +cost +p75 +above optimum +misses\ngreedy .*\nexpected-cost .*\noptimum .*\n/);
    expect(stdout).toContain('Cost in % of 8 h on on-demand; 6 jobs due after 10 h in 2 traces');
  });

  test('--from and --to bound the jobs; what has no room is named', async () => {
    const late = await simulate('--traces', TWO, ...JOB, '--from', '2022-10-27', '--json');
    expect(JSON.parse(late.stdout)).toMatchObject({ runs: 3, tooShort: ['zone-2/v100x1 preemption'] });
    const none = await simulate('--traces', TWO, ...JOB, '--to', '2022-10-26T05:00:00Z');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('no trace has room for a job of 10 h between --from and --to: zone-1/v100x1');
  });

  test.each<[string, readonly string[], number, string]>([
    ['no file', JOB, 2, '--traces FILE is needed'],
    ['an absent file', ['--traces', '/nowhere/x.jsonl', ...JOB], 3, 'there is no such file'],
    ['an empty file', ['--traces', file('empty', ''), ...JOB], 1, 'is empty'],
    ['a broken line', ['--traces', file('broken', `${NOTE}\n{`), ...JOB], 1, 'line 2: is not JSON'],
    ['a deadline before the work', ['--traces', TWO, '--work-h', '8', '--deadline-h', '8'], 2, 'give at least 8.2'],
    ['a deadline that is none', ['--traces', TWO, '--deadline-h', '-1'], 2, '--deadline-h -1: expected a number'],
    ['work that is none', ['--traces', TWO, '--work-h', 'NaN'], 2, '--work-h NaN: expected a number'],
    ['a price of nothing', ['--traces', TWO, '--spot', '0'], 2, '--spot 0: expected a number'],
    ['no starts', ['--traces', TWO, '--starts', '0'], 2, '--starts 0: expected a whole number'],
    [
      'an unknown policy',
      ['--traces', TWO, '--policy', 'lucky'],
      2,
      '--policy lucky: there is no such policy; there are: on-demand, greedy',
    ],
    ['an unknown zone', ['--traces', TWO, '--zone', 'mars'], 3, 'in mars: not in the file; there are: zone-1/v100x1'],
    ['an instant that is none', ['--traces', TWO, ...JOB, '--from', 'now'], 2, '--from now: expected a date'],
    [
      'a trace that is too short',
      ['--traces', TWO, '--work-h', '480', '--deadline-h', '500'],
      2,
      'no trace has room for a job of 500 h',
    ],
  ])('%s', async (...[, words, exit, message]) => {
    const { code, stderr, stdout } = await simulate(...words);
    expect(stderr).toContain(message);
    expect(code).toBe(exit);
    expect(stdout).toBe('');
  });

  test('--from needs a trace that says when it starts', async () => {
    const unknown = file('unknown.jsonl', line(3, { start: 'some day' }));
    const { code, stderr } = await simulate('--traces', unknown, ...JOB, '--from', '2022-10-27');
    expect([code, stderr]).toEqual([2, expect.stringContaining('does not say when it starts')]);
  });

  test('a deadline that whole ticks cannot hold is refused', async () => {
    const hourly = file('hourly.jsonl', line(4, { gap_seconds: 3600 }));
    const { code, stderr } = await simulate(
      '--traces',
      hourly,
      '--work-h',
      '8',
      '--deadline-h',
      '8.5',
      '--changeover-h',
      '0.2',
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('ticks of 3600 s: only 8.00 h')]);
  });
});
