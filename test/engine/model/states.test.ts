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
  ['job', JOB_TRANSITIONS, JOB_STATES, ['BLOCKED', 'RUNNABLE'], ['SUCCEEDED', 'FAILED', 'KILLED']],
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

test('a job that is held by a worker can always go back, and can always be killed', () => {
  for (const state of JOB_STATES) {
    if (isLeased(state)) expect(JOB_TRANSITIONS[state]).toContain('RUNNABLE');
    if (!isTerminal(state)) expect(JOB_TRANSITIONS[state]).toContain('KILLED');
    if (isLeased(state)) expect(isTerminal(state)).toBe(false);
  }
  expect(WORKER_STATES.filter(isServing)).toEqual(['PENDING', 'BOOTING', 'IDLE', 'BUSY']);
});
