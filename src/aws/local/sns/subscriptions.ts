import { randomUUID } from 'node:crypto';
import type {
  ConfirmSubscriptionInput,
  ConfirmSubscriptionResponse,
  GetSubscriptionAttributesInput,
  GetSubscriptionAttributesResponse,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsByTopicResponse,
  ListSubscriptionsInput,
  ListSubscriptionsResponse,
  SetSubscriptionAttributesInput,
  SubscribeInput,
  SubscribeResponse,
  Subscription as WireSubscription,
  UnsubscribeInput,
} from '@aws-sdk/client-sns';
import { only } from '../only.ts';
import { paginate } from '../paginate.ts';
import { ServiceError, type Call } from '../service.ts';
import { checkEndpoint, type HttpDelivery, newToken } from './http-delivery.ts';
import type { SnsSigner } from './signer.ts';
import { compileFilter, type Subscription, type TopicState } from './state.ts';
import { PAGE_SIZE } from './topics.ts';

const SIGNING_WITHIN_MS = 5_000;

export interface Subscribing {
  readonly state: TopicState;
  readonly signer: SnsSigner;
  readonly http: HttpDelivery;
}

/** The token that was sent to the endpoint makes it a subscription. */
export function confirmSubscription(state: TopicState, input: ConfirmSubscriptionInput): ConfirmSubscriptionResponse {
  const { TopicArn, Token } = only(input, ['TopicArn', 'Token', 'AuthenticateOnUnsubscribe']);
  const { arn: topicArn } = state.topic(TopicArn);
  const found = state.of(topicArn).find(({ token }) => token !== undefined && token === Token);
  if (found === undefined) throw new ServiceError('InvalidParameter', 'Invalid token');
  const { token: _, ...subscription } = found;
  state.record({ op: 'subscription', subscription });
  return { SubscriptionArn: found.arn };
}

type Attributes = Readonly<Record<string, string>>;

/** Each attribute with what its value must be. */
const CHECKS = new Map<string, (value: string) => boolean>(
  Object.entries({
    RawMessageDelivery: (value: string) => value === 'true' || value === 'false',
    FilterPolicy: (value: string) => (compileFilter(value), true),
    FilterPolicyScope: (value: string) => value === 'MessageAttributes' || value === 'MessageBody',
    // Kept and shown. A queue of this process is either there or not: there is no failed delivery to redrive.
    RedrivePolicy: () => true,
  }),
);

function checkAttributes(attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (CHECKS.get(name)?.(value) === true) continue;
    throw new ServiceError(
      'InvalidParameter',
      `Invalid parameter: Attributes Reason: ${name} cannot be "${value.slice(0, 80)}"`,
    );
  }
}

