import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deadlineOf,
  decodeJobDocument,
  DOCUMENT_BYTES_MAX,
  jobSchema,
  parseJobDocument,
} from '../../../src/engine/protocol/job-document.ts';
import { describeProblems } from '../../../src/engine/protocol/shape.ts';

const run = { command: ['true'] };
const good = { cbas: 1, run };

describe('a document that is right', () => {
  test('needs no more than a version and a command; the rest is filled in', () => {
    const decoded = decodeJobDocument(good);
    expect(decoded).toMatchObject({
      ok: true,
      value: {
        queue: 'default',
        priority: 0,
        run: { command: ['true'], env: {} },
        inputs: [],
        outputs: [],
        needs: { vcpus: 1, memoryMb: 256, arch: 'any' },
        checkpoint: { driver: 'auto', intervalS: 'auto', signal: 'none' },
        retry: { attempts: 1, onExit: [] },
        after: [],
      },
    });
  });

  test('is the same when it is read again', () => {
    const first = decodeJobDocument({ ...good, needs: { vcpus: 2 }, deadline: '2026-12-01T12:00:00Z' });
    expect(first.ok && decodeJobDocument(JSON.parse(JSON.stringify(first.value)))).toEqual(first);
    expect(first.ok && deadlineOf(first.value, Date.parse)).toBe(Date.UTC(2026, 11, 1, 12));
  });

  test.each([
    { ...good, checkpoint: { signal: 'SIGUSR1', intervalS: 5 } },
    { ...good, outputs: [{ path: 'out/**/*.json', name: 'x' }], record: { book: 'b', key: 'k ü', from: 'x' } },
    { ...good, run: { command: ['sh', '-c', ''], env: { A_1: '' } } },
    { ...good, bid: { maxUsdPerHour: 0.05 }, retry: { attempts: 3, onExit: [75, 137] } },
    { ...good, inputs: [{ from: 'file:../x', to: 'a/b..c' }] },
    { ...good, deadline: '2028-02-29T23:59:59.999-11:30' },
  ])('%j', (document) => {
    expect(decodeJobDocument(document)).toMatchObject({ ok: true });
  });
});

const bad: readonly [unknown, string, RegExp][] = [
  [null, '', /expected an object/],
  [[], '', /expected an object/],
  [{}, 'cbas', /is missing/],
  [{ ...good, cbas: 2 }, 'cbas', /must be 1, found 2/],
  [{ cbas: 1 }, 'run', /is missing/],
  [{ ...good, run: {} }, 'run.command', /is missing/],
  [{ ...good, run: { command: [] } }, 'run.command', /at least 1/],
  [{ ...good, run: { command: 'ls' } }, 'run.command', /expected a list, found "ls"/],
  [{ ...good, run: { command: ['ls', 3] } }, 'run.command[1]', /expected text, found 3/],
  [{ ...good, run: { ...run, env: { 'A B': 'x' } } }, 'run.env', /"A B" is not a name/],
  [{ ...good, run: { ...run, env: { A: 1 } } }, 'run.env.A', /expected text/],
  [{ ...good, name: 'a\nb' }, 'name', /control characters/],
  [{ ...good, priority: 1.5 }, 'priority', /whole number/],
  [{ ...good, priority: 1_001 }, 'priority', /not between -1000 and 1000/],
  [{ ...good, inputs: [{ from: 'file:x', to: '/etc/passwd' }] }, 'inputs[0].to', /inside the job folder/],
  [{ ...good, inputs: [{ from: 'file:x', to: 'a/../../b' }] }, 'inputs[0].to', /inside the job folder/],
  [{ ...good, outputs: [{ path: '../x', name: 'x' }] }, 'outputs[0].path', /inside the job folder/],
  [{ ...good, needs: { arch: 'sparc' } }, 'needs.arch', /"sparc" is not one of x86_64, arm64, any/],
  [{ ...good, deadline: 'tomorrow' }, 'deadline', /must be a time like/],
  [{ ...good, deadline: '2026-02-29T12:00:00Z' }, 'deadline', /there is no such time/],
  [{ ...good, deadline: '2026-12-01T24:00:00Z' }, 'deadline', /there is no such time/],
  [{ ...good, deadline: '2026-12-01T12:00+24:00' }, 'deadline', /there is no such time/],
  [{ ...good, checkpoint: { intervalS: 'often' } }, 'checkpoint.intervalS', /must be "auto".*or expected a number/],
  [{ ...good, checkpoint: { signal: 'SIGKILL' } }, 'checkpoint.signal', /SIGUSR1/],
  [{ ...good, retry: { onExit: [0] } }, 'retry.onExit[0]', /not between 1 and 255/],
  [{ ...good, record: { book: 'b', key: 'k', from: 'x' } }, 'record.from', /no output is named "x"/],
  [{ ...good, prioritty: 1 }, 'prioritty', /did you mean priority\?/],
  [{ ...good, run: { command: ['x'], enviroment: {} } }, 'run.enviroment', /^is not known here$/],
  [{ ...good, run: { comand: ['x'] } }, 'run.comand', /did you mean command\?/],
  [{ ...good, 'a\u001b[31m': 1 }, '"a\\u001b[31m"', /is not known here/],
  [{ ...good, run: { ...run, env: { 'A B': 1 } } }, 'run.env."A B"', /expected text/],
];

test.each(bad)('%j is refused at %s', (document, path, problem) => {
  const decoded = decodeJobDocument(document);
  expect(decoded.ok).toBe(false);
  const problems = decoded.ok ? [] : decoded.problems;
  expect(problems.map((one) => one.path)).toContain(path);
  expect(problems.find((one) => one.path === path)?.problem).toMatch(problem);
  expect(describeProblems(problems)).not.toContain('\n');
});

test('every problem is told, but no more than ten', () => {
  const decoded = decodeJobDocument({ cbas: 2, run: { command: Array.from({ length: 50 }, () => 1) } });
  expect(decoded.ok ? [] : decoded.problems).toHaveLength(10);
});

test('no value at all makes the decoder throw', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
  const near = fc.record(
    {
      cbas: fc.constant(1),
      run: fc.oneof(anything, fc.constant(run)),
      needs: anything,
      record: anything,
      after: anything,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(anything, near), (value) => {
      const decoded = decodeJobDocument(value);
      if (!decoded.ok) expect(decoded.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

test('no text makes the parser throw; what is no JSON is told as such', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseJobDocument(text)));
  expect(parseJobDocument('{')).toMatchObject({ ok: false, problems: [{ path: '', problem: /is not JSON/ }] });
});

test('a document that is too large is refused by its bytes before it is read', () => {
  const sized = (filler: string): string => JSON.stringify({ ...good, owner: filler });
  const refused = parseJobDocument(sized('x'.repeat(DOCUMENT_BYTES_MAX)));
  expect(refused.ok ? '' : refused.problems[0]?.problem).toMatch(/at most 100000 are allowed; put data into inputs/);
  // 40 000 characters of three bytes each.
  const wide = parseJobDocument(
    JSON.stringify({ ...good, run: { command: ['x', '€'.repeat(32_000), '€'.repeat(8_000)] } }),
  );
  expect(wide.ok ? '' : wide.problems[0]?.problem).toMatch(/^has 120\d\d\d bytes/);
});

test('the schema closes every object and requires the command', () => {
  expect(jobSchema()).toMatchObject({
    type: 'object',
    required: ['cbas', 'run'],
    additionalProperties: false,
    properties: { run: { required: ['command'] } },
  });
});
