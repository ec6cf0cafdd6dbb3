import path from 'node:path';
import { openState, type LoggedState } from '../logged-state.ts';
import { ServiceError } from '../service.ts';
import { initialAttributes, numberOf, parseRedrivePolicy, type QueueAttributes } from './attributes.ts';
import type { StoredMessage } from './message.ts';
import { MessageQueue } from './queue.ts';

export interface Queue {
  readonly name: string;
  readonly arn: string;
  /** Epoch ms. */
  readonly createdAt: number;
  changedAt: number;
  attributes: QueueAttributes;
  tags: Readonly<Record<string, string>>;
  readonly messages: MessageQueue;
}

/** One line of the log. Receives are not logged: after a crash what was in flight is visible again. */
type Entry =
  | { readonly op: 'create'; readonly name: string; readonly arn: string; readonly at: number }
  | { readonly op: 'configure'; readonly name: string; readonly attributes: QueueAttributes; readonly at: number }
  | { readonly op: 'tag'; readonly name: string; readonly tags: Readonly<Record<string, string>> }
  | { readonly op: 'drop' | 'purge'; readonly name: string }
  | { readonly op: 'send'; readonly name: string; readonly message: StoredMessage; readonly visibleAt: number }
  | { readonly op: 'delete'; readonly name: string; readonly ids: readonly string[] };

/** All queues: a map in memory, and the log that it is rebuilt from. Every change is logged before it is made. */
export class QueueStore {
  private readonly queues = new Map<string, Queue>();
  private readonly log: LoggedState<Entry>;

  constructor(folder: string) {
    this.log = openState<Entry>({
      file: path.join(folder, 'sqs.jsonl'),
      apply: (entry) => this.apply(entry),
      entries: () => this.entries(),
    });
  }

  all(): readonly Queue[] {
    return [...this.queues.values()];
  }

  find(name: string): Queue | undefined {
    return this.queues.get(name);
  }

  /** By the last segment of an URL or an ARN. */
  get(name: string): Queue {
    const queue = this.queues.get(name);
    if (queue !== undefined) return queue;
    throw new ServiceError('QueueDoesNotExist', `The specified queue does not exist: ${name}.`);
  }

  record(entry: Entry): void {
    this.log.record(entry);
  }

  /** The oldest visible message. On the way, what was received too often goes to the dead-letter queue. */
  take(queue: Queue, at: number, until: number): ReturnType<MessageQueue['take']> {
    const policy = parseRedrivePolicy(queue.attributes.RedrivePolicy);
    this.expire(queue, at);
    for (;;) {
      const message = queue.messages.take(at, until);
      if (message === undefined || policy === undefined || message.receiveCount <= policy.maxReceiveCount)
        return message;
      const target = this.queues.get(lastSegment(policy.deadLetterTargetArn));
      if (target === undefined) return message;
      const { id, body, attributes, sentAt } = message;
      this.record({ op: 'send', name: target.name, message: { id, body, attributes, sentAt }, visibleAt: 0 });
      this.record({ op: 'delete', name: queue.name, ids: [id] });
    }
  }

  expire(queue: Queue, at: number): void {
    const retentionMs = numberOf(queue.attributes, 'MessageRetentionPeriod') * 1_000;
    const ids = queue.messages.expired(at, at - retentionMs);
    if (ids.length > 0) this.record({ op: 'delete', name: queue.name, ids });
  }

  close(): void {
    for (const queue of this.queues.values()) queue.messages.close();
    this.log.close();
  }

  private apply(entry: Entry): void {
    const { name } = entry;
    const queue = this.queues.get(name);
    if (entry.op === 'create') {
      const { arn, at } = entry;
      const attributes = initialAttributes();
      this.queues.set(name, {
        name,
        arn,
        createdAt: at,
        changedAt: at,
        attributes,
        tags: {},
        messages: new MessageQueue(),
      });
    } else if (queue !== undefined) {
      this.change(queue, entry);
    }
  }

  private change(queue: Queue, entry: Entry): void {
    switch (entry.op) {
      case 'configure':
        queue.attributes = { ...queue.attributes, ...entry.attributes };
        queue.changedAt = entry.at;
        break;
      case 'tag':
        queue.tags = entry.tags;
        break;
      case 'drop':
        this.queues.delete(queue.name);
        queue.messages.close();
        break;
      case 'purge':
        queue.messages.clear();
        break;
      case 'send':
        queue.messages.add(entry.message, entry.visibleAt);
        break;
      case 'delete':
        for (const id of entry.ids) queue.messages.remove(id);
        break;
    }
  }

  private *entries(): Iterable<Entry> {
    for (const { name, arn, createdAt, changedAt, attributes, tags, messages } of this.queues.values()) {
      yield { op: 'create', name, arn, at: createdAt };
      yield { op: 'configure', name, attributes, at: changedAt };
      yield { op: 'tag', name, tags };
      for (const { id, body, attributes: of, sentAt, visibleAt, receiveCount } of messages.messages()) {
        const message = { id, body, attributes: of, sentAt };
        yield { op: 'send', name, message, visibleAt: receiveCount === 0 ? visibleAt : 0 };
      }
    }
  }
}

export const lastSegment = (address: string): string =>
  address.slice(Math.max(address.lastIndexOf('/'), address.lastIndexOf(':')) + 1);
