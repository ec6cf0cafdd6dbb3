import { isObject } from '../engine/protocol/shape.ts';
import type { Item, TableStore } from '../engine/model/ports.ts';
import { FaultError } from '../engine/model/fault.ts';
import { MISC } from '../engine/protocol/misc-item.ts';
import { workerRowOf } from '../engine/protocol/worker-item.ts';

/** Which versions of CBAS run in a deployment, and how many of each. */
export interface RunningVersions {
  readonly workers: Readonly<Record<string, number>>;
  /** Of the leader; undefined where none leads. */
  readonly master: string | undefined;
}

/** A process of before versions were told. */
const UNTOLD = 'not told';

/** From what each process says of itself: workers in their rows, the leader beside its lease. */
export async function runningVersions(store: TableStore): Promise<RunningVersions> {
  const workers: Record<string, number> = {};
  try {
    let after: Parameters<TableStore['scan']>[1];
    do {
      const page = await store.scan('workers', after);
      for (const item of page.items) {
        const state = workerRowOf(item)?.state;
        // PENDING: nothing of ours runs there yet.
        if (state === undefined || state === 'TERMINATED' || state === 'LOST' || state === 'PENDING') continue;
        const version = versionIn(item);
        workers[version] = (workers[version] ?? 0) + 1;
      }
      after = page.next;
    } while (after !== undefined);
    const leader = await store.get('misc', MISC.leader);
    return { workers, master: isLed(leader) ? versionIn(leader['about']) : undefined };
  } catch (error) {
    // The tables are not there: then nothing runs on them.
    if (error instanceof FaultError && error.fault.kind === 'not-found') return { workers: {}, master: undefined };
    throw error;
  }
}

function isLed(leader: Item | undefined): leader is Item {
  return typeof leader?.['holder'] === 'string' && leader['holder'] !== '';
}

function versionIn(value: unknown): string {
  const version = isObject(value) ? value['version'] : undefined;
  return typeof version === 'string' && version !== '' ? version : UNTOLD;
}

/** "3 workers of 0.1.0, 1 of 0.2.0; the master is 0.2.0". */
export function versionsSentence({ workers, master }: RunningVersions): string {
  const told = Object.entries(workers).map(([version, count]) => `${count} of ${version}`);
  return `running: ${told.length === 0 ? 'no worker' : `workers ${told.join(', ')}`}; ${master === undefined ? 'no master leads' : `the master ${master}`}`;
}
