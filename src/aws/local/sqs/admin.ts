import type {
  CreateQueueRequest,
  CreateQueueResult,
  DeleteQueueRequest,
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  GetQueueUrlRequest,
  GetQueueUrlResult,
  ListDeadLetterSourceQueuesRequest,
  ListDeadLetterSourceQueuesResult,
  ListQueuesRequest,
  ListQueuesResult,
  ListQueueTagsRequest,
  ListQueueTagsResult,
  PurgeQueueRequest,
  SetQueueAttributesRequest,
  TagQueueRequest,
  UntagQueueRequest,
} from '@aws-sdk/client-sqs';
import { only } from '../only.ts';
import { paginate } from '../paginate.ts';
import { ServiceError, type Call } from '../service.ts';
import { checkAttributes, parseRedrivePolicy, type QueueAttributes } from './attributes.ts';
import { lastSegment, type Queue, type QueueStore } from './store.ts';

const LIST_MAX = 1_000;

const urlOf = (name: string, call: Call): string => `${call.endpoint ?? 'http://127.0.0.1'}/${call.accountId}/${name}`;

const queueAt = (store: QueueStore, url: string | undefined): Queue => store.get(lastSegment(url ?? ''));

/** Creating a queue that is there is no error, as long as the caller means the same queue. */
export function createQueue(store: QueueStore, input: CreateQueueRequest, call: Call): CreateQueueResult {
  const { QueueName: name = '', Attributes: attributes = {}, tags } = only(input, ['QueueName', 'Attributes', 'tags']);
  if (name.endsWith('.fifo')) {
    throw new ServiceError('UnsupportedOperation', 'The embedded SQS has standard queues only, no FIFO.');
  }
  if (!/^[\w-]{1,80}$/.test(name)) {
    throw new ServiceError(
      'InvalidParameterValue',
      'A queue name has 1 to 80 letters, digits, hyphens and underscores.',
    );
  }
  checkAttributes(attributes);
  const existing = store.find(name);
  if (existing !== undefined) {
    const differs = Object.entries(attributes).some(([key, value]) => existing.attributes[key] !== value);
    if (differs)
      throw new ServiceError('QueueNameExists', 'A queue already exists with the same name and other attributes.');
    return { QueueUrl: urlOf(name, call) };
  }
  store.record({ op: 'create', name, arn: `arn:aws:sqs:${call.region}:${call.accountId}:${name}`, at: call.at });
  store.record({ op: 'configure', name, attributes, at: call.at });
  if (tags !== undefined) store.record({ op: 'tag', name, tags });
  return { QueueUrl: urlOf(name, call) };
}

export const getQueueUrl = (store: QueueStore, input: GetQueueUrlRequest, call: Call): GetQueueUrlResult => ({
  QueueUrl: urlOf(store.get(only(input, ['QueueName', 'QueueOwnerAWSAccountId']).QueueName ?? '').name, call),
});

export function listQueues(store: QueueStore, input: ListQueuesRequest, call: Call): ListQueuesResult {
  const {
    QueueNamePrefix: prefix = '',
    MaxResults,
    NextToken,
  } = only(input, ['QueueNamePrefix', 'MaxResults', 'NextToken']);
  const names = store.all().flatMap(({ name }) => (name.startsWith(prefix) ? [name] : []));
  const page = paginate(names, { size: MaxResults ?? LIST_MAX, token: NextToken });
  return {
    QueueUrls: page.items.map((name) => urlOf(name, call)),
    NextToken: MaxResults === undefined ? undefined : page.nextToken,
  };
}

export const deleteQueue = (store: QueueStore, { QueueUrl }: DeleteQueueRequest): void =>
  store.record({ op: 'drop', name: queueAt(store, QueueUrl).name });

export const purgeQueue = (store: QueueStore, { QueueUrl }: PurgeQueueRequest): void =>
  store.record({ op: 'purge', name: queueAt(store, QueueUrl).name });

export function getAttributes(
  store: QueueStore,
  { QueueUrl, AttributeNames = [] }: GetQueueAttributesRequest,
  { at }: Call,
): GetQueueAttributesResult {
  const queue = queueAt(store, QueueUrl);
  store.expire(queue, at);
  const { ready, inFlight, delayed } = queue.messages.counts(at);
  const all: QueueAttributes = {
    ...queue.attributes,
    QueueArn: queue.arn,
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1_000)),
    LastModifiedTimestamp: String(Math.floor(queue.changedAt / 1_000)),
    ApproximateNumberOfMessages: String(ready),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
  const names: readonly string[] = AttributeNames;
  const asked = Object.entries(all).filter(
    ([name, value]) => value !== '' && (names.includes('All') || names.includes(name)),
  );
  return asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) };
}

export function setAttributes(store: QueueStore, input: SetQueueAttributesRequest, { at }: Call): void {
  const attributes = input.Attributes ?? {};
  checkAttributes(attributes);
  store.record({ op: 'configure', name: queueAt(store, input.QueueUrl).name, attributes, at });
}

export function tagQueue(store: QueueStore, input: TagQueueRequest): void {
  const queue = queueAt(store, input.QueueUrl);
  store.record({ op: 'tag', name: queue.name, tags: { ...queue.tags, ...input.Tags } });
}

export function untagQueue(store: QueueStore, { QueueUrl, TagKeys = [] }: UntagQueueRequest): void {
  const queue = queueAt(store, QueueUrl);
  const tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !TagKeys.includes(key)));
  store.record({ op: 'tag', name: queue.name, tags });
}

export const listTags = (store: QueueStore, { QueueUrl }: ListQueueTagsRequest): ListQueueTagsResult => ({
  Tags: { ...queueAt(store, QueueUrl).tags },
});

export function listDeadLetterSources(
  store: QueueStore,
  input: ListDeadLetterSourceQueuesRequest,
  call: Call,
): ListDeadLetterSourceQueuesResult {
  const { arn } = queueAt(store, input.QueueUrl);
  const sources = store
    .all()
    .filter(({ attributes }) => parseRedrivePolicy(attributes.RedrivePolicy)?.deadLetterTargetArn === arn);
  const page = paginate(sources, { size: input.MaxResults ?? LIST_MAX, token: input.NextToken });
  return {
    queueUrls: page.items.map(({ name }) => urlOf(name, call)),
    NextToken: input.MaxResults === undefined ? undefined : page.nextToken,
  };
}
