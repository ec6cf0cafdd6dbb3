import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import type { Json, JsonObject } from '../../../engine/model/units.ts';
import { clientOptions } from '../../client-options.ts';
import type { Resource } from '../model/resource.ts';
import {
  type Found,
  ifThere,
  parsed,
  propertiesOf,
  type Provider,
  type ProviderContext,
  type TagPair,
  tagPairsOf,
  tagRecord,
} from './provider.ts';

/** Properties that SQS calls attributes; all of them text there. */
const ATTRIBUTES = [
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
] as const satisfies readonly QueueAttributeName[];

/** Asks and changes queues by name. */
class Queues {
  readonly #ask: ProviderContext['ask'];
  readonly #client: SQSClient;

  constructor({ target, ask }: ProviderContext) {
    this.#ask = ask;
    this.#client = new SQSClient(clientOptions(target, 'SQS'));
  }

  async url(name: string): Promise<string | undefined> {
    const reply = await ifThere(
      this.#ask('sqs GetQueueUrl', name, (abortSignal) =>
        this.#client.send(new GetQueueUrlCommand({ QueueName: name }), { abortSignal }),
      ),
    );
    return reply?.QueueUrl;
  }

  async attributes(url: string, names: readonly QueueAttributeName[]): Promise<Readonly<Record<string, string>>> {
    const reply = await ifThere(
      this.#ask('sqs GetQueueAttributes', url, (abortSignal) =>
        this.#client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }), {
          abortSignal,
        }),
      ),
    );
    return reply?.Attributes ?? {};
  }

  async setAttributes(url: string, Attributes: Record<string, string>): Promise<void> {
    await this.#ask('sqs SetQueueAttributes', url, (abortSignal) =>
      this.#client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }), { abortSignal }),
    );
  }

  async tags(url: string): Promise<TagPair[]> {
    const reply = await this.#ask('sqs ListQueueTags', url, (abortSignal) =>
      this.#client.send(new ListQueueTagsCommand({ QueueUrl: url }), { abortSignal }),
    );
    return tagPairsOf(reply.Tags);
  }

  async tag(url: string, tags: readonly TagPair[]): Promise<void> {
    await this.#ask('sqs TagQueue', url, (abortSignal) =>
      this.#client.send(new TagQueueCommand({ QueueUrl: url, Tags: tagRecord(tags) }), { abortSignal }),
    );
  }

  async create(name: string, Attributes: Record<string, string>, tags: readonly TagPair[]): Promise<void> {
    const command = new CreateQueueCommand({ QueueName: name, Attributes, tags: tagRecord(tags) });
    await this.#ask('sqs CreateQueue', name, (abortSignal) => this.#client.send(command, { abortSignal }));
  }

  async delete(url: string): Promise<void> {
    await ifThere(
      this.#ask('sqs DeleteQueue', url, (abortSignal) =>
        this.#client.send(new DeleteQueueCommand({ QueueUrl: url }), { abortSignal }),
      ),
    );
  }
}

function attributeText(value: Json | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function attributesOf(properties: JsonObject, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (properties[name] === undefined ? [] : [[name, attributeText(properties[name])]])),
  );
}

export class QueueProvider implements Provider {
  readonly fixed = [];
  readonly #queues: Queues;

  constructor(context: ProviderContext) {
    this.#queues = new Queues(context);
  }

  async read({ name }: Resource): Promise<Found | undefined> {
    const url = await this.#queues.url(name);
    if (url === undefined) return undefined;
    const [found, tags] = await Promise.all([this.#queues.attributes(url, ATTRIBUTES), this.#queues.tags(url)]);
    return {
      attributes: { QueueUrl: url },
      properties: {
        QueueName: name,
        MessageRetentionPeriod: Number(found['MessageRetentionPeriod']),
        ReceiveMessageWaitTimeSeconds: Number(found['ReceiveMessageWaitTimeSeconds'] ?? 0),
        ...(found['RedrivePolicy'] !== undefined && { RedrivePolicy: parsed(found['RedrivePolicy']) }),
        SqsManagedSseEnabled: found['SqsManagedSseEnabled'] === 'true',
        Tags: tags as never,
      },
    };
  }

  create({ name, properties, ...rest }: Resource): Promise<void> {
    const { Tags } = propertiesOf<{ readonly Tags: TagPair[] }>({ name, properties, ...rest });
    return this.#queues.create(name, attributesOf(properties, ATTRIBUTES), Tags);
  }

  async mend({ name, properties }: Resource, changed: readonly string[]): Promise<void> {
    const url = (await this.#queues.url(name)) ?? '';
    const attributes = attributesOf(
      properties,
      changed.filter((one) => ATTRIBUTES.includes(one as never)),
    );
    if (Object.keys(attributes).length > 0) await this.#queues.setAttributes(url, attributes);
    if (changed.includes('Tags')) await this.#queues.tag(url, properties['Tags'] as never);
  }

  async remove({ name }: Resource): Promise<void> {
    const url = await this.#queues.url(name);
    if (url !== undefined) await this.#queues.delete(url);
  }
}

/** The policy of a queue is an attribute of it. */
export class QueuePolicyProvider implements Provider {
  readonly fixed = [];
  readonly #queues: Queues;

  constructor(context: ProviderContext) {
    this.#queues = new Queues(context);
  }

  async read({ name }: Resource): Promise<Found | undefined> {
    const url = await this.#queues.url(name);
    const { Policy } = url === undefined ? {} : await this.#queues.attributes(url, ['Policy']);
    const document = parsed(Policy);
    if (url === undefined || document === undefined) return undefined;
    return { attributes: {}, properties: { Queues: [url], PolicyDocument: document } };
  }

  async create(resource: Resource): Promise<void> {
    const url = (await this.#queues.url(resource.name)) ?? '';
    await this.#queues.setAttributes(url, { Policy: JSON.stringify(resource.properties['PolicyDocument']) });
  }

  mend(resource: Resource): Promise<void> {
    return this.create(resource);
  }

  async remove({ name }: Resource): Promise<void> {
    const url = await this.#queues.url(name);
    if (url !== undefined) await this.#queues.setAttributes(url, { Policy: '' });
  }
}
