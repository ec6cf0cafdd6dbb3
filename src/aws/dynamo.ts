import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ConditionalWrite, TableName } from '../engine/model/command.ts';
import { FaultError } from '../engine/model/fault.ts';
import type { IndexQuery, Item, Page, TableStore } from '../engine/model/ports.ts';
import type { JsonObject } from '../engine/model/units.ts';
import type { Call, CallPolicy } from './call-policy.ts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';
import { updateExpression } from './dynamo-expressions.ts';
import { hasKind } from './errors.ts';
import { isRepeatable } from './repeatable.ts';
import { keyAttributes } from './tables.ts';

/** DynamoDB's own limits of one request. */
const BATCH_GET_MAX = 100;
/** What a batch left over is sent again this often, with growing pauses, before it is a fault. */
const BATCH_ROUNDS_MAX = 8;

type DynamoItem = Record<string, AttributeValue>;

const toDynamo = (item: JsonObject): DynamoItem => marshall(item, { removeUndefinedValues: true });
const fromDynamo = (item: DynamoItem): Item => unmarshall(item) as Item;

/** The table store on DynamoDB: single-item conditional writes, no transactions, no streams. */
export class DynamoStore implements TableStore {
  readonly #client: DynamoDBClient;
  readonly #calls: CallPolicy;
  readonly #prefix: string;

  constructor(target: AwsTarget, prefix: string) {
    this.#calls = callsOf(target);
    this.#client = new DynamoDBClient(clientOptions(target, 'DYNAMODB'));
    this.#prefix = prefix;
  }

  async get(table: TableName, key: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#name(table), Key: keyOf(table, key), ConsistentRead: true });
    const { Item } = await this.#send({ operation: 'GetItem', table }, (abortSignal) =>
      this.#client.send(command, { abortSignal }),
    );
    return Item === undefined ? undefined : fromDynamo(Item);
  }

  async batchGet(table: TableName, keys: readonly string[]): Promise<readonly Item[]> {
    const name = this.#name(table);
    const items: Item[] = [];
    let wanted: DynamoItem[] = keys.slice(0, BATCH_GET_MAX).map((key) => keyOf(table, key));
    for (let round = 0; wanted.length > 0; round++) {
      await this.#pauseBefore(round, name);
      const command = new BatchGetItemCommand({ RequestItems: { [name]: { Keys: wanted, ConsistentRead: true } } });
      const reply = await this.#send({ operation: 'BatchGetItem', table }, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
      items.push(...(reply.Responses?.[name] ?? []).map(fromDynamo));
      wanted = reply.UnprocessedKeys?.[name]?.Keys ?? [];
    }
    return items;
  }

  async write(write: ConditionalWrite): Promise<Item | undefined> {
    const { update, condition, names, values } = updateExpression(write);
    const command = new UpdateItemCommand({
      TableName: this.#name(write.table),
      Key: keyOf(write.table, write.key),
      UpdateExpression: update,
      ...(condition !== undefined && { ConditionExpression: condition }),
      ExpressionAttributeNames: names,
      // DynamoDB refuses an empty map: a write may remove only.
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: toDynamo(values) }),
      ReturnValues: 'ALL_NEW',
    });
    try {
      // Refused the second time, a write that was carried out the first time would pass for one that never was. Who made it
      // knows what to look for; so what is in doubt is his to settle.
      const repeat = isRepeatable(write) ? 'always' : 'unsent';
      const { Attributes } = await this.#send({ operation: 'UpdateItem', table: write.table, repeat }, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
      return fromDynamo(Attributes ?? {});
    } catch (error) {
      if (hasKind(error, 'conflict')) return undefined;
      throw error;
    }
  }

  async query({ table, index, hash, range, limit, after }: IndexQuery): Promise<Page<Item>> {
    const command = new QueryCommand({
      TableName: this.#name(table),
      ...(index !== undefined && { IndexName: index }),
      KeyConditionExpression: range === undefined ? '#h = :h' : '#h = :h AND #r >= :r',
      ExpressionAttributeNames: { '#h': hash.attribute, ...(range !== undefined && { '#r': range.attribute }) },
      ExpressionAttributeValues: toDynamo({ ':h': hash.value, ...(range !== undefined && { ':r': range.atLeast }) }),
      Limit: limit,
      ...(after !== undefined && { ExclusiveStartKey: toDynamo(after) }),
    });
    return pageOf(
      await this.#send({ operation: 'Query', table }, (abortSignal) => this.#client.send(command, { abortSignal })),
    );
  }

  async scan(table: TableName, after?: JsonObject): Promise<Page<Item>> {
    const command = new ScanCommand({
      TableName: this.#name(table),
      ...(after !== undefined && { ExclusiveStartKey: toDynamo(after) }),
    });
    const call = { operation: 'Scan', table, kind: 'list' } as const;
    return pageOf(await this.#send(call, (abortSignal) => this.#client.send(command, { abortSignal })));
  }

  async delete(table: TableName, key: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.#name(table), Key: keyOf(table, key) });
    await this.#send({ operation: 'DeleteItem', table }, (abortSignal) => this.#client.send(command, { abortSignal }));
  }

  #name(table: TableName): string {
    return `${this.#prefix}${table}`;
  }

  #send<T>(
    { operation, table, ...how }: Pick<Call, 'operation' | 'kind' | 'repeat'> & { readonly table: TableName },
    act: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const call = { operation: `dynamodb ${operation}`, target: this.#name(table), ...how };
    return this.#calls.run(call, ({ signal }) => act(signal));
  }

  /** What DynamoDB hands back unprocessed was throttled: wait longer each round, then give up loudly. */
  async #pauseBefore(round: number, table: string): Promise<void> {
    if (round === 0) return;
    if (round < BATCH_ROUNDS_MAX) return this.#calls.pauseForLeftOvers('dynamodb', round);
    throw new FaultError({
      kind: 'throttled',
      operation: 'dynamodb batch',
      target: table,
      detail: `items were left over ${round} times`,
      code: '',
    });
  }
}

function keyOf(table: TableName, key: string): DynamoItem {
  return toDynamo(keyAttributes(table, key));
}

function pageOf(reply: { Items?: DynamoItem[] | undefined; LastEvaluatedKey?: DynamoItem | undefined }): Page<Item> {
  return {
    items: (reply.Items ?? []).map(fromDynamo),
    next: reply.LastEvaluatedKey === undefined ? undefined : fromDynamo(reply.LastEvaluatedKey),
  };
}
