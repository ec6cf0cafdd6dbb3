import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  SNSClient,
  TagResourceCommand,
} from '@aws-sdk/client-sns';
import { clientOptions } from '../../client-options.ts';
import type { Resource } from '../model/resource.ts';
import {
  type Found,
  ifThere,
  propertiesOf,
  type Provider,
  type ProviderContext,
  type TagPair,
  tagPairs,
} from './provider.ts';

interface TopicProperties {
  readonly SignatureVersion: string;
  readonly Tags: TagPair[];
}

/** Topics, found by their ARN, which account and region make known beforehand. */
export class TopicProvider implements Provider {
  readonly fixed = [];
  readonly #ask: ProviderContext['ask'];
  readonly #client: SNSClient;
  readonly #arnOf: (name: string) => string;

  constructor({ target, ask }: ProviderContext, arnOf: (name: string) => string) {
    this.#ask = ask;
    this.#client = new SNSClient(clientOptions(target, 'SNS'));
    this.#arnOf = arnOf;
  }

  async read({ name }: Resource): Promise<Found | undefined> {
    const arn = this.#arnOf(name);
    const reply = await ifThere(
      this.#ask('sns GetTopicAttributes', name, (abortSignal) =>
        this.#client.send(new GetTopicAttributesCommand({ TopicArn: arn }), { abortSignal }),
      ),
    );
    if (reply === undefined) return undefined;
    const { Tags } = await this.#ask('sns ListTagsForResource', name, (abortSignal) =>
      this.#client.send(new ListTagsForResourceCommand({ ResourceArn: arn }), { abortSignal }),
    );
    // SNS tells the version only where it was set; it is 1 otherwise.
    const SignatureVersion = reply.Attributes?.['SignatureVersion'] ?? '1';
    return { attributes: {}, properties: { TopicName: name, SignatureVersion, Tags: tagPairs(Tags) as never } };
  }

  async create(resource: Resource): Promise<void> {
    const { name } = resource;
    const { SignatureVersion, Tags } = propertiesOf<TopicProperties>(resource);
    const command = new CreateTopicCommand({ Name: name, Attributes: { SignatureVersion }, Tags });
    await this.#ask('sns CreateTopic', name, (abortSignal) => this.#client.send(command, { abortSignal }));
  }

  async mend(resource: Resource, changed: readonly string[]): Promise<void> {
    const { name } = resource;
    const { SignatureVersion, Tags } = propertiesOf<TopicProperties>(resource);
    const arn = this.#arnOf(name);
    if (changed.includes('SignatureVersion')) {
      const value = { TopicArn: arn, AttributeName: 'SignatureVersion', AttributeValue: SignatureVersion };
      await this.#ask('sns SetTopicAttributes', name, (abortSignal) =>
        this.#client.send(new SetTopicAttributesCommand(value), { abortSignal }),
      );
    }
    if (changed.includes('Tags'))
      await this.#ask('sns TagResource', name, (abortSignal) =>
        this.#client.send(new TagResourceCommand({ ResourceArn: arn, Tags }), { abortSignal }),
      );
  }

  async remove({ name }: Resource): Promise<void> {
    await ifThere(
      this.#ask('sns DeleteTopic', name, (abortSignal) =>
        this.#client.send(new DeleteTopicCommand({ TopicArn: this.#arnOf(name) }), { abortSignal }),
      ),
    );
  }
}
