import { createRequire } from 'node:module';
import { type ItemStore, wholeWrites } from './whole-writes.ts';

/** DynamoDB's JSON, untyped: dynalite checks it more strictly than any schema of ours would. */
export type DynamoJson = Readonly<Record<string, unknown>>;

/** What dynalite reports for a request that is wrong. */
export interface DynamoRefusal {
  readonly statusCode: number;
  readonly body: DynamoJson;
}

export interface Dynalite {
  /** Runs one operation. Rejects with DynamoRefusal for what is wrong with it, with another error for a broken store. */
  run(operation: string, input: DynamoJson): Promise<DynamoJson>;
  has(operation: string): boolean;
  close(): Promise<void>;
}

type Callback = (error: unknown, reply: DynamoJson) => void;
type Action = (store: Store, input: DynamoJson, done: Callback) => void;

interface Store extends ItemStore {
  readonly tableDb: { awsAccountId: string; awsRegion: string };
  readonly db: ItemStore['db'] & { close(): Promise<void> };
}

interface Validations {
  checkTypes(input: DynamoJson, types: unknown): DynamoJson;
  checkValidations(this: void, ...input: [DynamoJson, types: unknown, custom: unknown, store: Store]): void;
}

interface Validation {
  readonly types: unknown;
  readonly custom: unknown;
}

const OPERATIONS: ReadonlySet<string> = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
]);

const WRITES_ITEMS: ReadonlySet<string> = new Set(['BatchWriteItem', 'DeleteItem', 'PutItem', 'UpdateItem']);

/** States that AWS passes through for seconds; here a table is there at once. */
const AT_ONCE = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };

export interface DynaliteOptions {
  readonly folder: string;
  readonly accountId: string;
  readonly region: string;
}

/**
 * Opens dynalite's database and its operations, without its HTTP server: that one rethrows in a callback when a client
 * goes away or the disk is full, which would end the process, and closes its database only if it listens itself.
 */
export function openDynalite({ folder, accountId, region }: DynaliteOptions): Dynalite {
  const require = createRequire(import.meta.url);
  const database = require('dynalite/db') as { create(options: object): Store };
  const validations = require('dynalite/validations') as Validations;
  const store = database.create({ path: folder, ...AT_ONCE });
  store.tableDb.awsAccountId = accountId;
  store.tableDb.awsRegion = region;

  return {
    has: (operation) => OPERATIONS.has(operation),
    run: (operation, input) =>
      new Promise((resolve, reject: (reason: unknown) => void) => {
        const file = operation.charAt(0).toLowerCase() + operation.slice(1);
        const { types, custom } = require(`dynalite/validations/${file}`) as Validation;
        const action = require(`dynalite/actions/${file}`) as Action;
        const checked = validations.checkTypes(input, types);
        validations.checkValidations(checked, types, custom, store);
        action(WRITES_ITEMS.has(operation) ? wholeWrites(store) : store, checked, (error, reply) =>
          error ? reject(error) : resolve(reply),
        );
      }),
    close: () => store.db.close(),
  };
}

export const isRefusal = (error: unknown): error is DynamoRefusal =>
  typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error;
