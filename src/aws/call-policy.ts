import { linkedAbort } from '../engine/model/linked-abort.ts';
import { type Calls, serviceOf } from '../engine/model/calls.ts';
import { CIRCUIT_OPEN, type Fault, FaultError, isDoubtful } from '../engine/model/fault.ts';
import type { Clock } from '../engine/model/ports.ts';
import type { DurationMs, EpochMs } from '../engine/model/units.ts';
import { isAnswer, CallRecord } from './call-record.ts';
import { Circuit } from './circuit.ts';
import { faultFrom, isUnsent, mendsItself } from './errors.ts';
import { RetryBudget } from './retry-budget.ts';

/**
 * How long a call may take, and until when after its start it is tried again: a loop above has a newer idea by then.
 * `list` reads pages or makes resources; `long-poll` waits for a message up to 20 s; `transfer` moves files, and its sockets
 * are watched for silence instead (`clientOptions`).
 */
const KINDS = {
  quick: { timeoutMs: 5_000, triesForMs: 5_000, latency: 'counted' },
  list: { timeoutMs: 15_000, triesForMs: 10_000, latency: 'counted' },
  'long-poll': { timeoutMs: 25_000, triesForMs: 5_000, latency: 'not-counted' },
  transfer: { timeoutMs: 3_600_000, triesForMs: 60_000, latency: 'not-counted' },
} as const;

const TRIES_MAX = 3;
/** Full jitter: uniform between nothing and base x 2^n. Who was told that he asks too often waits longer. */
const BACKOFF_MS = { throttled: 500, other: 100 } as const;
const BACKOFF_MAX_MS: DurationMs = 5_000;
/** Observers are told this often at most, and of mere counts less often. */
const TELL_EVERY_MS: DurationMs = 2_000;
const TELL_COUNTS_EVERY_MS: DurationMs = 10_000;

/** No faults, but what was asked for: AWS is well when it says so. */
const ORDINARY: ReadonlySet<Fault['kind']> = new Set(['conflict', 'not-found', 'capacity', 'price']);

export interface Call {
  /** The service and what is asked of it: "dynamodb GetItem". */
  readonly operation: string;
  readonly target: string;
  /** `quick` unless said. */
  readonly kind?: keyof typeof KINDS;
  /** `unsent`: doing it twice is not doing it once, so it is tried again only when it certainly was not done. */
  readonly repeat?: 'always' | 'unsent';
  /** The caller gives up: that is no fault. */
  readonly signal?: AbortSignal;
}

export interface Try {
  /** Aborts when the time is over, or the caller gives up. */
  readonly signal: AbortSignal;
  /** An earlier try of this call may have been carried out: what looks like a refusal may be its echo. */
  readonly doubted: boolean;
}

interface Service {
  readonly name: string;
  readonly circuit: Circuit;
  readonly budget: RetryBudget;
  readonly record: CallRecord;
  /** What failed last, for whoever is not let out. */
  lastFault: string;
}

export interface CallPolicyOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** The one way to AWS: timeouts, retries with backoff within a budget, a circuit per service, and the figures of all of it. */
export class CallPolicy {
  readonly #options: CallPolicyOptions;
  readonly #services = new Map<string, Service>();
  readonly #observers = new Set<(calls: Calls, at: EpochMs) => void>();
  #toldMs: DurationMs = -Infinity;
  #hasNews = false;

  constructor(options: CallPolicyOptions) {
    this.#options = options;
  }

  /** Rejects with a FaultError. `act` is called once for each try. */
  async run<T>(call: Call, act: (attempt: Try) => Promise<T>): Promise<T> {
    const { clock, random } = this.#options;
    const service = this.#service(call.operation);
    const { triesForMs } = KINDS[call.kind ?? 'quick'];
    const beganMs = clock.monotonicMs();
    let doubted = false;
    let failure: FaultError | undefined;
    for (let tries = 1; ; tries++) {
      if (!service.circuit.enter(clock.monotonicMs())) {
        service.record.addRefused();
        this.#tell();
        throw failure ?? new FaultError(this.#openFault(service, call));
      }
      try {
        return await this.#try(service, call, (signal) => act({ signal, doubted }));
      } catch (error) {
        if (!(error instanceof FaultError) || gaveUp(call)) throw error;
        failure = error;
      }
      const mayRepeat = call.repeat !== 'unsent' || isUnsent(failure);
      const isLate = clock.monotonicMs() - beganMs >= triesForMs;
      if (tries >= TRIES_MAX || isLate || !mayRepeat || !mendsItself(failure) || !service.budget.spend()) throw failure;
      doubted ||= isDoubtful(failure.fault) && !isUnsent(failure);
      service.record.addRetry();
      const base = failure.fault.kind === 'throttled' ? BACKOFF_MS.throttled : BACKOFF_MS.other;
      await clock.sleep(random() * Math.min(BACKOFF_MAX_MS, base * 2 ** (tries - 1)), call.signal);
      if (gaveUp(call)) throw failure;
    }
  }

  /** Before what a batch left over is sent again, which is how DynamoDB throttles a part: `round` counts from 1. */
  async pauseForLeftOvers(service: string, round: number): Promise<void> {
    const { clock, random } = this.#options;
    this.#service(service).record.addThrottle();
    this.#hasNews = true;
    await clock.sleep(random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MS.other * 2 ** round));
  }

