import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isLeased, isTerminal, JOB_STATES, JOB_TRANSITIONS } from '../../../src/engine/model/job.ts';
import { isServing, WORKER_STATES, WORKER_TRANSITIONS } from '../../../src/engine/model/worker.ts';

type Table = Readonly<Record<string, readonly string[]>>;

function reachable(table: Table, from: readonly string[]): ReadonlySet<string> {
  const seen = new Set(from);
  for (const state of seen) for (const next of table[state] ?? []) seen.add(next);
  return seen;
}

const ENTRIES: readonly [string, Table, readonly string[], readonly string[], readonly string[]][] = [
  ['job', JOB_TRANSITIONS, JOB_STATES, ['BLOCKED', 'RUNNABLE'], ['SUCCEEDED']],
  ['worker', WORKER_TRANSITIONS, WORKER_STATES, ['PENDING'], ['TERMINATED']],
];

describe.each(ENTRIES)('the states of a %s', (...[, table, states, first, terminal]) => {
  test('name all states, and no other', () => {
    expect(Object.keys(table).sort()).toEqual([...states].sort());
    for (const state of states) for (const next of table[state] ?? []) expect(states).toContain(next);
  });

  test('can all be reached from the first', () => {
    expect([...reachable(table, first)].sort()).toEqual([...states].sort());
  });

  test('lead from each to an end; what is terminal has no exit, and nothing else is a dead end', () => {
    expect(states.filter((state) => table[state]?.length === 0)).toEqual(terminal);
    for (const state of states) expect(terminal.some((end) => reachable(table, [state]).has(end))).toBe(true);
  });
});

test.each(ENTRIES)('docs/protocol.md lists the states of a %s as they are', (...[, table, states]) => {
  const width = Math.max(...states.map((state) => state.length));
  const line = (state: string): string => `${state.padEnd(width)} -> ${(table[state] ?? []).join(', ')}`;
  const wanted = states.map((state) => (table[state]?.length === 0 ? state : line(state))).join('\n');
  const doc = fs.readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
  expect(doc).toContain(`\`\`\`\n${wanted}\n\`\`\`\n`);
});

test('a job that is held by a worker can always go back, and can always be killed', () => {
  for (const state of JOB_STATES) {
    if (isLeased(state)) expect(JOB_TRANSITIONS[state]).toContain('RUNNABLE');
    if (!isTerminal(state)) expect(JOB_TRANSITIONS[state]).toContain('KILLED');
    if (isLeased(state)) expect(isTerminal(state)).toBe(false);
  }
  // Tried again by an operator: the only way out of an end.
  const ends = JOB_STATES.filter(isTerminal).map((state) => [state, JOB_TRANSITIONS[state]]);
  expect(Object.fromEntries(ends)).toEqual({ SUCCEEDED: [], FAILED: ['RUNNABLE'], KILLED: ['RUNNABLE'] });
  expect(WORKER_STATES.filter(isServing)).toEqual(['PENDING', 'BOOTING', 'IDLE', 'BUSY']);
});
