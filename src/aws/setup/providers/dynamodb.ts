import {
  type AttributeDefinition,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  ListTagsOfResourceCommand,
  type TableDescription,
  TagResourceCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { FaultError } from '../../../engine/model/fault.ts';
import type { JsonObject } from '../../../engine/model/units.ts';
import { clientOptions } from '../../client-options.ts';
import { systemClock } from '../../system-clock.ts';
import type { Resource } from '../model/resource.ts';
import {
  type Found,
  ifThere,
  propertiesOf,
  type Provider,
  type ProviderContext,
  type TagPair,
  tagPairs,
  unlessThere,
} from './provider.ts';

const SETTLED_WITHIN_MS = 120_000;
/** The embedded DynamoDB has a table at once, AWS after some seconds. */
const LOOK_EVERY_MS = 500;

interface TableProperties {
  readonly AttributeDefinitions: AttributeDefinition[];
  readonly KeySchema: KeySchemaElement[];
  readonly GlobalSecondaryIndexes?: GlobalSecondaryIndex[];
  readonly TimeToLiveSpecification?: { readonly AttributeName: string; readonly Enabled: boolean };
  readonly Tags: TagPair[];
}

/** Tables, paid by the request. Their keys and indexes stay as they were made. */
export class TableProvider implements Provider {
  readonly fixed = ['AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes', 'BillingMode'];
  readonly #ask: ProviderContext['ask'];
  readonly #client: DynamoDBClient;

  constructor({ target, ask }: ProviderContext) {
    this.#ask = ask;
    this.#client = new DynamoDBClient(clientOptions(target, 'DYNAMODB'));
  }

  async read({ name }: Resource): Promise<Found | undefined> {
    const table = await this.#describe(name);
    if (table === undefined || table.TableStatus === 'DELETING') return undefined;
    if (table.TableStatus !== 'ACTIVE') await this.#untilActive(name);
    const ttl = await this.#ask('dynamodb DescribeTimeToLive', name, (abortSignal) =>
      this.#client.send(new DescribeTimeToLiveCommand({ TableName: name }), { abortSignal }),
    );
    const { Tags } = await this.#ask('dynamodb ListTagsOfResource', name, (abortSignal) =>
      this.#client.send(new ListTagsOfResourceCommand({ ResourceArn: table.TableArn }), { abortSignal }),
    );
    const { AttributeName, TimeToLiveStatus = '' } = ttl.TimeToLiveDescription ?? {};
    return {
      attributes: {},
      properties: {
        ...shapeOf(table),
        ...(AttributeName !== undefined && {
          TimeToLiveSpecification: { AttributeName, Enabled: TimeToLiveStatus.startsWith('ENABL') },
        }),
        Tags: tagPairs(Tags) as never,
      },
    };
  }

  async create(resource: Resource): Promise<void> {
    const { TimeToLiveSpecification, ...rest } = propertiesOf<TableProperties>(resource);
    const command = new CreateTableCommand({ TableName: resource.name, BillingMode: 'PAY_PER_REQUEST', ...rest });
    await unlessThere(
      this.#ask('dynamodb CreateTable', resource.name, (abortSignal) => this.#client.send(command, { abortSignal })),
    );
    await this.#untilActive(resource.name);
    if (TimeToLiveSpecification !== undefined) await this.mend(resource, ['TimeToLiveSpecification']);
  }

  async mend(resource: Resource, changed: readonly string[]): Promise<void> {
    const { name } = resource;
    const { Tags, TimeToLiveSpecification } = propertiesOf<TableProperties>(resource);
    if (changed.includes('TimeToLiveSpecification'))
      await this.#ask('dynamodb UpdateTimeToLive', name, (abortSignal) =>
        this.#client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }), { abortSignal }),
      );
    if (changed.includes('Tags')) {
      const ResourceArn = (await this.#describe(name))?.TableArn;
      await this.#ask('dynamodb TagResource', name, (abortSignal) =>
        this.#client.send(new TagResourceCommand({ ResourceArn, Tags }), { abortSignal }),
      );
    }
  }

  async remove({ name }: Resource): Promise<void> {
    await ifThere(
      this.#ask('dynamodb DeleteTable', name, (abortSignal) =>
        this.#client.send(new DeleteTableCommand({ TableName: name }), { abortSignal }),
      ),
    );
    await this.#until(name, 'DeleteTable', (table) => table === undefined);
  }

  async #describe(name: string): Promise<TableDescription | undefined> {
    const reply = await ifThere(
      this.#ask('dynamodb DescribeTable', name, (abortSignal) =>
        this.#client.send(new DescribeTableCommand({ TableName: name }), { abortSignal }),
      ),
    );
    return reply?.Table;
  }

  #untilActive(name: string): Promise<void> {
    return this.#until(name, 'CreateTable', (table) => table?.TableStatus === 'ACTIVE');
  }

  async #until(name: string, operation: string, isSo: (table: TableDescription | undefined) => boolean): Promise<void> {
    const deadline = systemClock.monotonicMs() + SETTLED_WITHIN_MS;
    for (;;) {
      const table = await this.#describe(name);
      if (isSo(table)) return;
      if (systemClock.monotonicMs() >= deadline) {
        const detail = `it is ${table?.TableStatus ?? 'not there'} after ${SETTLED_WITHIN_MS / 1_000} s; run the same command again, which goes on from there`;
        throw new FaultError({ kind: 'timeout', operation: `dynamodb ${operation}`, target: name, detail, code: '' });
      }
      await systemClock.sleep(LOOK_EVERY_MS);
    }
  }
}

function shapeOf(table: TableDescription): JsonObject {
  const indexes = (table.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection: {
      ProjectionType: Projection?.ProjectionType,
      ...((Projection?.NonKeyAttributes ?? []).length > 0 && { NonKeyAttributes: Projection?.NonKeyAttributes }),
    },
  }));
  return {
    TableName: table.TableName,
    BillingMode: table.BillingModeSummary?.BillingMode ?? 'PROVISIONED',
    AttributeDefinitions: table.AttributeDefinitions as never,
    KeySchema: table.KeySchema as never,
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes as never }),
  };
}
