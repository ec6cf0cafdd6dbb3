import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConditionalWrite } from '../../../src/engine/model/command.ts';
import { isLeased, isTerminal, JOB_TRANSITIONS, type JobRow, NO_LOSSES } from '../../../src/engine/model/job.ts';
import type { Item } from '../../../src/engine/model/ports.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { holdWished, parkJob, readyAgain, reapJob } from '../../../src/engine/protocol/leader-job-writes.ts';
import {
  holdJob,
  killJob,
  retryJob,
  unholdJob,
  wishCheckpoint,
} from '../../../src/engine/protocol/operator-job-writes.ts';
import { checkpointGeneration } from '../../../src/engine/protocol/checkpoint-item.ts';
import { abortCheckpoint, commitCheckpoint } from '../../../src/engine/protocol/checkpoint-writes.ts';
import {
  claimJob,
  endJob,
  heartbeat,
  interruptJob,
  releaseJob,
  startJob,
} from '../../../src/engine/protocol/worker-job-writes.ts';
import { SHARDS, tableWith } from '../../support/job-table.ts';
import { begins } from './one-job.ts';

const JOB = '0192f0c4-0000-7000-8000-000000000001';
const LEASE_MS = 100;
const TALLY = { costUsd: 1, interruptions: 0, ranMs: 10, lostMs: 0 };
const RESULT = { exitCode: 0, signal: undefined, manifestKey: 'm' };

interface Act {
  readonly actor: string;
  readonly row: JobRow;
  readonly at: number;
}

const holder = ({ actor, row }: Act) => ({ jobId: JOB, epoch: row.epoch, workerId: actor });
const ending = {
  code: 'exit',
  detail: '',
  record: undefined,
  result: RESULT,
  tally: TALLY,
  losses: NO_LOSSES,
  next: '',
  attempt: 1,
} as const;
const releasing = { detail: '', tally: TALLY, losses: NO_LOSSES, attempt: 1, readyShards: SHARDS.readyShards } as const;

/** Everything that can be written about a job, by whom; a worker writes under the epoch of the row that it remembers. */
const WORKER_ACTS: Readonly<Record<string, (act: Act) => ConditionalWrite>> = {
  start: (act) => startJob(act.row, holder(act), { at: act.at, restored: undefined }),
  beat: (act) => heartbeat(holder(act), { at: act.at, leaseUntil: act.at + LEASE_MS, progressPct: 5, atRiskMs: 1 }),
  begin: (act) => begins(holder(act), checkpointGeneration(act.row.epoch, act.at - (act.at % 20)), act.at),
  abort: (act) => abortCheckpoint(holder(act), checkpointGeneration(act.row.epoch, act.at - (act.at % 20))),
  checkpoint: (act) =>
    commitCheckpoint(act.row, holder(act), {
      pointer: {
        generation: checkpointGeneration(act.row.epoch, act.at - (act.at % 20)),
        manifestKey: 'k',
        sizeBytes: 1,
        stopMs: 1,
        at: act.at,
        workMs: 1,
      },
    }),
  interrupt: (act) => interruptJob(act.row, holder(act), { at: act.at, takeAt: act.at + 50 }),
  release: (act) => releaseJob(act.row, holder(act), { ...releasing, at: act.at, code: 'released', notBefore: 0 }),
  retry: (act) => releaseJob(act.row, holder(act), { ...releasing, at: act.at, code: 'retry', notBefore: act.at + 20 }),
  succeed: (act) => endJob(act.row, holder(act), { ...ending, state: 'SUCCEEDED', at: act.at }),
  fail: (act) => endJob(act.row, holder(act), { ...ending, state: 'FAILED', at: act.at }),
};
const claim = (act: Act): ConditionalWrite =>
  claimJob(act.row, { workerId: act.actor, pool: 'p', at: act.at, leaseUntil: act.at + LEASE_MS });
const OTHER_ACTS: Readonly<Record<string, (act: Act) => ConditionalWrite | undefined>> = {
  kill: ({ row, at }) => killJob(row, { at, by: 'ana' }),
  wish: ({ row, at }) => wishCheckpoint(row, { at, by: 'ana' }),
  readyAgain: ({ row, at }) => readyAgain(row, { at, leaderEpoch: 1, readyShards: SHARDS.readyShards }),
  park: ({ row, at }) => parkJob(row, { at, leaderEpoch: 1 }),
  hold: ({ row, at }) => holdJob(row, { at, by: 'ana' }),
  unholdParked: ({ row, at }) => unholdJob(row, { at, by: 'ana', readyShards: SHARDS.readyShards, parksAt: at }),
  unhold: ({ row, at }) => unholdJob(row, { at, by: 'ana', readyShards: SHARDS.readyShards }),
  holdWished: ({ row, at }) => holdWished(row, { at, leaderEpoch: 1 }),
  againParked: ({ row, at }) => retryJob(row, { at, by: 'ana', readyShards: SHARDS.readyShards, parksAt: at }),
  again: ({ row, at }) => retryJob(row, { at, by: 'ana', readyShards: SHARDS.readyShards }),
  reapSilent: ({ row, at }) => reap(row, at, { kind: 'lease-over', before: at - 10 }),
  reapGone: ({ row, at }) => reap(row, at, { kind: 'gone' }),
};

function reap(
  row: JobRow,
  at: number,
  evidence: Parameters<typeof reapJob>[1]['evidence'],
): ConditionalWrite | undefined {
  const facts = {
    at,
    cause: 'node' as const,
    detail: '',
    leaderEpoch: 1,
    readyShards: SHARDS.readyShards,
    tally: TALLY,
    evidence,
  };
  return isLeased(row.state) ? reapJob(row, facts) : undefined;
}

