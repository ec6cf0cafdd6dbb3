import { randomUUID } from 'node:crypto';
import type {
  BatchResultErrorEntry,
  SendMessageBatchRequest,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs';
import { only } from '../only.ts';
import { ServiceError, type Call } from '../service.ts';
import { checkWholeNumber, numberOf } from './attributes.ts';
import { checkBody, md5Of, md5OfAttributes, storeAttributes } from './message.ts';
import { lastSegment, type Queue, type QueueStore } from './store.ts';

const BATCH_MAX = 10;

export function sendMessage(store: QueueStore, input: SendMessageRequest, { at }: Call): SendMessageResult {
  const { QueueUrl, ...message } = only(input, ['QueueUrl', 'MessageBody', 'DelaySeconds', 'MessageAttributes']);
  return enqueue({ store, queue: store.get(lastSegment(QueueUrl ?? '')) }, message, at);
}

export function sendMessageBatch(
  store: QueueStore,
  input: SendMessageBatchRequest,
  { at }: Call,
): SendMessageBatchResult {
  const queue = store.get(lastSegment(input.QueueUrl ?? ''));
  const entries = checkBatch(input.Entries);
  const sizeBytes = entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody ?? ''), 0);
  if (sizeBytes > numberOf(queue.attributes, 'MaximumMessageSize')) {
    throw new ServiceError('BatchRequestTooLong', 'The messages of the batch are together longer than one may be.');
  }
  return eachEntry(entries, ({ Id, ...entry }) => ({
    Id,
    ...enqueue({ store, queue }, only(entry, ['MessageBody', 'DelaySeconds', 'MessageAttributes']), at),
  }));
}

interface Target {
  readonly store: QueueStore;
  readonly queue: Queue;
}

type Content = Pick<SendMessageBatchRequestEntry, 'MessageBody' | 'DelaySeconds' | 'MessageAttributes'>;
type Sent = { MessageId: string; MD5OfMessageBody: string; MD5OfMessageAttributes?: string };

function enqueue({ store, queue }: Target, content: Content, at: number): Sent {
  const body = content.MessageBody ?? '';
  checkBody(body, numberOf(queue.attributes, 'MaximumMessageSize'));
  if (content.DelaySeconds !== undefined) checkWholeNumber('DelaySeconds', content.DelaySeconds, [0, 900]);
  const delayS = content.DelaySeconds ?? numberOf(queue.attributes, 'DelaySeconds');
  const attributes = storeAttributes(content.MessageAttributes);
  const message = { id: randomUUID(), body, attributes, sentAt: at };
  store.record({ op: 'send', name: queue.name, message, visibleAt: delayS === 0 ? 0 : at + delayS * 1_000 });
  const MD5OfMessageAttributes = md5OfAttributes(attributes);
  return {
    MessageId: message.id,
    MD5OfMessageBody: md5Of(body),
    ...(MD5OfMessageAttributes && { MD5OfMessageAttributes }),
  };
}

/** Refuses a batch as a whole for what makes its entries indistinguishable. */
export function checkBatch<Entry extends { readonly Id: string | undefined }>(
  entries: readonly Entry[] = [],
): readonly Entry[] {
  if (entries.length === 0) throw new ServiceError('EmptyBatchRequest', 'There should be at least one entry.');
  if (entries.length > BATCH_MAX) {
    throw new ServiceError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${BATCH_MAX}.`);
  }
  if (!entries.every(({ Id }) => /^[\w-]{1,80}$/.test(Id ?? ''))) {
    throw new ServiceError(
      'InvalidBatchEntryId',
      'A batch entry id has 1 to 80 letters, digits, hyphens and underscores.',
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new ServiceError('BatchEntryIdsNotDistinct', 'The ids of the batch entries are not distinct.');
  }
  return entries;
}

/** Runs a batch entry by entry: one that is refused is reported, and the others stand. */
export function eachEntry<Entry extends { readonly Id: string | undefined }, Success>(
  entries: readonly Entry[],
  run: (entry: Entry) => Success,
): { Successful: Success[]; Failed: BatchResultErrorEntry[] } {
  const [Successful, Failed]: [Success[], BatchResultErrorEntry[]] = [[], []];
  for (const entry of entries) {
    try {
      Successful.push(run(entry));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: error.statusCode < 500 });
    }
  }
  return { Successful, Failed };
}
