import path from 'node:path';
import { openState, type LoggedState } from '../logged-state.ts';
import { compilePattern, PatternError, type Matcher } from '../pattern.ts';
import { ServiceError } from '../service.ts';

export interface Topic {
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A queue or an endpoint that gets what is published. A queue of one's own account is confirmed from the start. */
export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly endpoint: string;
  /** Not there: sqs. */
  readonly protocol?: 'http' | 'https';
  /** While it is not confirmed: what confirms it. */
  readonly token?: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Entry =
  | { readonly op: 'topic'; readonly topic: Topic }
  | { readonly op: 'subscription'; readonly subscription: Subscription }
  | { readonly op: 'drop' | 'unsubscribe'; readonly arn: string };

/** A filter policy's bound on AWS. */
const POLICY_MAX_BYTES = 256 * 1024;

/** Topics and subscriptions, rebuilt from their log. Filter policies are compiled once and kept beside. */
export class TopicState {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  private readonly filters = new Map<string, Matcher>();
  private readonly log: LoggedState<Entry>;

  constructor(folder: string) {
    const { topics, subscriptions } = this;
    this.log = openState<Entry>({
      file: path.join(folder, 'sns.jsonl'),
      apply: (entry) => this.apply(entry),
      *entries() {
        for (const topic of topics.values()) yield { op: 'topic', topic };
        for (const subscription of subscriptions.values()) yield { op: 'subscription', subscription };
      },
    });
  }

  record(entry: Entry): void {
    this.log.record(entry);
  }

  topic(arn: string | undefined): Topic {
    const topic = this.topics.get(arn ?? '');
    if (topic !== undefined) return topic;
    throw new ServiceError('NotFound', 'Topic does not exist', 404);
  }

  subscription(arn: string | undefined): Subscription {
    const subscription = this.subscriptions.get(arn ?? '');
    if (subscription !== undefined) return subscription;
    throw new ServiceError('NotFound', 'Subscription does not exist', 404);
  }

  of(topicArn: string): Subscription[] {
    return [...this.subscriptions.values()].filter((subscription) => subscription.topicArn === topicArn);
  }

  /** Undefined for a subscription that gets everything. */
  filter(subscription: Subscription): Matcher | undefined {
    return this.filters.get(subscription.arn);
  }

  close(): void {
    this.log.close();
  }

  private apply(entry: Entry): void {
    switch (entry.op) {
      case 'topic':
        this.topics.set(entry.topic.arn, entry.topic);
        break;
      case 'subscription': {
        const { arn, attributes } = entry.subscription;
        this.subscriptions.set(arn, entry.subscription);
        const filter = compileFilter(attributes.FilterPolicy);
        if (filter === undefined) this.filters.delete(arn);
        else this.filters.set(arn, filter);
        break;
      }
      case 'unsubscribe':
        this.subscriptions.delete(entry.arn);
        this.filters.delete(entry.arn);
        break;
      case 'drop':
        for (const { arn } of this.of(entry.arn)) this.apply({ op: 'unsubscribe', arn });
        this.topics.delete(entry.arn);
        break;
    }
  }
}

/** The empty policy, and none, let everything through. */
export function compileFilter(policy: string | undefined): Matcher | undefined {
  if (policy === undefined || policy === '' || policy.trim() === '{}') return undefined;
  if (Buffer.byteLength(policy) > POLICY_MAX_BYTES)
    throw new ServiceError('InvalidParameter', 'The FilterPolicy is too long.');
  try {
    return compilePattern(policy);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ServiceError('InvalidParameter', `Invalid parameter: FilterPolicy: ${error.message}`);
  }
}
