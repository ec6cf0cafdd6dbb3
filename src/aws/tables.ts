import type { TableName } from '../engine/model/command.ts';
import { splitStreamKey } from '../engine/model/ports.ts';
import { JOB_LIST_ATTRIBUTES } from '../engine/protocol/job-item.ts';
import { WORKER_LIST_ATTRIBUTES } from '../engine/protocol/worker-item.ts';

export interface IndexShape {
  readonly name: string;
  readonly hash: string;
  readonly range: { readonly name: string; readonly type: 'S' | 'N' } | undefined;
  /** Attributes beside the keys; undefined = keys only, 'all' = the whole item. */
  readonly projection: readonly string[] | 'all' | 'keys';
}

export interface TableShape {
  readonly key: string;
  /** A range key beside it, for tables of streams. */
  readonly range: string | undefined;
  readonly indexes: readonly IndexShape[];
}

/** The key attributes of an item, by the name that the port gives it. */
export function keyAttributes(table: TableName, key: string): Readonly<Record<string, string>> {
  const shape = TABLES[table];
  if (shape.range === undefined) return { [shape.key]: key };
  const { stream, seq } = splitStreamKey(key);
  return { [shape.key]: stream, [shape.range]: seq };
}

/** The tables of a deployment, as `init` makes them; docs/protocol.md says what they hold. */
export const TABLES: Readonly<Record<TableName, TableShape>> = {
  jobs: {
    key: 'jobId',
    range: undefined,
    indexes: [
      { name: 'changes', hash: 'shard', range: { name: 'changedAt', type: 'N' }, projection: JOB_LIST_ATTRIBUTES },
      { name: 'ready', hash: 'readyShard', range: { name: 'readyKey', type: 'S' }, projection: 'keys' },
    ],
  },
  workers: {
    key: 'workerId',
    range: undefined,
    indexes: [
      { name: 'changes', hash: 'shard', range: { name: 'changedAt', type: 'N' }, projection: WORKER_LIST_ATTRIBUTES },
    ],
  },
  intents: {
    key: 'intentId',
    range: undefined,
    indexes: [{ name: 'open', hash: 'open', range: { name: 'createdAt', type: 'N' }, projection: 'all' }],
  },
  misc: { key: 'name', range: undefined, indexes: [] },
  events: { key: 'stream', range: 'seq', indexes: [] },
};
