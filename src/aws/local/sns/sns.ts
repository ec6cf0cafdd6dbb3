import {
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
import { publish, publishBatch } from './publish.ts';
import { TopicState } from './state.ts';
import * as subscriptions from './subscriptions.ts';
import * as topics from './topics.ts';

export interface SnsOptions {
  readonly folder: string;
  readonly queues: QueueSink;
}

/** The embedded SNS: standard topics that deliver to the embedded SQS. */
export function createSns({ folder, queues }: SnsOptions): LocalService {
  const state = new TopicState(folder);
  return {
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
      operation(Subscribe$, subscriptions.subscribe.bind(undefined, state)),
      operation(Unsubscribe$, subscriptions.unsubscribe.bind(undefined, state)),
      operation(ListSubscriptions$, subscriptions.listSubscriptions.bind(undefined, state)),
      operation(ListSubscriptionsByTopic$, subscriptions.listByTopic.bind(undefined, state)),
      operation(GetSubscriptionAttributes$, subscriptions.getSubscriptionAttributes.bind(undefined, state)),
      operation(SetSubscriptionAttributes$, subscriptions.setSubscriptionAttributes.bind(undefined, state)),
      operation(Publish$, publish.bind(undefined, { state, queues })),
      operation(PublishBatch$, publishBatch.bind(undefined, { state, queues })),
    ],
    close: () => state.close(),
  };
}
