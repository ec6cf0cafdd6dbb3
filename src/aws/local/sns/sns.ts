import {
  ConfirmSubscription$,
  CreateTopic$,
  DeleteTopic$,
  GetSubscriptionAttributes$,
  GetTopicAttributes$,
  ListSubscriptions$,
  ListSubscriptionsByTopic$,
  ListTagsForResource$,
  ListTopics$,
  Publish$,
  PublishBatch$,
  SetSubscriptionAttributes$,
  SetTopicAttributes$,
  Subscribe$,
  TagResource$,
  Unsubscribe$,
  UntagResource$,
} from '@aws-sdk/client-sns';
import { operation, type LocalService, type QueueSink } from '../service.ts';
import type { ControlReply, ControlRequest } from '../ec2/control.ts';
import { HttpDelivery } from './http-delivery.ts';
import { SnsSigner } from './signer.ts';
import { publish, publishBatch } from './publish.ts';
import { TopicState } from './state.ts';
import * as subscriptions from './subscriptions.ts';
import * as topics from './topics.ts';

export interface SnsOptions {
  readonly folder: string;
  readonly queues: QueueSink;
}

export interface LocalSns extends LocalService {
  /** GET /_cbas/sns/certificates: what it signs with, and the root of it; 404 before the first endpoint subscribed. */
  control(request: ControlRequest): ControlReply | undefined;
}

/** The embedded SNS: standard topics that deliver to the embedded SQS, and signed to endpoints on this machine. */
export function createSns({ folder, queues }: SnsOptions): LocalSns {
  const state = new TopicState(folder);
  const signer = new SnsSigner(folder);
  const http = new HttpDelivery(signer);
  return {
    control({ method, path }) {
      if (method !== 'GET' || path !== '/_cbas/sns/certificates') return undefined;
      const signing = signer.made();
      if (signing === undefined) return { status: 404, body: { error: 'no endpoint has subscribed yet' } };
      const { root, certificate, path: place } = signing;
      return { status: 200, body: { root, certificate, path: place } };
    },
    scope: 'sns',
    protocol: 'awsQuery',
    operations: [
      operation(CreateTopic$, topics.createTopic.bind(undefined, state)),
      operation(DeleteTopic$, topics.deleteTopic.bind(undefined, state)),
      operation(ListTopics$, topics.listTopics.bind(undefined, state)),
      operation(GetTopicAttributes$, topics.getTopicAttributes.bind(undefined, state)),
      operation(SetTopicAttributes$, topics.setTopicAttributes.bind(undefined, state)),
      operation(TagResource$, topics.tagResource.bind(undefined, state)),
      operation(UntagResource$, topics.untagResource.bind(undefined, state)),
      operation(ListTagsForResource$, topics.listTags.bind(undefined, state)),
      operation(Subscribe$, subscriptions.subscribe.bind(undefined, { state, signer, http })),
      operation(ConfirmSubscription$, subscriptions.confirmSubscription.bind(undefined, state)),
      operation(Unsubscribe$, subscriptions.unsubscribe.bind(undefined, state)),
      operation(ListSubscriptions$, subscriptions.listSubscriptions.bind(undefined, state)),
      operation(ListSubscriptionsByTopic$, subscriptions.listByTopic.bind(undefined, state)),
      operation(GetSubscriptionAttributes$, subscriptions.getSubscriptionAttributes.bind(undefined, state)),
      operation(SetSubscriptionAttributes$, subscriptions.setSubscriptionAttributes.bind(undefined, state)),
      operation(Publish$, publish.bind(undefined, { state, queues, http })),
      operation(PublishBatch$, publishBatch.bind(undefined, { state, queues, http })),
    ],
    close() {
      http.close();
      state.close();
    },
  };
}
