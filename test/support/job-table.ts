import { MemoryTable } from '../../src/aws/memory/memory-table.ts';
import type { FaultHook } from '../../src/aws/memory/faults.ts';
import type { Deployment } from '../../src/engine/model/deployment.ts';
import type { Item } from '../../src/engine/model/ports.ts';
import type { Json } from '../../src/engine/model/units.ts';
import { decodeJobDocument, type JobDocument } from '../../src/engine/protocol/job-document.ts';
import { newJobItem } from '../../src/engine/protocol/job-item.ts';

export const SHARDS = { shards: 4, readyShards: 2 } as const;
type Shards = Pick<Deployment, 'shards' | 'readyShards'>;

/** A document as its owner wrote it, with the defaults filled in; a test that writes a wrong one is told. */
export function documentOf(given: Readonly<Record<string, Json>> = {}): JobDocument {
  const decoded = decodeJobDocument({ cbas: 1, run: { command: ['true'] }, ...given });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  return decoded.value;
}

export interface Submitted {
  readonly id: string;
  readonly at: number;
  readonly document?: JobDocument;
}

export function itemOf({ id, at, document = documentOf() }: Submitted, shards: Shards = SHARDS): Item {
  return newJobItem({ id, document, deadlineAt: 0, at }, shards);
}

/** A table with jobs in it. */
export async function tableWith(
  jobs: readonly Submitted[],
  hook?: FaultHook,
  shards: Shards = SHARDS,
): Promise<MemoryTable> {
  const table = new MemoryTable(hook === undefined ? {} : { hook });
  await table.putAll(
    'jobs',
    jobs.map((job) => itemOf(job, shards)),
  );
  return table;
}
