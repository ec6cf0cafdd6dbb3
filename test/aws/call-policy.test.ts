import { describe, expect, test } from 'vitest';
import { type Call, CallPolicy, type Try } from '../../src/aws/call-policy.ts';
import { VirtualClock } from '../../src/aws/memory/virtual-clock.ts';
import type { Calls } from '../../src/engine/model/calls.ts';
import { FaultError, type FaultKind } from '../../src/engine/model/fault.ts';
import { seededRng } from '../../src/engine/model/rng.ts';
import { NOW } from '../support/snapshots.ts';

const READ: Call = { operation: 'dynamodb GetItem', target: 'jobs' };
const ONCE: Call = { operation: 'dynamodb UpdateItem', target: 'jobs', repeat: 'unsent' };

/** As the SDK throws: `aws/errors` finds the kind. */
function thrown(name: string, more: object = {}): Error {
  return Object.assign(new Error(`said ${name}`), { name, ...more });
}

function policy(random: () => number = seededRng(7).next) {
  const clock = new VirtualClock(NOW);
  const calls = new CallPolicy({ clock, random });
  /** Runs a call to its end, on the virtual clock. */
  const run = async <T>(call: Call, act: (attempt: Try) => Promise<T>): Promise<T | FaultError> => {
    let end: { readonly value: T | FaultError } | undefined;
    void calls.run(call, act).then(
      (value) => (end = { value }),
      (error: unknown) => (end = { value: error as FaultError }),
    );
    await clock.until(() => end !== undefined);
    return end!.value;
  };
  /** So many calls, each answered with that error, or well. */
  const repeat = async (count: number, call: Call, error?: Error): Promise<void> => {
    for (let n = 0; n < count; n++) await run(call, () => (error === undefined ? Promise.resolve(1) : Promise.reject(error)));
  }; // prettier-ignore
  return { clock, calls, run, repeat };
}

function kindOf(outcome: unknown): FaultKind | undefined {
  return outcome instanceof FaultError ? outcome.fault.kind : undefined;
}

/** Fails so often, then answers with the number of tries. */
function failing(errors: readonly Error[]) {
  const tries: Try[] = [];
  const act = (attempt: Try): Promise<number> => {
    tries.push(attempt);
    const error = errors[tries.length - 1];
    return error === undefined ? Promise.resolve(tries.length) : Promise.reject(error);
  };
  return { act, tries };
}

describe('what is tried again', () => {
  test.each([
    ['ThrottlingException', READ, 3],
    ['InternalServerError', READ, 3],
    ['ECONNRESET', READ, 3],
    ['AccessDeniedException', READ, 1],
    ['ValidationException', READ, 1],
    ['ExpiredTokenException', READ, 1],
    ['ConditionalCheckFailedException', ONCE, 1],
    ['ThrottlingException', ONCE, 3],
    ['InternalServerError', ONCE, 1],
    ['ECONNRESET', ONCE, 1],
  ] as const)('%s of %o: %i tries', async (name, call, tries) => {
    const { run } = policy();
    const { act, tries: made } = failing(Array<Error>(5).fill(thrown(name)));
    expect(kindOf(await run(call, act))).toBeDefined();
    expect(made).toHaveLength(tries);
  });

  test('a connection that never came to be carried out nothing, whatever was asked', async () => {
    const { run } = policy();
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const noTime = Object.assign(
      new Error('the request socket did not establish a connection with the server within the configured timeout'),
      { name: 'TimeoutError' },
    );
    const { act, tries } = failing([refused, noTime]);
    expect(await run(ONCE, act)).toBe(3);
    expect(tries.map(({ doubted }) => doubted)).toEqual([false, false, false]);
  });

  test('a signature that AWS found too old is made again with the time that it told', async () => {
    const { run } = policy();
    const skewed = thrown('SignatureDoesNotMatch', { $metadata: { httpStatusCode: 403, clockSkewCorrected: true } });
    expect(await run(ONCE, failing([skewed]).act)).toBe(2);
    expect(kindOf(await run(ONCE, failing([thrown('SignatureDoesNotMatch')]).act))).toBe('denied');
  });

  test('a try after one in doubt is told so', async () => {
    const { run } = policy();
    const { act, tries } = failing([thrown('ThrottlingException'), thrown('InternalServerError')]);
    expect(await run(READ, act)).toBe(3);
    expect(tries.map(({ doubted }) => doubted)).toEqual([false, false, true]);
  });

  test('waits with full jitter, longer each time, longest where it was throttled', async () => {
    for (const [name, base] of [['InternalServerError', 100], ['ThrottlingException', 500]] as const) {
      const { clock, run } = policy(() => 0.5);
      const at: number[] = [];
      await run(READ, () => (at.push(clock.monotonicMs()), Promise.reject(thrown(name))));
      expect(at).toEqual([0, base / 2, base / 2 + base]);
    } // prettier-ignore
  });

  test('a quick call that took its whole time to fail is not tried again: the loop above has a newer idea', async () => {
    const { clock, calls, run } = policy();
    const { act, tries } = failing([]);
    const outcome = await run(READ, async (attempt) => {
      await act(attempt);
      return clock.sleep(60_000);
    });
    expect([kindOf(outcome), tries.length, clock.monotonicMs()]).toEqual(['timeout', 1, 5_000]);
    expect(tries[0]?.signal.aborted).toBe(true);
    expect(calls.figures()['dynamodb']).toMatchObject({ calls: 1, faults: { timeout: 1 } });
  });
});