  figures(): Calls {
    const nowMs = this.#options.clock.monotonicMs();
    const at = (ms: DurationMs): EpochMs => Math.round(this.#options.clock.now() - nowMs + ms);
    return Object.fromEntries(
      [...this.#services].map(([name, { circuit, record }]) => {
        const { sinceMs, untilMs } = circuit.times;
        const times =
          circuit.state === 'closed' ? { since: 0, retryAt: 0 } : { since: at(sinceMs), retryAt: at(untilMs) };
        return [name, { ...record.figures(nowMs), circuit: { state: circuit.state, ...times } }];
      }),
    );
  }

  /** Tells the figures when they have changed, after a call and not by a timer. Returns the way to stop. */
  observe(observer: (calls: Calls, at: EpochMs) => void): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  async #try<T>(service: Service, call: Call, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const { timeoutMs, latency } = KINDS[call.kind ?? 'quick'];
    const beganMs = clock.monotonicMs();
    const over = linkedAbort(call.signal === undefined ? [] : [call.signal]);
    const settled = new AbortController();
    const late = clock.sleep(timeoutMs, settled.signal).then((): never => {
      throw new FaultError(timeoutFault(call, timeoutMs));
    });
    // After the race its end interests nobody.
    late.catch(() => undefined);
    let fault: Fault | undefined;
    try {
      return await Promise.race([act(over.signal), late]);
    } catch (error) {
      const failure =
        error instanceof FaultError
          ? error
          : new FaultError(faultFrom(error, call.operation, call.target), { cause: error });
      fault = failure.fault;
      throw failure;
    } finally {
      settled.abort();
      if (!gaveUp(call)) this.#note(service, { fault, latency, tookMs: clock.monotonicMs() - beganMs });
      // Only of what failed: an abort after the answer would close a connection that the next call can use.
      if (fault === undefined) over.release();
      else over.end();
    }
  }

  #note(
    service: Service,
    outcome: {
      readonly fault: Fault | undefined;
      readonly latency: 'counted' | 'not-counted';
      readonly tookMs: DurationMs;
    },
  ): void {
    const { clock } = this.#options;
    const { circuit, budget, record } = service;
    const fault = outcome.fault !== undefined && ORDINARY.has(outcome.fault.kind) ? undefined : outcome.fault;
    const before = circuit.state;
    const monotonicMs = clock.monotonicMs();
    record.add({ ...outcome, fault: fault?.kind }, { at: clock.now(), monotonicMs });
    if (fault === undefined) budget.earn();
    if (fault === undefined || isAnswer(fault.kind)) circuit.answered();
    else {
      service.lastFault = `${fault.kind}: ${fault.detail}`;
      circuit.failed(monotonicMs);
    }
    this.#hasNews ||= fault !== undefined || circuit.state !== before;
    this.#tell();
  }

  #tell(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const everyMs = this.#hasNews ? TELL_EVERY_MS : TELL_COUNTS_EVERY_MS;
    if (this.#observers.size === 0 || nowMs - this.#toldMs < everyMs) return;
    this.#toldMs = nowMs;
    this.#hasNews = false;
    const calls = this.figures();
    for (const observer of this.#observers) observer(calls, this.#options.clock.now());
  }

  #openFault({ name, circuit, lastFault }: Service, { operation, target }: Call): Fault {
    const inMs = Math.max(0, circuit.times.untilMs - this.#options.clock.monotonicMs());
    const detail = `not asked, for ${name} left ${circuit.failures} calls in a row without an answer (${lastFault}); asked again in ${(inMs / 1_000).toFixed(1)} s`;
    return { kind: 'unavailable', operation, target, detail, code: CIRCUIT_OPEN };
  }

  #service(operation: string): Service {
    const name = serviceOf(operation);
    let service = this.#services.get(name);
    if (service === undefined) {
      const circuit = new Circuit(this.#options.random);
      service = { name, circuit, budget: new RetryBudget(), record: new CallRecord(), lastFault: '' };
      this.#services.set(name, service);
    }
    return service;
  }
}

function gaveUp({ signal }: Call): boolean {
  return signal?.aborted === true;
}

function timeoutFault({ operation, target }: Call, timeoutMs: DurationMs): Fault {
  return { kind: 'timeout', operation, target, detail: `no answer within ${timeoutMs / 1_000} s`, code: 'Timeout' };
}
