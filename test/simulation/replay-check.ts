import { reduce } from '../../src/engine/decide/reduce.ts';
import type { EngineEvent } from '../../src/engine/model/event.ts';
import { emptySnapshot, type Snapshot } from '../../src/engine/model/snapshot.ts';
import type { Journal } from '../../src/engine/run/journal.ts';

/** The replay is compared with the live snapshot this often, and at the end. */
const COMPARE_EVERY = 1_000;

/** A journal that is folded again from its own lines: what was live must be what a reader of the journal sees. */
export class ReplayCheck implements Journal {
  readonly #onDifference: (what: string) => void;
  #replayed: Snapshot = emptySnapshot();
  #live: (() => Snapshot) | undefined;
  #lines: string[] = [];
  events = 0;

  constructor(onDifference: (what: string) => void) {
    this.#onDifference = onDifference;
  }

  watch(live: () => Snapshot): void {
    this.#live = live;
  }

  append(events: readonly EngineEvent[]): void {
    if (this.#lines.length >= COMPARE_EVERY) this.compare();
    for (const event of events) this.#lines.push(JSON.stringify(event));
    this.events += events.length;
  }

  close(): void {
    this.compare();
  }

  /** Called before the newest events are folded, so both sides stand at the same event. */
  compare(): void {
    for (const line of this.#lines) this.#replayed = reduce(this.#replayed, JSON.parse(line) as EngineEvent);
    this.#lines = [];
    const live = this.#live?.();
    if (live === undefined) return;
    for (const name of Object.keys(live) as (keyof Snapshot)[]) {
      const [now, again] = [plain(live[name]), plain(this.#replayed[name])];
      if (now !== again) this.#onDifference(`replay differs in ${name}: ${now.slice(0, 200)} / ${again.slice(0, 200)}`);
    }
  }
}

/** Rows as lists; what JSON leaves out is the same as what is not there. */
function plain(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && Symbol.iterator in inner && !Array.isArray(inner)
      ? [...(inner as Iterable<unknown>)]
      : inner,
  ) as string | undefined;
  return text ?? '';
}
