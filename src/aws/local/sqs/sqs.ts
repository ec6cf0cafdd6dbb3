import {
  ChangeMessageVisibility$,
  ChangeMessageVisibilityBatch$,
  CreateQueue$,
  DeleteMessage$,
  DeleteMessageBatch$,
  DeleteQueue$,
  GetQueueAttributes$,
  GetQueueUrl$,
  ListDeadLetterSourceQueues$,
  ListQueueTags$,
  ListQueues$,
  PurgeQueue$,
  ReceiveMessage$,
  SendMessage$,
  SendMessageBatch$,
  SetQueueAttributes$,
  TagQueue$,
  UntagQueue$,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { operation, type LocalService, type Operation, type QueueSink } from '../service.ts';
import * as queues from './admin.ts';
import * as receive from './receive.ts';
import { sendMessage, sendMessageBatch } from './send.ts';
import { lastSegment, QueueStore } from './store.ts';

export interface Sqs extends LocalService, QueueSink {}

/** The embedded SQS: standard queues, kept in one log. */
export function createSqs({ folder }: { readonly folder: string }): Sqs {
  const store = new QueueStore(folder);
  return {
    scope: 'sqs',
    protocol: 'awsJson1_0',
    operations: [...queueOperations(store), ...messageOperations(store)],
    deliver(queueArn, body, attributes = {}) {
      const queue = store.find(lastSegment(queueArn));
      if (queue?.arn !== queueArn) return;
      const message = { id: randomUUID(), body, attributes, sentAt: Date.now() };
      store.record({ op: 'send', name: queue.name, message, visibleAt: 0 });
    },
    close: () => store.close(),
  };
}

const queueOperations = (store: QueueStore): Operation[] => [
  operation(CreateQueue$, queues.createQueue.bind(undefined, store)),
  operation(GetQueueUrl$, queues.getQueueUrl.bind(undefined, store)),
  operation(ListQueues$, queues.listQueues.bind(undefined, store)),
  operation(DeleteQueue$, queues.deleteQueue.bind(undefined, store)),
  operation(PurgeQueue$, queues.purgeQueue.bind(undefined, store)),
  operation(GetQueueAttributes$, queues.getAttributes.bind(undefined, store)),
  operation(SetQueueAttributes$, queues.setAttributes.bind(undefined, store)),
  operation(TagQueue$, queues.tagQueue.bind(undefined, store)),
  operation(UntagQueue$, queues.untagQueue.bind(undefined, store)),
  operation(ListQueueTags$, queues.listTags.bind(undefined, store)),
  operation(ListDeadLetterSourceQueues$, queues.listDeadLetterSources.bind(undefined, store)),
];

const messageOperations = (store: QueueStore): Operation[] => [
  operation(SendMessage$, sendMessage.bind(undefined, store)),
  operation(SendMessageBatch$, sendMessageBatch.bind(undefined, store)),
  operation(ReceiveMessage$, receive.receiveMessage.bind(undefined, store)),
  operation(DeleteMessage$, receive.deleteMessage.bind(undefined, store)),
  operation(DeleteMessageBatch$, receive.deleteMessageBatch.bind(undefined, store)),
  operation(ChangeMessageVisibility$, receive.changeVisibility.bind(undefined, store)),
  operation(ChangeMessageVisibilityBatch$, receive.changeVisibilityBatch.bind(undefined, store)),
];
