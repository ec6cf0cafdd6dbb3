import {
  ConfirmSubscriptionCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import type { CallPolicy } from '../call-policy.ts';
import { callsOf } from '../calls.ts';
import { type AwsTarget, clientOptions } from '../client-options.ts';
import { hasKind } from '../errors.ts';

export interface HttpSubscription {
  /** undefined while it is not confirmed. */
  readonly arn: string | undefined;
  readonly endpoint: string;
}

/** SNS writes this in the place of an ARN. */
const PENDING = 'PendingConfirmation';

/** Subscriptions of HTTP and HTTPS endpoints. */
export class SnsSubscriptions {
  readonly #client: SNSClient;
  readonly #calls: CallPolicy;

  constructor(target: AwsTarget) {
    this.#client = new SNSClient(clientOptions(target, 'SNS'));
    this.#calls = callsOf(target);
  }

  async list(topicArn: string): Promise<readonly HttpSubscription[]> {
    const found: HttpSubscription[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken });
      const page = await this.#ask('ListSubscriptionsByTopic', topicArn, (signal) =>
        this.#client.send(command, { abortSignal: signal }),
      );
      for (const { Protocol, Endpoint = '', SubscriptionArn } of page.Subscriptions ?? [])
        if (Protocol === 'http' || Protocol === 'https')
          found.push({ endpoint: Endpoint, arn: SubscriptionArn === PENDING ? undefined : SubscriptionArn });
      NextToken = page.NextToken === '' ? undefined : page.NextToken;
    } while (NextToken !== undefined);
    return found;
  }

  /** SNS sends a token to the endpoint; again, where it was not confirmed yet. */
  async subscribe(topicArn: string, endpoint: string): Promise<void> {
    const Protocol = endpoint.startsWith('https:') ? 'https' : 'http';
    const command = new SubscribeCommand({
      TopicArn: topicArn,
      Protocol,
      Endpoint: endpoint,
      ReturnSubscriptionArn: true,
    });
    await this.#ask('Subscribe', topicArn, (signal) => this.#client.send(command, { abortSignal: signal }));
  }

  /** By the token alone: no address of a message is ever fetched. Then only the account itself can unsubscribe. Returns the ARN. */
  async confirm(topicArn: string, token: string): Promise<string> {
    const command = new ConfirmSubscriptionCommand({
      TopicArn: topicArn,
      Token: token,
      AuthenticateOnUnsubscribe: 'true',
    });
    const { SubscriptionArn = '' } = await this.#ask('ConfirmSubscription', topicArn, (signal) =>
      this.#client.send(command, { abortSignal: signal }),
    );
    return SubscriptionArn;
  }

  async remove(arn: string): Promise<void> {
    const command = new UnsubscribeCommand({ SubscriptionArn: arn });
    try {
      await this.#ask('Unsubscribe', arn, (signal) => this.#client.send(command, { abortSignal: signal }));
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
    }
  }

  #ask<T>(operation: string, on: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#calls.run({ operation: `sns ${operation}`, target: on, kind: 'list' }, ({ signal }) => act(signal));
  }
}