describe('the retry budget', () => {
  test('a service in trouble gets a fifth more load, and not three times as much', async () => {
    const { calls, repeat } = policy();
    await repeat(500, READ);
    await repeat(100, READ, thrown('ThrottlingException'));
    // Ten were saved up; calls that fail earn none.
    expect(calls.figures()['dynamodb']).toMatchObject({ calls: 610, retries: 10, throttles: 110 });
    await repeat(50, READ);
    await repeat(50, READ, thrown('ThrottlingException'));
    expect(calls.figures()['dynamodb']?.retries).toBe(20);
  });

  test('is each service’s own', async () => {
    const { calls, repeat } = policy();
    await repeat(30, READ, thrown('ThrottlingException'));
    await repeat(1, { operation: 'sqs SendMessageBatch', target: 'ping' }, thrown('ThrottlingException'));
    expect(calls.figures()['sqs']?.retries).toBe(2);
  });
});

describe('the circuit', () => {
  const down = thrown('ServiceUnavailable');

  test('opens after five calls in a row without an answer, and then nothing is sent, with a clear word', async () => {
    const { calls, run, repeat } = policy();
    await repeat(5, ONCE, down);
    expect(calls.figures()['dynamodb']?.circuit).toMatchObject({ state: 'open', since: NOW });
    const { act, tries } = failing([]);
    const outcome = await run(READ, act);
    expect(tries).toHaveLength(0);
    expect(outcome).toMatchObject({ fault: { kind: 'unavailable', code: 'CircuitOpen', operation: 'dynamodb GetItem' } });
    expect(String(outcome)).toMatch(/dynamodb left 5 calls in a row without an answer \(unavailable: said ServiceUnavailable\); asked again in 0\.\d s/);
    expect(calls.figures()['dynamodb']).toMatchObject({ calls: 5, refused: 1 });
    expect(await run({ operation: 'sqs GetQueueUrl', target: 'q' }, failing([]).act)).toBe(1);
  }); // prettier-ignore

  test('a no is an answer: it keeps the circuit closed', async () => {
    const { calls, repeat } = policy();
    for (let n = 0; n < 4; n++) {
      await repeat(4, ONCE, down);
      await repeat(1, ONCE, thrown('AccessDeniedException'));
    }
    await repeat(20, ONCE, thrown('ThrottlingException'));
    expect(calls.figures()['dynamodb']?.circuit.state).toBe('closed');
  });

  test('lets one call out when its time is over; it closes by an answer, and opens for longer by none', async () => {
    const { clock, calls, run, repeat } = policy(() => 1);
    const circuit = () => calls.figures()['dynamodb']?.circuit;
    await repeat(5, ONCE, down);
    const pauses: number[] = [];
    for (let n = 0; n < 5; n++) {
      pauses.push((circuit()?.retryAt ?? 0) - clock.now());
      await clock.advance((circuit()?.retryAt ?? 0) - clock.now());
      await repeat(1, ONCE, down);
    }
    // Never longer than a lease can bear.
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 2_000]);
    await clock.advance(2_000);
    let answer: (value: number) => void = () => undefined;
    const probe = calls.run(READ, () => new Promise<number>((resolve) => (answer = resolve)));
    expect(circuit()?.state).toBe('half-open');
    expect(kindOf(await run(READ, failing([]).act))).toBe('unavailable');
    answer(1);
    expect(await probe).toBe(1);
    expect(circuit()).toEqual({ state: 'closed', since: 0, retryAt: 0 });
    expect(await run(READ, failing([]).act)).toBe(1);
  });

  test('a probe that hangs does not bar the way', async () => {
    const { clock, calls, run, repeat } = policy();
    await repeat(5, ONCE, down);
    await clock.advance(2_000);
    const poll: Call = { operation: 'dynamodb Scan', target: 'jobs', kind: 'long-poll' };
    calls.run(poll, () => new Promise(() => undefined)).catch(() => undefined);
    await clock.advance(2_000);
    expect(await run(READ, failing([]).act)).toBe(1);
    expect(calls.figures()['dynamodb']?.circuit.state).toBe('closed');
  });
});

