import path from 'node:path';
import type { Dynalite, DynamoJson } from './dynalite.ts';
import { isRefusal } from './dynalite.ts';
import { openState } from '../logged-state.ts';
import { ServiceError } from '../service.ts';

/** AWS deletes "within a few days"; a minute keeps a local table readable and costs one scan. */
const SWEEP_EVERY_MS = 60_000;
/** Items that expired longer ago are left alone, as on AWS: a time that old is more likely a mistake. */
const TOO_OLD_S = 5 * 365 * 86_400;

interface Entry {
  readonly table: string;
  /** The attribute that holds the epoch seconds; null turns the table's expiry off. */
  readonly attribute: string | null;
}

/** Time to live, which dynalite lacks: which attribute of which table, and the deletion of what has expired. */
export interface TimeToLive {
  update(input: DynamoJson): Promise<DynamoJson>;
  describe(input: DynamoJson): Promise<DynamoJson>;
  forget(table: string): void;
  /** Deletes what had expired at this time and returns how many items that were. */
  sweep(at: number): Promise<number>;
  close(): void;
}

export function createTimeToLive(folder: string, dynalite: Dynalite, onFault: (error: unknown) => void): TimeToLive {
  const attributes = new Map<string, string>();
  const state = openState<Entry>({
    file: path.join(folder, 'dynamodb-ttl.jsonl'),
    apply({ table, attribute }) {
      if (attribute === null) attributes.delete(table);
      else attributes.set(table, attribute);
    },
    entries: () => [...attributes].map(([table, attribute]) => ({ table, attribute })),
  });

  const sweep = async (at: number): Promise<number> => {
    let deleted = 0;
    for (const [table, attribute] of attributes) deleted += await sweepTable({ dynalite, table, attribute }, at);
    return deleted;
  };
  const timer = setInterval(() => void sweep(Date.now()).catch(onFault), SWEEP_EVERY_MS);
  timer.unref();

  return {
    async update(input) {
      const table = String(input.TableName);
      await dynalite.run('DescribeTable', { TableName: input.TableName });
      const asked = (input.TimeToLiveSpecification ?? {}) as { Enabled?: unknown; AttributeName?: unknown };
      if (typeof asked.Enabled !== 'boolean' || typeof asked.AttributeName !== 'string' || asked.AttributeName === '') {
        throw new ServiceError('ValidationException', 'TimeToLiveSpecification needs Enabled and AttributeName.');
      }
      if (asked.Enabled === attributes.has(table)) {
        const state = asked.Enabled ? 'enabled' : 'disabled';
        throw new ServiceError('ValidationException', `TimeToLive is already ${state}`);
      }
      state.record({ table, attribute: asked.Enabled ? asked.AttributeName : null });
      return { TimeToLiveSpecification: { Enabled: asked.Enabled, AttributeName: asked.AttributeName } };
    },
    async describe(input) {
      await dynalite.run('DescribeTable', { TableName: input.TableName });
      const AttributeName = attributes.get(String(input.TableName));
      const TimeToLiveStatus = AttributeName === undefined ? 'DISABLED' : 'ENABLED';
      return { TimeToLiveDescription: { TimeToLiveStatus, ...(AttributeName !== undefined && { AttributeName }) } };
    },
    forget(table) {
      if (attributes.has(table)) state.record({ table, attribute: null });
    },
    sweep,
    close() {
      clearInterval(timer);
      state.close();
    },
  };
}

interface SweepOf {
  readonly dynalite: Dynalite;
  readonly table: string;
  readonly attribute: string;
}

type Item = Readonly<Record<string, DynamoJson>>;

async function sweepTable({ dynalite, table, attribute }: SweepOf, at: number): Promise<number> {
  const nowS = Math.floor(at / 1_000);
  const description = (await dynalite.run('DescribeTable', { TableName: table })).Table;
  const keys = (description as { KeySchema: { AttributeName: string }[] }).KeySchema.map((key) => key.AttributeName);
  let deleted = 0;
  let ExclusiveStartKey: unknown;
  do {
    const page = await dynalite.run('Scan', {
      TableName: table,
      FilterExpression: 'attribute_type(#ttl, :number) AND #ttl BETWEEN :old AND :now',
      ExpressionAttributeNames: { '#ttl': attribute },
      ExpressionAttributeValues: {
        ':number': { S: 'N' },
        ':old': { N: String(nowS - TOO_OLD_S) },
        ':now': { N: String(nowS) },
      },
      ...(ExclusiveStartKey !== undefined && { ExclusiveStartKey }),
    });
    for (const item of page.Items as Item[]) deleted += await expire({ dynalite, table, attribute }, { item, keys });
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return deleted;
}

/** Deletes an item only if its time is still the one that was seen: a lease renewed in between lives on. */
async function expire({ dynalite, table, attribute }: SweepOf, found: { item: Item; keys: string[] }): Promise<number> {
  try {
    await dynalite.run('DeleteItem', {
      TableName: table,
      Key: Object.fromEntries(found.keys.map((key) => [key, found.item[key]])),
      ConditionExpression: '#ttl = :seen',
      ExpressionAttributeNames: { '#ttl': attribute },
      ExpressionAttributeValues: { ':seen': found.item[attribute] },
    });
    return 1;
  } catch (error) {
    if (isRefusal(error)) return 0;
    throw error;
  }
}