const ACTS: Readonly<Record<string, (act: Act) => ConditionalWrite | undefined>> = {
  claim,
  ...WORKER_ACTS,
  ...OTHER_ACTS,
};
type ActName = string;
/** Of a run that goes on: readers of changes do not see them. */
const QUIET = new Set<ActName>(['beat', 'begin', 'abort']);
/** Ends come seldom, so that a history has a middle. */
const weighted = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('claim', 'start') },
  { weight: 5, arbitrary: fc.constantFrom('beat', 'begin', 'checkpoint', 'interrupt', 'wish', 'readyAgain') },
  { weight: 3, arbitrary: fc.constantFrom('release', 'retry', 'abort', 'reapSilent', 'reapGone') },
  { weight: 2, arbitrary: fc.constantFrom('hold', 'unhold', 'holdWished', 'again') },
  { weight: 1, arbitrary: fc.constantFrom('park', 'unholdParked', 'againParked', 'readyAgain') },
  { weight: 1, arbitrary: fc.constantFrom('succeed', 'fail', 'kill') },
);
const history = fc.array(
  fc.record({
    act: weighted,
    actor: fc.constantFrom('w1', 'w2'),
    /** How many rows back the actor's memory is; mostly the newest. */
    stale: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 6 }) }),
    laterMs: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(LEASE_MS + 20)),
  }),
  { minLength: 5, maxLength: 60 },
);

/** Plays a history; `skewMs` is how far the second worker's clock is ahead. Calls back at each write that was carried out or refused. */
async function play(
  steps: typeof history extends fc.Arbitrary<infer T> ? T : never,
  skewMs: number,
  check: (step: { act: ActName; write: ConditionalWrite; seen: Act; before: Item; after: Item | undefined }) => void,
): Promise<void> {
  const table = await tableWith([{ id: JOB, at: 1 }]);
  const rows: JobRow[] = [];
  const learn = (item: Item): void => void rows.push(jobRowOf(item) as JobRow);
  learn((await table.get('jobs', JOB)) as Item);
  let now = 1_000;
  for (const { act, actor, stale, laterMs } of steps) {
    now += laterMs;
    const row = rows.at(-1 - stale) ?? (rows[0] as JobRow);
    const seen = { actor, row, at: actor === 'w2' ? now + skewMs : now };
    const write = ACTS[act]?.(seen);
    if (write === undefined) continue;
    const before = (await table.get('jobs', JOB)) as Item;
    const after = await table.write(write);
    expect((await table.get('jobs', JOB)) as Item).toEqual(after ?? before);
    check({ act, write, seen, before, after });
    if (after !== undefined) learn(after);
  }
}

const number = (item: Item, name: string): number => Number(item[name]);

test('whatever two workers, the leader and operators write in whatever order: one commit, and the fence holds', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      let commits = 0;
      await play(steps, 0, ({ act, seen, before, after }) => {
        if (act in WORKER_ACTS && after !== undefined) {
          expect(before['epoch']).toBe(seen.row.epoch);
          expect(before['leaseOwner']).toBe(seen.actor);
        }
        if (after === undefined) return;
        const [from, to] = [jobRowOf(before) as JobRow, jobRowOf(after) as JobRow];
        // What has ended stays so, unless an operator tries again what did not succeed.
        if (isTerminal(from.state)) expect(from.state).not.toBe('SUCCEEDED');
        if (isTerminal(from.state)) expect(['again', 'againParked']).toContain(act);
        if (from.state !== to.state) expect(JOB_TRANSITIONS[from.state]).toContain(to.state);
        if (to.state === 'SUCCEEDED') commits += 1;
        expect(to.epoch).toBe(from.epoch + (act === 'claim' ? 1 : 0));
        expect(to.rev).toBe(from.rev + (QUIET.has(act) ? 0 : 1));
        expect(to.changedAt).toBeGreaterThanOrEqual(from.changedAt);
        if (QUIET.has(act)) expect(to.changedAt).toBe(from.changedAt);
        if (to.checkpoint !== undefined && from.checkpoint !== undefined)
          expect(to.checkpoint.generation).toBeGreaterThanOrEqual(from.checkpoint.generation);
        if (act === 'checkpoint') expect(before['pendingGeneration']).toBe(to.checkpoint?.generation);
        if (!isLeased(to.state))
          expect([after['checkpointPending'], after['pendingGeneration']]).toEqual([undefined, undefined]);
        expect(after['leaseOwner'] !== undefined).toBe(isLeased(to.state));
        expect(after['readyKey'] !== undefined).toBe(to.state === 'RUNNABLE' && to.notBefore === 0);
      });
      expect(commits).toBeLessThanOrEqual(1);
    }),
    { numRuns: 80 },
  );
});

test('where clocks differ, changedAt goes back by no more than they do: a reader asks that much earlier', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 0, max: 500 }), async (steps, skewMs) => {
      await play(steps, skewMs, ({ before, after }) => {
        if (after !== undefined)
          expect(number(before, 'changedAt') - number(after, 'changedAt')).toBeLessThanOrEqual(skewMs);
      });
    }),
    { numRuns: 80 },
  );
});

test('every transition of a claimed job is written by somebody', async () => {
  const seen = new Set<string>();
  for (const steps of fc.sample(history, { seed: 11, numRuns: 3_000 })) {
    await play(steps, 0, ({ before, after }) => {
      if (after !== undefined && before['state'] !== after['state']) seen.add(`${before['state']} ${after['state']}`);
    });
  }
  const all = Object.entries(JOB_TRANSITIONS)
    // BLOCKED is not in these histories.
    .filter(([from]) => from !== 'BLOCKED')
    .flatMap(([from, next]) => next.map((to) => `${from} ${to}`));
  expect([...seen].sort()).toEqual(all.sort());
});
