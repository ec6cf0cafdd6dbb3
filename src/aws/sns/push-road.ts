import { describeFault, FaultError } from '../../engine/model/fault.ts';
import type { Clock, TableStore } from '../../engine/model/ports.ts';
import type { PushFigures } from '../../engine/model/push.ts';
import type { DurationMs, EpochMs } from '../../engine/model/units.ts';
import type { SnsSubscriptions } from './subscriptions.ts';
import type { PushRefusal, SnsMessage } from './verify.ts';

/** Paths of masters' endpoints begin with this: others on the same topic are somebody else's, and are left alone. */
export const PUSH_PATH = '/cbas-push/';
/** A subscription that is gone is noticed and made again within this. */
const CHECK_EVERY_MS: DurationMs = 60_000;
/** A token that did not arrive is asked for again after this. */
const ASK_AGAIN_MS: DurationMs = 5 * 60_000;
/** A master that has not said for so long that its endpoint lives has none any more. */
const DEAD_AFTER_MS: DurationMs = 10 * 60_000;
const REGISTRY = 'push:';

export interface PushRoadOptions {
  readonly masterId: string;
  /** Where SNS finds us. */
  readonly endpoint: string;
  readonly topics: readonly string[];
  readonly subscriptions: Pick<SnsSubscriptions, 'list' | 'subscribe' | 'confirm' | 'remove'>;
  readonly store: TableStore;
  readonly clock: Clock;
  /** Takes the text of a notification. */
  readonly deliver: (id: string, body: string) => void;
  readonly onChange: (figures: PushFigures) => void;
  readonly say: (line: string) => void;
}

/**
 * Keeps a master's endpoint subscribed: asks, confirms by the token that comes, learns its ARN, asks again when the subscription is
 * gone (somebody removed it, the topic was made anew), and removes those of masters that are gone. One per master.
 */
export class PushRoad {
  readonly #options: PushRoadOptions;
  /** By topic. */
  readonly #arns = new Map<string, string>();
  readonly #askedAt = new Map<string, EpochMs>();
  #accepted = 0;
  #refused: Record<string, number> = {};
  #newest: PushFigures['newest'] = { at: 0, reason: '', detail: '' };

  constructor(options: PushRoadOptions) {
    this.#options = options;
  }

  get figures(): PushFigures {
    const { endpoint, topics } = this.#options;
    return {
      endpoint,
      confirmed: this.#arns.size,
      pending: topics.length - this.#arns.size,
      accepted: this.#accepted,
      refused: this.#refused,
      newest: this.#newest,
    };
  }

  /** ARN of our subscription to a topic; undefined while there is none. */
  arnOf(topic: string): string | undefined {
    return this.#arns.get(topic);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, say } = this.#options;
    while (!signal.aborted) {
      try {
        await this.check();
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        say(`the push road: ${describeFault(error.fault)}`);
      }
      await clock.sleep(CHECK_EVERY_MS, signal);
    }
  }

  /** One round of all that `run` does. */
  async check(): Promise<void> {
    const { masterId, endpoint, store, clock, topics } = this.#options;
    await store.write({
      table: 'misc',
      key: `${REGISTRY}${masterId}`,
      conditions: [],
      set: { value: { endpoint, at: clock.now() } },
      add: {},
      remove: [],
    });
    const living = await this.#living();
    for (const topic of topics) await this.#checkTopic(topic, living);
    this.#tell();
  }

  async #checkTopic(topic: string, living: ReadonlySet<string>): Promise<void> {
    const { endpoint, subscriptions, clock, say } = this.#options;
    const there = await subscriptions.list(topic);
    const own = there.find((one) => one.endpoint === endpoint);
    if (own?.arn !== undefined) this.#arns.set(topic, own.arn);
    else {
      this.#arns.delete(topic);
      const askedAt = this.#askedAt.get(topic);
      // Pending, and asked not long ago: the token is on its way.
      if (own === undefined || askedAt === undefined || askedAt + ASK_AGAIN_MS <= clock.now()) {
        this.#askedAt.set(topic, clock.now());
        await subscriptions.subscribe(topic, endpoint);
      }
    }
    for (const { arn, endpoint: other } of there) {
      if (arn === undefined || other === endpoint || living.has(other) || !isMasters(other)) continue;
      await subscriptions.remove(arn);
      say(`removed the subscription of ${other}: no master answers for it any more`);
    }
  }

  /** Endpoints of masters that have said lately that they are there. The entries of others are removed. */
  async #living(): Promise<ReadonlySet<string>> {
    const { store, clock } = this.#options;
    const living = new Set<string>();
    let after: Parameters<TableStore['scan']>[1];
    do {
      const page = await store.scan('misc', after);
      for (const item of page.items) {
        const name = String(item['name']);
        if (!name.startsWith(REGISTRY)) continue;
        const { endpoint, at } = (item['value'] ?? {}) as { readonly endpoint?: unknown; readonly at?: unknown };
        if (typeof at === 'number' && at + DEAD_AFTER_MS > clock.now()) living.add(String(endpoint));
        else await store.delete('misc', name);
      }
      after = page.next;
    } while (after !== undefined);
    return living;
  }

  /** A verified message. Returns why it is refused all the same. */
  async receive({ type, id, topicArn, message, token }: SnsMessage): Promise<PushRefusal | undefined> {
    const { subscriptions, deliver, say } = this.#options;
    if (type === 'SubscriptionConfirmation') {
      // Anybody may subscribe our address to a topic; only what we asked for is confirmed.
      if (!this.#askedAt.has(topicArn)) return 'unasked';
      this.#arns.set(topicArn, await subscriptions.confirm(topicArn, token));
      say(`subscribed to ${topicArn}`);
    } else if (type === 'UnsubscribeConfirmation') {
      say(`unsubscribed from ${topicArn}; subscribing again`);
      this.#arns.delete(topicArn);
      this.#askedAt.delete(topicArn);
    } else deliver(id, message);
    this.#accepted += 1;
    this.#tell();
    return undefined;
  }

  refuse(reason: PushRefusal, detail: string): void {
    this.#refused = { ...this.#refused, [reason]: (this.#refused[reason] ?? 0) + 1 };
    this.#newest = { at: this.#options.clock.now(), reason, detail };
    this.#tell();
  }

  /** In order: our subscriptions go with us. */
  async leave(): Promise<void> {
    const { subscriptions, store, masterId } = this.#options;
    for (const arn of this.#arns.values()) await subscriptions.remove(arn);
    await store.delete('misc', `${REGISTRY}${masterId}`);
  }

  #tell(): void {
    this.#options.onChange(this.figures);
  }
}

function isMasters(endpoint: string): boolean {
  return URL.canParse(endpoint) && new URL(endpoint).pathname.startsWith(PUSH_PATH);
}