/** Subscribing again is no error, as long as the caller means the same subscription. */
export async function subscribe(
  { state, signer, http }: Subscribing,
  input: SubscribeInput,
  call: Call,
): Promise<SubscribeResponse> {
  const known = only(input, ['TopicArn', 'Protocol', 'Endpoint', 'Attributes', 'ReturnSubscriptionArn']);
  const { Protocol, Endpoint: endpoint = '', Attributes: attributes = {} } = known;
  const { arn: topicArn } = state.topic(known.TopicArn);
  if (Protocol === 'http' || Protocol === 'https') {
    checkEndpoint(Protocol, endpoint);
    checkAttributes(attributes);
    // So that whoever asks hears that there is no openssl; a key that takes long to make is no reason to keep him waiting.
    await Promise.race([signer.signing(), new Promise((resolve) => setTimeout(resolve, SIGNING_WITHIN_MS).unref())]);
    const before = state.of(topicArn).find((subscription) => subscription.endpoint === endpoint);
    if (before !== undefined && before.token === undefined) return { SubscriptionArn: before.arn };
    const subscription: Subscription = { arn: before?.arn ?? `${topicArn}:${randomUUID()}`, topicArn, endpoint, protocol: Protocol, token: newToken(), attributes }; // prettier-ignore
    state.record({ op: 'subscription', subscription });
    const version = state.topic(topicArn).attributes['SignatureVersion'] ?? '1';
    http.confirm({ ...subscription, version }, call.at);
    return { SubscriptionArn: known.ReturnSubscriptionArn === true ? subscription.arn : 'pending confirmation' };
  }
  if (Protocol !== 'sqs') {
    throw new ServiceError(
      'InvalidParameter',
      `Invalid parameter: the embedded SNS delivers to sqs, http and https only, not ${Protocol}`,
    );
  }
  if (!/^arn:aws:sqs:[\w-]+:\d{12}:[\w-]{1,80}$/.test(endpoint)) {
    throw new ServiceError('InvalidParameter', 'Invalid parameter: SQS endpoint ARN');
  }
  checkAttributes(attributes);
  const existing = state.of(topicArn).find((subscription) => subscription.endpoint === endpoint);
  if (existing === undefined) {
    const arn = `${topicArn}:${randomUUID()}`;
    state.record({ op: 'subscription', subscription: { arn, topicArn, endpoint, attributes } });
    return { SubscriptionArn: arn };
  }
  if (Object.entries(attributes).some(([name, value]) => existing.attributes[name] !== value)) {
    throw new ServiceError(
      'InvalidParameter',
      'Invalid parameter: Subscription already exists with different attributes',
    );
  }
  return { SubscriptionArn: existing.arn };
}

export function unsubscribe(state: TopicState, { SubscriptionArn: arn = '' }: UnsubscribeInput): void {
  if (state.subscriptions.has(arn)) state.record({ op: 'unsubscribe', arn });
}

const wire =
  (call: Call) =>
  ({ arn, topicArn, endpoint, protocol, token }: Subscription): WireSubscription => ({
    SubscriptionArn: token === undefined ? arn : 'PendingConfirmation',
    TopicArn: topicArn,
    Protocol: protocol ?? 'sqs',
    Endpoint: endpoint,
    Owner: call.accountId,
  });

export function listSubscriptions(
  state: TopicState,
  { NextToken }: ListSubscriptionsInput,
  call: Call,
): ListSubscriptionsResponse {
  const page = paginate([...state.subscriptions.values()], { size: PAGE_SIZE, token: NextToken });
  return { Subscriptions: page.items.map(wire(call)), NextToken: page.nextToken };
}

export function listByTopic(
  state: TopicState,
  { TopicArn, NextToken }: ListSubscriptionsByTopicInput,
  call: Call,
): ListSubscriptionsByTopicResponse {
  const page = paginate(state.of(state.topic(TopicArn).arn), { size: PAGE_SIZE, token: NextToken });
  return { Subscriptions: page.items.map(wire(call)), NextToken: page.nextToken };
}

export function getSubscriptionAttributes(
  state: TopicState,
  { SubscriptionArn }: GetSubscriptionAttributesInput,
  { accountId }: Call,
): GetSubscriptionAttributesResponse {
  const { arn, topicArn, endpoint, attributes, protocol, token } = state.subscription(SubscriptionArn);
  const scope: Attributes = attributes.FilterPolicy === undefined ? {} : { FilterPolicyScope: 'MessageAttributes' };
  const fixed = {
    SubscriptionArn: arn,
    TopicArn: topicArn,
    Endpoint: endpoint,
    Protocol: protocol ?? 'sqs',
    Owner: accountId,
  };
  return {
    Attributes: {
      ...fixed,
      PendingConfirmation: String(token !== undefined),
      RawMessageDelivery: 'false',
      ...scope,
      ...attributes,
    },
  };
}

export function setSubscriptionAttributes(state: TopicState, input: SetSubscriptionAttributesInput): void {
  const subscription = state.subscription(input.SubscriptionArn);
  const change = { [input.AttributeName ?? '']: input.AttributeValue ?? '' };
  checkAttributes(change);
  const attributes = { ...subscription.attributes, ...change };
  state.record({ op: 'subscription', subscription: { ...subscription, attributes } });
}
