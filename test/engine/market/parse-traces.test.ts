import { expect, test } from 'vitest';
import { meanAvailability, traceName } from '../../../src/engine/market/availability.ts';
import { parseTraces } from '../../../src/engine/market/parse-traces.ts';

const NOTE = '{"note":"value = number of nodes available per tick"}';

function line(fields: object = {}): string {
  return JSON.stringify({
    kind: 'availability',
    nodes: 1,
    start: '2022-10-26',
    zone: 'us-west-2a',
    device: 'v100',
    count: '8',
    gap_seconds: 600,
    ticks: 5,
    rle: [
      [1, 2],
      [0, 3],
    ],
    ...fields,
  });
}

test('a trace: one is available, notes and empty lines are passed over', () => {
  const [trace, ...rest] = parseTraces(`${NOTE}\n\n${line()}\n`);
  expect(rest).toEqual([]);
  expect(trace).toMatchObject({ zone: 'us-west-2a', device: 'v100', tickS: 600, startMs: Date.UTC(2022, 9, 26) });
  expect([...(trace?.counts ?? [])]).toEqual([1, 1, 0, 0, 0]);
  expect(meanAvailability(trace?.counts ?? new Uint8Array())).toBeCloseTo(0.4);
});

test('several kinds, tick lengths and node counts in one file', () => {
  const gang = line({ kind: 'preemption', nodes: 16, gap_seconds: 195, ticks: 3, rle: [[16, 1], [3, 1], [0, 1]] }); // prettier-ignore
  const traces = parseTraces(`${line()}\n${gang}`);
  expect(traces.map(traceName)).toEqual(['us-west-2a/v100x8', 'us-west-2a/v100x8 16 nodes preemption']);
  expect([...(traces[1]?.counts ?? [])]).toEqual([16, 3, 0]);
  expect(traces[1]?.tickS).toBe(195);
});

test.each([
  ['2023-02-15T03:00:00Z', Date.UTC(2023, 1, 15, 3)],
  ['2023-02-15 03:00:00', Date.UTC(2023, 1, 15, 3)],
  ['some day', undefined],
])('start %s', (start, startMs) => {
  expect(parseTraces(line({ start }))[0]?.startMs).toBe(startMs);
});

test.each([
  ['', 'trace file: is empty'],
  [NOTE, 'trace file: holds no trace, only notes'],
  [`${NOTE}\n{"zone":`, 'line 2: is not JSON'],
  [`${NOTE}\n[1]`, 'line 2: is not an object'],
  [line({ zone: '' }), 'line 1: zone is missing'],
  [line({ rle: undefined }), 'line 1: rle is missing'],
  [line({ rle: [] }), 'line 1: rle is missing or an empty list'],
  [line({ rle: [[1]] }), 'line 1: rle[0]: is not [value, ticks]'],
  [line({ rle: [[-1, 5]] }), 'line 1: rle[0]: value -1'],
  [line({ rle: [[1, 2], ['x', 3]] }), 'line 1: rle[1]: value "x"'], // prettier-ignore
  [line({ rle: [[1, 0]] }), 'line 1: rle[0]: ticks 0'],
  [line({ rle: [[1, 1e12]], ticks: undefined }), 'line 1: rle[0]: the trace has more than'],
  [line({ ticks: 6 }), 'line 1: ticks says 6, but the runs have 5'],
  [line({ gap_seconds: 0 }), 'line 1: gap_seconds 0 is not a positive number'],
  [line({ gap_seconds: undefined }), 'line 1: gap_seconds'],
])('%s is refused with its line', (text, message) => {
  expect(() => parseTraces(text)).toThrow(message);
});