describe('the figures', () => {
  test('latency in classes, of the last minute; waits and transfers are not slow', async () => {
    const { clock, calls, run } = policy();
    const take = (ms: number, call: Call = READ) => run(call, () => clock.sleep(ms));
    for (let n = 0; n < 18; n++) await take(8);
    for (let n = 0; n < 2; n++) await take(300);
    await take(19_000, { ...READ, kind: 'long-poll' });
    await take(25_000, { ...READ, kind: 'transfer' });
    expect(calls.figures()['dynamodb']).toMatchObject({ calls: 22, p50Ms: 10, p95Ms: 500, faults: {} });
    await clock.advance(70_000);
    expect(calls.figures()['dynamodb']).toMatchObject({ calls: 22, recent: { calls: 0, faults: 0 }, p95Ms: 0 });
  });

  test('a condition that did not hold, or no capacity, is an answer and no fault', async () => {
    const { calls, repeat } = policy();
    for (const name of ['ConditionalCheckFailedException', 'NoSuchKey', 'InsufficientInstanceCapacity'])
      await repeat(1, ONCE, thrown(name));
    expect(calls.figures()['dynamodb']).toMatchObject({ calls: 3, faults: {}, answeredAt: NOW });
  });

  test('a caller that gives up is no fault, and is let go at once', async () => {
    const { clock, calls } = policy();
    const stop = new AbortController();
    const waiting = calls.run(
      { operation: 'sqs ReceiveMessage', target: 'ping', kind: 'long-poll', signal: stop.signal },
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(thrown('AbortError')))),
    );
    await clock.advance(3_000);
    stop.abort();
    await expect(waiting).rejects.toThrow('AbortError');
    expect(calls.figures()['sqs']).toMatchObject({ calls: 0, faults: {} });
  });

  test('are told after a call: faults within two seconds, counts within ten, and nothing when nothing was called', async () => {
    const { clock, calls, run, repeat } = policy();
    const told: { readonly ms: number; readonly calls: Calls }[] = [];
    const stop = calls.observe((figures) => told.push({ ms: clock.monotonicMs(), calls: figures }));
    for (let n = 0; n < 12; n++) {
      await repeat(1, READ);
      await clock.advance(1_000);
    }
    expect(told.map(({ ms }) => ms)).toEqual([0, 10_000]);
    await clock.advance(60_000);
    expect(told).toHaveLength(2);
    for (let n = 0; n < 5; n++) {
      await run(READ, failing([thrown('AccessDeniedException')]).act);
      await clock.advance(1_000);
    }
    expect(told.slice(2).map(({ ms }) => ms - 72_000)).toEqual([0, 2_000, 4_000]);
    expect(told.at(-1)?.calls['dynamodb']?.faults).toEqual({ denied: 5 });
    stop();
    await clock.advance(20_000);
    await repeat(1, READ);
    expect(told).toHaveLength(5);
  });
});
