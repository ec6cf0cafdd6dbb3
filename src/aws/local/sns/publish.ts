import { randomUUID } from 'node:crypto';
import type {
  BatchResultErrorEntry,
  MessageAttributeValue,
  PublishBatchInput,
  PublishBatchRequestEntry,
  PublishBatchResponse,
  PublishBatchResultEntry,
  PublishInput,
  PublishResponse,
} from '@aws-sdk/client-sns';
import { only } from '../only.ts';
import { ServiceError, type Call, type DeliveredAttributes, type QueueSink } from '../service.ts';
import type { HttpDelivery } from './http-delivery.ts';
import type { Subscription, TopicState } from './state.ts';

const BATCH_MAX = 10;
const MESSAGE_MAX_BYTES = 262_144;

export interface Publisher {
  readonly state: TopicState;
  readonly queues: QueueSink;
  readonly http: HttpDelivery;
}

const MEMBERS = ['Message', 'Subject', 'MessageStructure', 'MessageAttributes'] as const;

export function publish({ state, ...sinks }: Publisher, input: PublishInput, { at }: Call): PublishResponse {
  const { TopicArn, TargetArn, ...message } = only(input, ['TopicArn', 'TargetArn', ...MEMBERS]);
  return { MessageId: send({ state, ...sinks, topicArn: state.topic(TopicArn ?? TargetArn).arn }, message, at) };
}

export function publishBatch(
  { state, ...sinks }: Publisher,
  input: PublishBatchInput,
  { at }: Call,
): PublishBatchResponse {
  const topicArn = state.topic(input.TopicArn).arn;
  const entries = input.PublishBatchRequestEntries ?? [];
  checkBatch(entries);
  const [Successful, Failed]: [PublishBatchResultEntry[], BatchResultErrorEntry[]] = [[], []];
  for (const { Id, ...entry } of entries) {
    try {
      Successful.push({ Id, MessageId: send({ state, ...sinks, topicArn }, only(entry, MEMBERS), at) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: error.statusCode < 500 });
    }
  }
  return { Successful, Failed };
}

function checkBatch(entries: readonly PublishBatchRequestEntry[]): void {
  if (entries.length === 0) throw new ServiceError('EmptyBatchRequest', 'The batch request has no entries.');
  if (entries.length > BATCH_MAX) {
    throw new ServiceError('TooManyEntriesInBatchRequest', `The batch request has more than ${BATCH_MAX} entries.`);
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new ServiceError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
}

type Message = Pick<PublishInput, (typeof MEMBERS)[number]>;

interface Destination extends Publisher {
  readonly topicArn: string;
}

/** Delivers to every subscription whose filter accepts the message, and returns the message's id. */
function send({ state, queues, http, topicArn }: Destination, message: Message, at: number): string {
  const text = messageText(message);
  const attributes = deliveredAttributes(message.MessageAttributes);
  const published = { id: randomUUID(), topicArn, text, subject: message.Subject, attributes, at };
  for (const subscription of state.of(topicArn)) {
    if (subscription.token !== undefined || !accepts(state, subscription, published)) continue;
    if (subscription.protocol !== undefined) {
      const version = state.topic(topicArn).attributes['SignatureVersion'] ?? '1';
      http.send(subscription.endpoint, notificationOf(subscription, published), version);
      continue;
    }
    const raw = subscription.attributes.RawMessageDelivery === 'true';
    if (raw) queues.deliver(subscription.endpoint, text, attributes);
    else queues.deliver(subscription.endpoint, envelope(subscription, published));
  }
  return published.id;
}

/** With MessageStructure "json" the message holds a text per protocol; ours is sqs. */
function messageText({ Message = '', MessageStructure }: Message): string {
  if (Message === '') throw new ServiceError('InvalidParameter', 'Invalid parameter: Empty message');
  if (Buffer.byteLength(Message) > MESSAGE_MAX_BYTES)
    throw new ServiceError('InvalidParameter', 'Invalid parameter: Message too long');
  if (MessageStructure === undefined) return Message;
  const byProtocol = parseJson(Message) as { readonly sqs?: unknown; readonly default?: unknown } | undefined;
  const text = byProtocol?.sqs ?? byProtocol?.default;
  if (MessageStructure === 'json' && typeof byProtocol?.default === 'string' && typeof text === 'string') return text;
  throw new ServiceError(
    'InvalidParameter',
    'Invalid parameter: Message Structure - No default entry in JSON message body',
  );
}

function deliveredAttributes(attributes: Readonly<Record<string, MessageAttributeValue>> = {}): DeliveredAttributes {
  const entries = Object.entries(attributes).map(([name, { DataType: type = '', StringValue, BinaryValue }]) => {
    if (BinaryValue !== undefined)
      return [name, { type, base64: Buffer.from(BinaryValue).toString('base64') }] as const;
    if (StringValue) return [name, { type, text: StringValue }] as const;
    throw new ServiceError('ParameterValueInvalid', `The message attribute '${name}' has no value.`);
  });
  return Object.fromEntries(entries);
}

interface Published {
  readonly id: string;
  readonly topicArn: string;
  readonly text: string;
  readonly subject: string | undefined;
  readonly attributes: DeliveredAttributes;
  readonly at: number;
}

function accepts(state: TopicState, subscription: Subscription, { text, attributes }: Published): boolean {
  const matches = state.filter(subscription);
  if (matches === undefined) return true;
  if (subscription.attributes.FilterPolicyScope === 'MessageBody') {
    const body = parseJson(text);
    return body !== undefined && matches(body);
  }
  return matches(Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, filterValue(value)])));
}

/** What a filter sees of an attribute; binary ones are invisible to it. */
function filterValue({ type, text }: DeliveredAttributes[string]): unknown {
  if (text === undefined) return undefined;
  if (type === 'String.Array') return parseJson(text);
  return type.split('.')[0] === 'Number' ? Number(text) : text;
}

function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // Not JSON is an ordinary message; it only matches no pattern.
  }
}

/** The members that are signed, before they are. */
function notificationOf({ arn }: Subscription, { id, topicArn, text, subject, at }: Published) {
  return {
    Type: 'Notification',
    MessageId: id,
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: text,
    Timestamp: new Date(at).toISOString(),
    UnsubscribeURL: `https://sns.${topicArn.split(':')[3] ?? ''}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${arn}`,
  };
}

/** The notification as SNS writes it into a queue. Its signature is a placeholder: whoever reads a queue does not verify one. */
function envelope(subscription: Subscription, published: Published): string {
  const { attributes } = published;
  const shown = Object.entries(attributes).map(([name, { type, text: value, base64 }]) => [
    name,
    { Type: type, Value: value ?? base64 },
  ]);
  const notification = {
    ...notificationOf(subscription, published),
    SignatureVersion: '1',
    Signature: 'EMBEDDED',
    SigningCertURL: 'http://127.0.0.1/SimpleNotificationService.pem',
    ...(shown.length > 0 && { MessageAttributes: Object.fromEntries(shown) as object }),
  };
  return JSON.stringify(notification, null, 2);
}
