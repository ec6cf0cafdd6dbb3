import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ConditionalWrite, TableName } from '../engine/model/command.ts';
import { FaultError } from '../engine/model/fault.ts';
import type { IndexQuery, Item, Page, TableStore } from '../engine/model/ports.ts';
import type { JsonObject } from '../engine/model/units.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';
import { updateExpression } from './dynamo-expressions.ts';
import { classified, hasKind } from './errors.ts';
import { TABLES } from './tables.ts';

/** DynamoDB's own limits of one request. */
const BATCH_GET_MAX = 100;
const BATCH_WRITE_MAX = 25;
/** What a batch left over is sent again this often, with growing pauses, before it is a fault. */
const BATCH_ROUNDS_MAX = 8;
const BATCH_PAUSE_MS = 50;

type DynamoItem = Record<string, AttributeValue>;

const toDynamo = (item: JsonObject): DynamoItem => marshall(item, { removeUndefinedValues: true });
const fromDynamo = (item: DynamoItem): Item => unmarshall(item) as Item;

/** The table store on DynamoDB: single-item conditional writes, no transactions, no streams. */
export class DynamoStore implements TableStore {
  readonly #client: DynamoDBClient;
  readonly #prefix: string;

  constructor(target: AwsTarget, prefix: string) {
    this.#client = new DynamoDBClient(clientOptions(target));
    this.#prefix = prefix;
  }

  async get(table: TableName, key: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#name(table), Key: keyOf(table, key), ConsistentRead: true });
    const { Item } = await this.#send('GetItem', table, () => this.#client.send(command));
    return Item === undefined ? undefined : fromDynamo(Item);
  }

  async batchGet(table: TableName, keys: readonly string[]): Promise<readonly Item[]> {
    const name = this.#name(table);
    const items: Item[] = [];
    let wanted: DynamoItem[] = keys.slice(0, BATCH_GET_MAX).map((key) => keyOf(table, key));
    for (let round = 0; wanted.length > 0; round++) {
      await pauseBefore(round, name);
      const command = new BatchGetItemCommand({ RequestItems: { [name]: { Keys: wanted, ConsistentRead: true } } });
      const reply = await this.#send('BatchGetItem', table, () => this.#client.send(command));
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
      const { Attributes } = await this.#send('UpdateItem', write.table, () => this.#client.send(command));
      return fromDynamo(Attributes ?? {});
    } catch (error) {
      if (hasKind(error, 'conflict')) return undefined;
      throw error;
    }
  }

  async putAll(table: TableName, items: readonly Item[]): Promise<void> {
    const name = this.#name(table);
    for (let start = 0; start < items.length; start += BATCH_WRITE_MAX) {
      let left: WriteRequest[] = items
        .slice(start, start + BATCH_WRITE_MAX)
        .map((item) => ({ PutRequest: { Item: toDynamo(item) } }));
      for (let round = 0; left.length > 0; round++) {
        await pauseBefore(round, name);
        const command = new BatchWriteItemCommand({ RequestItems: { [name]: left } });
        const reply = await this.#send('BatchWriteItem', table, () => this.#client.send(command));
        left = reply.UnprocessedItems?.[name] ?? [];
      }
    }
  }

  async query({ table, index, hash, range, limit, after }: IndexQuery): Promise<Page<Item>> {
    const command = new QueryCommand({
      TableName: this.#name(table),
      IndexName: index,
      KeyConditionExpression: range === undefined ? '#h = :h' : '#h = :h AND #r >= :r',
      ExpressionAttributeNames: { '#h': hash.attribute, ...(range !== undefined && { '#r': range.attribute }) },
      ExpressionAttributeValues: toDynamo({ ':h': hash.value, ...(range !== undefined && { ':r': range.atLeast }) }),
      Limit: limit,
      ...(after !== undefined && { ExclusiveStartKey: toDynamo(after) }),
    });
    return pageOf(await this.#send('Query', table, () => this.#client.send(command)));
  }

  async scan(table: TableName, after?: JsonObject): Promise<Page<Item>> {
    const command = new ScanCommand({
      TableName: this.#name(table),
      ...(after !== undefined && { ExclusiveStartKey: toDynamo(after) }),
    });
    return pageOf(await this.#send('Scan', table, () => this.#client.send(command)));
  }

  async delete(table: TableName, key: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.#name(table), Key: keyOf(table, key) });
    await this.#send('DeleteItem', table, () => this.#client.send(command));
  }

  #name(table: TableName): string {
    return `${this.#prefix}${table}`;
  }

  #send<T>(operation: string, table: TableName, call: () => Promise<T>): Promise<T> {
    return classified(`dynamodb ${operation}`, this.#name(table), call);
  }
}

function keyOf(table: TableName, key: string): DynamoItem {
  return { [TABLES[table].key]: { S: key } };
}

function pageOf(reply: { Items?: DynamoItem[] | undefined; LastEvaluatedKey?: DynamoItem | undefined }): Page<Item> {
  return {
    items: (reply.Items ?? []).map(fromDynamo),
    next: reply.LastEvaluatedKey === undefined ? undefined : fromDynamo(reply.LastEvaluatedKey),
  };
}

/** What DynamoDB hands back unprocessed was throttled: wait longer each round, then give up loudly. */
async function pauseBefore(round: number, table: string): Promise<void> {
  if (round === 0) return;
  if (round >= BATCH_ROUNDS_MAX) {
    throw new FaultError({
      kind: 'throttled',
      operation: 'dynamodb batch',
      target: table,
      detail: `items were left over ${round} times`,
      code: '',
    });
  }
  await new Promise((resolve) => setTimeout(resolve, BATCH_PAUSE_MS * 2 ** round));
}
