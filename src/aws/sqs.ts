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
import { deadQueue } from '../engine/protocol/messages.ts';
import type { Call, CallPolicy } from './call-policy.ts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';
import { hasKind } from './errors.ts';

const BATCH_MAX = 10;
/** SQS's longest long poll. */
const WAIT_MAX_MS = 20_000;

/** One queue by name. Its URL is asked for once. */
export class SqsQueue implements Queue {
  readonly #client: SQSClient;
  readonly #calls: CallPolicy;
  readonly #name: string;
  readonly #target: AwsTarget;
  #url: Promise<string> | undefined;
  #dead: SqsQueue | undefined;

  constructor(target: AwsTarget, name: string) {
    this.#client = new SQSClient(clientOptions(target, 'SQS'));
    this.#calls = callsOf(target);
    this.#name = name;
    this.#target = target;
  }

  async send(bodies: readonly string[]): Promise<void> {
    const QueueUrl = await this.#queueUrl();
    for (let start = 0; start < bodies.length; start += BATCH_MAX) {
      const Entries = bodies
        .slice(start, start + BATCH_MAX)
        .map((MessageBody, at) => ({ Id: String(at), MessageBody }));
      await this.#send('SendMessageBatch', async (abortSignal) => {
        const command = new SendMessageBatchCommand({ QueueUrl, Entries });
        const { Failed = [] } = await this.#client.send(command, { abortSignal });
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
    const { Messages = [] } = await this.#send(
      'ReceiveMessage',
      (abortSignal) => this.#client.send(command, { abortSignal }),
      { kind: 'long-poll', signal },
    );
    return Messages.map(({ MessageId, Body, ReceiptHandle, Attributes }) => ({
      id: MessageId ?? '',
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
      const command = new DeleteMessageBatchCommand({ QueueUrl, Entries });
      await this.#send('DeleteMessageBatch', (abortSignal) => this.#client.send(command, { abortSignal }));
    }
  }

  async depth(): Promise<number> {
    const QueueUrl = await this.#queueUrl();
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
    const { Attributes } = await this.#send('GetQueueAttributes', (abortSignal) =>
      this.#client.send(command, { abortSignal }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  /** 0 where there is no dead-letter queue. */
  async deadDepth(): Promise<number> {
    this.#dead ??= new SqsQueue(this.#target, deadQueue(this.#name));
    try {
      return await this.#dead.depth();
    } catch (error) {
      if (hasKind(error, 'not-found')) return 0;
      throw error;
    }
  }

  #queueUrl(): Promise<string> {
    this.#url ??= this.#send('GetQueueUrl', async (abortSignal) => {
      const { QueueUrl } = await this.#client.send(new GetQueueUrlCommand({ QueueName: this.#name }), { abortSignal });
      return QueueUrl ?? '';
    }).catch((error: unknown) => {
      this.#url = undefined;
      throw error;
    });
    return this.#url;
  }

  #send<T>(
    operation: string,
    act: (signal: AbortSignal) => Promise<T>,
    how: Pick<Call, 'kind' | 'signal'> = {},
  ): Promise<T> {
    const call = { operation: `sqs ${operation}`, target: this.#name, ...how };
    return this.#calls.run(call, ({ signal }) => act(signal));
  }
}
