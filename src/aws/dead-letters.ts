import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message } from '../engine/model/ports.ts';
import type { EpochMs } from '../engine/model/units.ts';
import { deadQueue } from '../engine/protocol/messages.ts';
import type { CallPolicy } from './call-policy.ts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';
import { hasKind } from './errors.ts';
import { SqsQueue } from './sqs.ts';

const BATCH_MAX = 10;
/** Held while an operator looks and decides: nobody else sees them meanwhile. */
const HELD_S = 120;
/** Servers of SQS are asked until one of them says that there is nothing more; a short wait asks all of them. */
const WAIT_S = 1;

export interface DeadLetter extends Message {
  readonly sentAt: EpochMs;
}

/** The dead letters of one queue. What was taken is hidden from others until it is given back, moved or removed. */
export class DeadLetters {
  readonly #client: SQSClient;
  readonly #calls: CallPolicy;
  readonly #source: SqsQueue;
  readonly #dead: SqsQueue;
  readonly #name: string;

  constructor(target: AwsTarget, queue: string) {
    this.#client = new SQSClient(clientOptions(target, 'SQS'));
    this.#calls = callsOf(target);
    this.#name = deadQueue(queue);
    this.#source = new SqsQueue(target, queue);
    this.#dead = new SqsQueue(target, this.#name);
  }

  /** So many at most. An empty list where there is no such queue. */
  async take(max: number): Promise<readonly DeadLetter[]> {
    const QueueUrl = await this.#queueUrl();
    const letters = new Map<string, DeadLetter>();
    while (QueueUrl !== undefined && letters.size < max) {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(BATCH_MAX, max - letters.size),
        VisibilityTimeout: HELD_S,
        WaitTimeSeconds: WAIT_S,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      });
      const call = { operation: 'sqs ReceiveMessage', target: this.#name, kind: 'long-poll' } as const;
      const { Messages = [] } = await this.#calls.run(call, ({ signal }) =>
        this.#client.send(command, { abortSignal: signal }),
      );
      if (Messages.length === 0) break;
      for (const { MessageId: id = '', Body, ReceiptHandle, Attributes } of Messages) {
        letters.set(id, {
          id,
          body: Body ?? '',
          receipt: ReceiptHandle ?? '',
          receivedCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
          sentAt: Number(Attributes?.SentTimestamp ?? 0),
        });
      }
    }
    return [...letters.values()];
  }

  /** They are there again for whoever looks next. */
  async giveBack(letters: readonly DeadLetter[]): Promise<void> {
    const QueueUrl = await this.#queueUrl();
    for (const batch of batchesOf(letters)) {
      const Entries = batch.map(({ receipt }, at) => ({
        Id: String(at),
        ReceiptHandle: receipt,
        VisibilityTimeout: 0,
      }));
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
      const call = { operation: 'sqs ChangeMessageVisibilityBatch', target: this.#name };
      await this.#calls.run(call, ({ signal }) => this.#client.send(command, { abortSignal: signal }));
    }
  }

  /** Back to their queue: sent before they are removed, so that in between they are there twice and not never. */
  async redrive(letters: readonly DeadLetter[]): Promise<void> {
    await this.#source.send(letters.map(({ body }) => body));
    await this.#dead.delete(letters);
  }

  async remove(letters: readonly DeadLetter[]): Promise<void> {
    await this.#dead.delete(letters);
  }

  async #queueUrl(): Promise<string | undefined> {
    const command = new GetQueueUrlCommand({ QueueName: this.#name });
    try {
      const call = { operation: 'sqs GetQueueUrl', target: this.#name };
      const { QueueUrl } = await this.#calls.run(call, ({ signal }) =>
        this.#client.send(command, { abortSignal: signal }),
      );
      return QueueUrl;
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      throw error;
    }
  }
}

export function batchesOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / BATCH_MAX) }, (_, at) =>
    all.slice(at * BATCH_MAX, (at + 1) * BATCH_MAX),
  );
}
