import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DiskFull } from '../durable-log.ts';
import { isRefusal, openDynalite, type Dynalite, type DynamoJson } from './dynalite.ts';
import { createTimeToLive, type TimeToLive } from './ttl.ts';
import type { MountedService } from '../server.ts';
import { ServiceError } from '../service.ts';
import { readBody } from '../wire/body.ts';

/** DynamoDB's own bound: a BatchWriteItem of 25 items of 400 KB, or the like. */
const BODY_MAX_BYTES = 16 * 1024 * 1024;
/** LevelDB needs room for a new table file when its memory table is full (4 MB), and for one compaction of it. */
const FREE_MIN_BYTES = 16 * 1024 * 1024;

export interface DynamoOptions {
  /** State folder; the tables lie in its subfolder "dynamodb". */
  readonly folder: string;
  readonly accountId: string;
  readonly region: string;
  /** A sweep of expired items failed; nothing else is affected. */
  readonly onFault?: (error: unknown) => void;
  /** Writes are refused, and the process stopped, when less than this is free. */
  readonly freeMinBytes?: number;
}

export interface Dynamo extends MountedService {
  readonly timeToLive: TimeToLive;
}

/** The embedded DynamoDB: dynalite behind our router, with the time to live that it lacks. */
export function createDynamo(options: DynamoOptions): Dynamo {
  const { folder, accountId, region, onFault = () => undefined, freeMinBytes = FREE_MIN_BYTES } = options;
  const tables = path.join(folder, 'dynamodb');
  fs.mkdirSync(tables, { recursive: true });
  const dynalite = openDynalite({ folder: tables, accountId, region });
  const timeToLive = createTimeToLive(folder, dynalite, onFault);

  const run = async (operation: string, input: DynamoJson): Promise<DynamoJson> => {
    refuseUnsupported(operation, input);
    if (CHANGES.test(operation)) demandRoom(tables, freeMinBytes);
    if (operation === 'UpdateTimeToLive') return timeToLive.update(input);
    if (operation === 'DescribeTimeToLive') return timeToLive.describe(input);
    if (!dynalite.has(operation)) {
      throw new ServiceError('UnknownOperationException', `The embedded DynamoDB does not implement ${operation}.`);
    }
    // dynalite leaves the tags of a new table aside, and takes them out of the input.
    const tags = operation === 'CreateTable' ? input['Tags'] : undefined;
    const reply = await runStore(dynalite, { operation, input, tables });
    if (Array.isArray(tags) && tags.length > 0)
      await runStore(dynalite, { operation: 'TagResource', input: { ResourceArn: arnOf(reply), Tags: tags }, tables });
    if (operation === 'DeleteTable') timeToLive.forget(String(input.TableName));
    return reply;
  };

  return {
    scope: 'dynamodb',
    timeToLive,
    async handle(request, response) {
      const target = String(request.headers['x-amz-target'] ?? '');
      const operation = target.slice(target.lastIndexOf('.') + 1);
      const reply = await answer(async () => run(operation, parse(await readBody(request, BODY_MAX_BYTES))));
      const body = JSON.stringify(reply.body);
      response.writeHead(reply.statusCode, {
        'content-type': 'application/x-amz-json-1.0',
        'content-length': Buffer.byteLength(body),
        'x-amzn-requestid': randomUUID(),
      });
      response.end(body);
    },
    async close() {
      timeToLive.close();
      await dynalite.close();
    },
  };
}

function arnOf({ TableDescription: table }: DynamoJson): string {
  return String((table as DynamoJson | undefined)?.['TableArn']);
}

const CHANGES = /^(?:Put|Update|BatchWrite|Create|Tag)/;

/** What dynalite would drop in silence, and a caller would rely on. */
function refuseUnsupported(operation: string, input: DynamoJson): void {
  const { StreamSpecification, DeletionProtectionEnabled, ReturnValuesOnConditionCheckFailure } = input;
  const refuse = (name: string): never => {
    throw new ServiceError('ValidationException', `The embedded DynamoDB does not support ${name} in ${operation}.`);
  };
  if ((StreamSpecification as DynamoJson | undefined)?.StreamEnabled === true) refuse('StreamSpecification');
  if (DeletionProtectionEnabled === true) refuse('DeletionProtectionEnabled');
  if (ReturnValuesOnConditionCheckFailure === 'ALL_OLD') refuse('ReturnValuesOnConditionCheckFailure');
}

/** LevelDB finds out too late that the disk is full: it acknowledges from memory what a later table file cannot hold. */
function demandRoom(folder: string, freeMinBytes: number): void {
  const { bavail, bsize } = fs.statfsSync(folder);
  if (bavail * bsize >= freeMinBytes) return;
  throw new DiskFull(folder, new Error(`less than ${freeMinBytes} bytes are free`));
}

interface StoreCall {
  readonly operation: string;
  readonly input: DynamoJson;
  readonly tables: string;
}

async function runStore(dynalite: Dynalite, { operation, input, tables }: StoreCall): Promise<DynamoJson> {
  try {
    return await dynalite.run(operation, input);
  } catch (error) {
    if (error instanceof Error && /IO error|No space left/.test(error.message)) throw new DiskFull(tables, error);
    throw error;
  }
}

interface Answer {
  readonly statusCode: number;
  readonly body: DynamoJson;
}

/** A refusal is an answer like any other; what else goes wrong is the router's to report. */
async function answer(run: () => Promise<DynamoJson>): Promise<Answer> {
  try {
    return { statusCode: 200, body: await run() };
  } catch (error) {
    if (isRefusal(error)) return { statusCode: error.statusCode, body: error.body };
    throw error;
  }
}

function parse(body: Buffer): DynamoJson {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as DynamoJson;
  } catch (error) {
    throw new ServiceError('SerializationException', `The body is not JSON: ${(error as Error).message}`);
  }
  throw new ServiceError('SerializationException', 'The body is not a JSON object.');
}
