import type {
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityBatchResult,
  ChangeMessageVisibilityRequest,
  DeleteMessageBatchRequest,
  DeleteMessageBatchResult,
  DeleteMessageRequest,
  Message,
  ReceiveMessageRequest,
  ReceiveMessageResult,
} from '@aws-sdk/client-sqs';
import { only } from '../only.ts';
import { ServiceError, type Call } from '../service.ts';
import { checkWholeNumber, numberOf } from './attributes.ts';
import { md5Of, md5OfAttributes, selectAttributes, wireAttributes } from './message.ts';
import type { LiveMessage } from './queue.ts';
import { checkBatch, eachEntry } from './send.ts';
import { lastSegment, type Queue, type QueueStore } from './store.ts';

const RECEIVE_MEMBERS = [
  'QueueUrl',
  'AttributeNames',
  'MessageSystemAttributeNames',
  'MessageAttributeNames',
  'MaxNumberOfMessages',
  'VisibilityTimeout',
  'WaitTimeSeconds',
  'ReceiveRequestAttemptId',
] as const satisfies readonly (keyof ReceiveMessageRequest)[];

/** Returns at once what is there; otherwise waits for the first message, the end of the wait, or the client's going. */
export async function receiveMessage(
  store: QueueStore,
  input: ReceiveMessageRequest,
  { at, signal }: Call,
): Promise<ReceiveMessageResult> {
  const asked = only(input, RECEIVE_MEMBERS);
  const queue = store.get(lastSegment(asked.QueueUrl ?? ''));
  const count = asked.MaxNumberOfMessages ?? 1;
  const waitS = asked.WaitTimeSeconds ?? numberOf(queue.attributes, 'ReceiveMessageWaitTimeSeconds');
  const hideS = asked.VisibilityTimeout ?? numberOf(queue.attributes, 'VisibilityTimeout');
  demand('MaxNumberOfMessages', count, [1, 10]);
  demand('WaitTimeSeconds', waitS, [0, 20]);
  demand('VisibilityTimeout', hideS, [0, 43_200]);
  const until = at + waitS * 1_000;
  for (let now = at; !signal.aborted; now = Date.now()) {
    const taken: LiveMessage[] = [];
    while (taken.length < count) {
      const message = store.take(queue, now, now + hideS * 1_000);
      if (message === undefined) break;
      taken.push(message);
    }
    if (taken.length > 0) return { Messages: taken.map((message) => wireMessage(message, asked)) };
    if (now >= until || store.find(queue.name) !== queue) break;
    await queue.messages.wait(until, signal);
  }
  return {};
}

function wireMessage(message: LiveMessage, asked: ReceiveMessageRequest): Message {
  const attributes = selectAttributes(message.attributes, asked.MessageAttributeNames);
  const system = systemAttributes(message, [
    ...(asked.AttributeNames ?? []),
    ...(asked.MessageSystemAttributeNames ?? []),
  ]);
  const md5 = md5OfAttributes(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5Of(message.body),
    ...(md5 !== undefined && { MD5OfMessageAttributes: md5, MessageAttributes: wireAttributes(attributes) }),
    ...(Object.keys(system).length > 0 && { Attributes: system }),
  };
}

function systemAttributes(message: LiveMessage, asked: readonly string[]): Record<string, string> {
  const all: Readonly<Record<string, string>> = {
    SenderId: 'AIDALOCAL',
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => asked.includes('All') || asked.includes(name)));
}

export function deleteMessage(store: QueueStore, input: DeleteMessageRequest): void {
  remove(store, store.get(lastSegment(input.QueueUrl ?? '')), input.ReceiptHandle ?? '');
}

export function deleteMessageBatch(store: QueueStore, input: DeleteMessageBatchRequest): DeleteMessageBatchResult {
  const queue = store.get(lastSegment(input.QueueUrl ?? ''));
  return eachEntry(checkBatch(input.Entries), ({ Id, ReceiptHandle }) => {
    remove(store, queue, ReceiptHandle ?? '');
    return { Id };
  });
}

/** As on AWS, an old receipt deletes nothing and fails nothing. One from before a restart still deletes. */
function remove(store: QueueStore, queue: Queue, receipt: string): void {
  const message = queue.messages.get(idOf(receipt));
  if (message === undefined || (message.receipt !== undefined && message.receipt !== receipt)) return;
  store.record({ op: 'delete', name: queue.name, ids: [message.id] });
}

export function changeVisibility(store: QueueStore, input: ChangeMessageVisibilityRequest, { at }: Call): void {
  const queue = store.get(lastSegment(input.QueueUrl ?? ''));
  hideAgain(queue, { receipt: input.ReceiptHandle ?? '', timeoutS: input.VisibilityTimeout ?? 0 }, at);
}

export function changeVisibilityBatch(
  store: QueueStore,
  input: ChangeMessageVisibilityBatchRequest,
  { at }: Call,
): ChangeMessageVisibilityBatchResult {
  const queue = store.get(lastSegment(input.QueueUrl ?? ''));
  return eachEntry(checkBatch(input.Entries), ({ Id, ReceiptHandle, VisibilityTimeout }) => {
    hideAgain(queue, { receipt: ReceiptHandle ?? '', timeoutS: VisibilityTimeout ?? 0 }, at);
    return { Id };
  });
}

interface Hiding {
  readonly receipt: string;
  readonly timeoutS: number;
}

function hideAgain(queue: Queue, { receipt, timeoutS }: Hiding, at: number): void {
  demand('VisibilityTimeout', timeoutS, [0, 43_200]);
  const message = queue.messages.get(idOf(receipt));
  if (message === undefined || message.receipt !== receipt) {
    throw new ServiceError(
      'InvalidParameterValue',
      'Message does not exist or is not available for visibility timeout change.',
    );
  }
  if (!queue.messages.isInFlight(message, at))
    throw new ServiceError('MessageNotInflight', 'The message is not in flight.');
  queue.messages.setVisibleAt(message, at + timeoutS * 1_000);
}

function idOf(receipt: string): string {
  const [id = '', nonce] = Buffer.from(receipt, 'base64url').toString('utf8').split('/');
  if (nonce === undefined)
    throw new ServiceError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.', 404);
  return id;
}

function demand(name: string, value: number, range: readonly [number, number]): void {
  try {
    checkWholeNumber(name, value, range);
  } catch (error) {
    throw new ServiceError('InvalidParameterValue', (error as Error).message);
  }
}
