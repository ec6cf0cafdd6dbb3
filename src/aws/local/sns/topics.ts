import type {
  CreateTopicInput,
  CreateTopicResponse,
  DeleteTopicInput,
  GetTopicAttributesInput,
  GetTopicAttributesResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTopicsInput,
  ListTopicsResponse,
  SetTopicAttributesInput,
  Tag,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-sns';
import { only } from '../only.ts';
import { paginate } from '../paginate.ts';
import { ServiceError, type Call } from '../service.ts';
import type { TopicState } from './state.ts';

/** SNS has pages of a hundred. */
export const PAGE_SIZE = 100;
/** Kept and shown: they concern foreign accounts, other protocols and encryption, none of which is embedded. */
const TOPIC_ATTRIBUTES = new Set(['DisplayName', 'Policy', 'DeliveryPolicy', 'TracingConfig', 'SignatureVersion']);

const tagsOf = (tags: readonly Tag[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));

export function createTopic(state: TopicState, input: CreateTopicInput, call: Call): CreateTopicResponse {
  const { Name = '', Attributes: attributes = {}, Tags } = only(input, ['Name', 'Attributes', 'Tags']);
  if (Name.endsWith('.fifo') || 'FifoTopic' in attributes) {
    throw new ServiceError('InvalidParameter', 'Invalid parameter: the embedded SNS has standard topics only, no FIFO');
  }
  if (!/^[\w-]{1,256}$/.test(Name)) throw new ServiceError('InvalidParameter', 'Invalid parameter: Topic Name');
  checkNames(Object.keys(attributes));
  const arn = `arn:aws:sns:${call.region}:${call.accountId}:${Name}`;
  const existing = state.topics.get(arn);
  if (existing === undefined) {
    state.record({ op: 'topic', topic: { arn, attributes, tags: tagsOf(Tags) } });
  } else if (Object.entries(attributes).some(([name, value]) => existing.attributes[name] !== value)) {
    throw new ServiceError('InvalidParameter', 'Invalid parameter: Topic already exists with different attributes');
  }
  return { TopicArn: arn };
}

function checkNames(names: readonly string[]): void {
  const unknown = names.find((name) => !TOPIC_ATTRIBUTES.has(name));
  if (unknown !== undefined) throw new ServiceError('InvalidParameter', `Invalid parameter: AttributeName ${unknown}`);
}

export const deleteTopic = (state: TopicState, { TopicArn }: DeleteTopicInput): void => {
  if (state.topics.has(TopicArn ?? '')) state.record({ op: 'drop', arn: TopicArn ?? '' });
};

export function listTopics(state: TopicState, { NextToken }: ListTopicsInput): ListTopicsResponse {
  const page = paginate([...state.topics.keys()], { size: PAGE_SIZE, token: NextToken });
  return { Topics: page.items.map((TopicArn) => ({ TopicArn })), NextToken: page.nextToken };
}

export function getTopicAttributes(
  state: TopicState,
  { TopicArn }: GetTopicAttributesInput,
  { accountId }: Call,
): GetTopicAttributesResponse {
  const { arn, attributes } = state.topic(TopicArn);
  const counts = {
    SubscriptionsConfirmed: String(state.of(arn).length),
    SubscriptionsPending: '0',
    SubscriptionsDeleted: '0',
  };
  return { Attributes: { TopicArn: arn, Owner: accountId, DisplayName: '', ...attributes, ...counts } };
}

export function setTopicAttributes(state: TopicState, input: SetTopicAttributesInput): void {
  const topic = state.topic(input.TopicArn);
  const name = input.AttributeName ?? '';
  checkNames([name]);
  state.record({
    op: 'topic',
    topic: { ...topic, attributes: { ...topic.attributes, [name]: input.AttributeValue ?? '' } },
  });
}

export function tagResource(state: TopicState, { ResourceArn, Tags }: TagResourceRequest): void {
  const topic = tagged(state, ResourceArn);
  state.record({ op: 'topic', topic: { ...topic, tags: { ...topic.tags, ...tagsOf(Tags) } } });
}

export function untagResource(state: TopicState, { ResourceArn, TagKeys = [] }: UntagResourceRequest): void {
  const topic = tagged(state, ResourceArn);
  const tags = Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !TagKeys.includes(key)));
  state.record({ op: 'topic', topic: { ...topic, tags } });
}

export const listTags = (
  state: TopicState,
  { ResourceArn }: ListTagsForResourceRequest,
): ListTagsForResourceResponse => ({
  Tags: Object.entries(tagged(state, ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
});

function tagged(state: TopicState, arn: string | undefined): ReturnType<TopicState['topic']> {
  const topic = state.topics.get(arn ?? '');
  if (topic !== undefined) return topic;
  throw new ServiceError('ResourceNotFound', 'Resource does not exist', 404);
}
