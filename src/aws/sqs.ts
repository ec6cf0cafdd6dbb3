import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message, Queue } from '../engine/model/ports.ts';
import type { DurationMs } from '../engine/model/units.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';
import { classified } from './errors.ts';

const BATCH_MAX = 10;
/** SQS's longest long poll. */
const WAIT_MAX_MS = 20_000;

/** One queue by name. Its URL is asked for once. */
export class SqsQueue implements Queue {
  readonly #client: SQSClient;
  readonly #name: string;
  #url: Promise<string> | undefined;

  constructor(target: AwsTarget, name: string) {
    this.#client = new SQSClient(clientOptions(target, { longPollMs: WAIT_MAX_MS }));
    this.#name = name;
  }

  async send(bodies: readonly string[]): Promise<void> {
    const QueueUrl = await this.#queueUrl();
    for (let start = 0; start < bodies.length; start += BATCH_MAX) {
      const Entries = bodies
        .slice(start, start + BATCH_MAX)
        .map((MessageBody, at) => ({ Id: String(at), MessageBody }));
      await classified('sqs SendMessageBatch', this.#name, async () => {
        const { Failed = [] } = await this.#client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        if (Failed.length > 0)
          throw Object.assign(new Error(Failed[0]?.Message ?? 'refused'), { name: Failed[0]?.Code ?? 'InternalError' });
      });
    }
  }

  async receive(waitMs: DurationMs, signal: AbortSignal): Promise<readonly Message[]> {
    const QueueUrl = await this.#queueUrl();
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: BATCH_MAX,
      WaitTimeSeconds: Math.round(Math.min(waitMs, WAIT_MAX_MS) / 1_000),
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    const { Messages = [] } = await classified('sqs ReceiveMessage', this.#name, () =>
      this.#client.send(command, { abortSignal: signal }),
    );
    return Messages.map(({ Body, ReceiptHandle, Attributes }) => ({
      body: Body ?? '',
      receipt: ReceiptHandle ?? '',
      receivedCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
    }));
  }

  async delete(messages: readonly Message[]): Promise<void> {
    const QueueUrl = await this.#queueUrl();
    for (let start = 0; start < messages.length; start += BATCH_MAX) {
      const Entries = messages
        .slice(start, start + BATCH_MAX)
        .map(({ receipt }, at) => ({ Id: String(at), ReceiptHandle: receipt }));
      await classified('sqs DeleteMessageBatch', this.#name, () =>
        this.#client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries })),
      );
    }
  }

  async depth(): Promise<number> {
    const QueueUrl = await this.#queueUrl();
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
    const { Attributes } = await classified('sqs GetQueueAttributes', this.#name, () => this.#client.send(command));
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  #queueUrl(): Promise<string> {
    this.#url ??= classified('sqs GetQueueUrl', this.#name, async () => {
      const { QueueUrl } = await this.#client.send(new GetQueueUrlCommand({ QueueName: this.#name }));
      return QueueUrl ?? '';
    }).catch((error: unknown) => {
      this.#url = undefined;
      throw error;
    });
    return this.#url;
  }
}
