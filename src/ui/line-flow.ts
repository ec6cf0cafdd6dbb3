/** Asks the terminal whether it is well (DSR): it answers when it has read all that was written before. */
export const STATUS_QUERY = '\u001b[5n';

/** So many bytes on their way are nothing that anybody sees. */
const WINDOW_MIN = 4_096;
const WINDOW_MAX = 262_144;
/** What a line may hold besides what it carries in the time of an answer. */
const QUEUED_MS = 50;
/** Written since the last answer; less is not worth a question. */
const ASK_FROM = 1_024;
/** What even a poor line carries: bytes written some time ago are there. */
const CARRIED_PER_MS = 2;
/** A question without an answer for so long is lost: the terminal behind the line may have changed. */
const LOST_MS = 3_000;

export interface FlowClock {
  nowMs(): number;
  after(delayMs: number, call: () => void): void;
}

const systemClock: FlowClock = {
  nowMs: () => performance.now(),
  after: (delayMs, call) => void setTimeout(call, delayMs).unref(),
};

/**
 * How much of what was written is still on its way to the operator's eyes. The kernel and an SSH connection take megabytes
 * and say nothing, so the terminal itself is asked, one question at a time; while more is on its way than the line carries
 * in a moment, nothing is painted, and what is painted then is the newest. A terminal that never answered is never waited for.
 */
export class LineFlow {
  readonly #clock: FlowClock;
  #sinceAnswer = 0;
  #countedMs = 0;
  #asked: { readonly atMs: number; readonly bytes: number } | undefined;
  #hasAnswered = false;
  #isSilent = false;
  #window = WINDOW_MIN;
  #leastMs = Infinity;
  #onFree: (() => void) | undefined;
  readonly #settled: (() => void)[] = [];
  /** Somebody reads what the terminal answers. Before and after that, the terminal would echo it into the screen, or a shell take it for keys. */
  isHeard = false;

  constructor(clock: FlowClock = systemClock) {
    this.#clock = clock;
  }

  /** A question is open: its answer would be typed into whatever reads the terminal next. */
  get isAsking(): boolean {
    return this.#asked !== undefined;
  }

  /** The line has room for a frame. */
  isFree(): boolean {
    this.#age();
    return !this.#hasAnswered || this.#sinceAnswer < this.#window;
  }

  /** Calls once when there is room again; a later call takes the place of an earlier one. */
  whenFree(call: () => void): void {
    this.#onFree = call;
  }

  /** Takes note of bytes; returns what is to be written behind them. */
  wrote(bytes: number): string {
    this.#age();
    this.#sinceAnswer += bytes;
    return this.#sinceAnswer < ASK_FROM ? '' : this.ask();
  }

  /** The question, to be written now; empty while one is open, or where none is ever answered. */
  ask(): string {
    if (!this.isHeard || this.#isSilent || this.#asked !== undefined) return '';
    const asked = { atMs: this.#clock.nowMs(), bytes: this.#sinceAnswer };
    this.#asked = asked;
    this.#clock.after(LOST_MS, () => this.#asked === asked && this.#lose());
    return STATUS_QUERY;
  }

  /** The terminal has answered. */
  answered(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    const tookMs = Math.max(0.1, this.#clock.nowMs() - asked.atMs);
    this.#leastMs = Math.min(this.#leastMs, tookMs);
    const perMs = asked.bytes / tookMs;
    this.#window = Math.min(WINDOW_MAX, Math.max(WINDOW_MIN, perMs * (this.#leastMs + QUEUED_MS)));
    this.#hasAnswered = true;
    this.#sinceAnswer = Math.max(0, this.#sinceAnswer - asked.bytes);
    this.#close();
  }

  /** Resolves when no question is open, or after a moment. */
  settled(withinMs: number): Promise<void> {
    if (this.#asked === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settled.push(resolve);
      this.#clock.after(withinMs, resolve);
    });
  }

  #lose(): void {
    // It may be on its way over a dead line; but one that never came will not come the next time.
    this.#isSilent = !this.#hasAnswered;
    this.#sinceAnswer = 0;
    this.#close();
  }

  #close(): void {
    this.#asked = undefined;
    for (const resolve of this.#settled.splice(0)) resolve();
    const call = this.#onFree;
    this.#onFree = undefined;
    call?.();
  }

  #age(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#asked === undefined)
      this.#sinceAnswer = Math.max(0, this.#sinceAnswer - (nowMs - this.#countedMs) * CARRIED_PER_MS);
    this.#countedMs = nowMs;
  }
}

const flows = new WeakMap<object, LineFlow>();

/** The flow of a terminal's output, shared by who writes there and who hears its answers. */
export function flowOf(stream: object): LineFlow {
  const known = flows.get(stream);
  if (known !== undefined) return known;
  const flow = new LineFlow();
  flows.set(stream, flow);
  return flow;
}
