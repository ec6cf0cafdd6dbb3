import fc from 'fast-check';
import { DRIVER_NAMES } from '../../src/engine/model/checkpoint.ts';
import { JOB_STATES, type JobRow, REASON_CODES } from '../../src/engine/model/job.ts';

/** Objects like those that are read from the tables: with a prototype. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Letters of which some change their length or their shape in lower case, or depend on their neighbours. */
const LETTERS = ['a', 'B', 'c', '-', ' ', '1', 'ß', 'É', 'Σ', 'İ', '\ud83d', '\ude00'] as const;
export const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 8 }),
  fc.constantFrom('', 'default', 'c5.large/us-east-1a', 'waits for a worker'),
);

/** Exact in all of them: whole and small, whole and large, and the odd ones. */
const anyNumber = fc.oneof(
  fc.constantFrom(0, 1, 1_795_356_131_000),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(-0, NaN, -Infinity),
);

/** Canonical UUIDs, those that nearly are, and anything else. */
const anyId = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.uuid().map((id) => id.replaceAll('-', '')),
  fc.uuid().map((id) => `${id.slice(0, 35)}g`),
  anyText,
  fc.nat(60).map((number) => `job-${number}`),
);

const anyCheckpoint = record({
  generation: fc.nat(),
  manifestKey: anyText,
  sizeBytes: fc.nat(),
  stopMs: fc.nat(),
  at: fc.nat(),
  workMs: fc.nat(),
});

function anyResult(id: string): fc.Arbitrary<JobRow['result']> {
  const key = fc.oneof(
    anyText,
    fc.constantFrom(`out/${id}/e1/manifest.json`, `${id}${id}`, `-:${id}`, `3:${id}`, '-:', ':'),
  );
  return fc.option(
    record({
      exitCode: fc.option(fc.integer(), { nil: undefined }),
      signal: fc.option(fc.constantFrom('SIGKILL', 'SIGTERM'), { nil: undefined }),
      manifestKey: key,
    }),
    { nil: undefined },
  );
}

/** Any row that the type allows. */
export const anyJob: fc.Arbitrary<JobRow> = anyId.chain((id) =>
  record({
    id: fc.constant(id),
    name: anyText,
    queue: anyText,
    priority: anyNumber,
    owner: anyText,
    state: fc.constantFrom(...JOB_STATES),
    epoch: anyNumber,
    attempt: anyNumber,
    leaseOwner: anyText,
    pool: anyText,
    reason: record({ code: fc.constantFrom(...REASON_CODES), since: anyNumber, detail: anyText, next: anyText }),
    rev: anyNumber,
    changedAt: anyNumber,
    submittedAt: anyNumber,
    turn: anyNumber,
    startedAt: anyNumber,
    endedAt: anyNumber,
    deadlineAt: anyNumber,
    notBefore: anyNumber,
    tally: record({ costUsd: anyNumber, interruptions: anyNumber, ranMs: anyNumber, lostMs: anyNumber }),
    losses: record({
      spot: fc.nat(),
      node: fc.nat(),
      controller: fc.nat(),
      inARow: fc.nat(),
      nodeInARow: fc.nat(),
      workers: fc.array(anyText, { maxLength: 8 }),
    }),
    checkpoint: fc.option(anyCheckpoint, { nil: undefined }),
    saving: fc.option(record({ driver: fc.constantFrom(...DRIVER_NAMES), why: anyText }), { nil: undefined }),
    result: anyResult(id),
    record: fc.option(
      record({
        book: anyText,
        key: anyText,
        value: fc.dictionary(fc.constantFrom('n', 'sum'), fc.double(), { noNullPrototype: true }),
      }),
      { nil: undefined },
    ),
    desired: fc.oneof(
      fc.constant({}),
      record({ checkpoint: record({ at: fc.nat(), by: anyText }) }),
      record({ hold: record({ at: fc.nat(), by: anyText }) }),
    ),
    maxUsdPerHour: anyNumber,
    workS: anyNumber,
    needs: fc.option(
      record({
        vcpus: fc.nat(),
        memoryMb: fc.nat(),
        gpus: fc.nat(),
        arch: fc.constantFrom('x86_64', 'arm64', 'any'),
        types: fc.array(anyText, { maxLength: 2 }),
        regions: fc.array(anyText, { maxLength: 2 }),
      }),
      { nil: undefined },
    ),
    rescue: fc.option(record({ at: fc.nat(), by: anyText, goAt: fc.nat() }), { nil: undefined }),
    after: fc.array(anyText, { maxLength: 3 }),
  }),
);
