import path from 'node:path';
import { MemoryQueue } from '../../src/aws/memory/memory-queue.ts';
import type { MemoryBlobs } from '../../src/aws/memory/memory-blobs.ts';
import type { MemoryTable } from '../../src/aws/memory/memory-table.ts';
import { systemClock } from '../../src/cli/clock.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import type { InstanceMetadata, Queue } from '../../src/engine/model/ports.ts';
import type { Timings } from '../../src/engine/model/timings.ts';
import type { Json } from '../../src/engine/model/units.ts';
import { parseManifest } from '../../src/engine/protocol/blobs.ts';
import type { Drivers } from '../../src/engine/worker/drivers/drivers.ts';
import { Agent } from '../../src/engine/worker/agent.ts';
import { localFiles } from '../../src/engine/worker/local-files.ts';
import { processSupervisor } from '../../src/engine/worker/supervisor.ts';
import { LAB, PLACE } from './memory-cloud.ts';

/** A worker that is real but for AWS: it runs programs, and ends as its agent does. Whoever starts one ends it. */
export interface RealWorker {
  readonly agent: Agent;
  readonly over: Promise<string>;
}

export interface RealWorkerOptions {
  readonly id: string;
  readonly store: MemoryTable;
  readonly blobs: MemoryBlobs;
  /** Its jobs lie below this one, in one of its own. */
  readonly folder: string;
  readonly timings: Timings;
  readonly slots?: number;
  readonly pings?: Queue;
  /** What EC2 says of it; nothing where it is left out. */
  readonly metadata?: Partial<InstanceMetadata>;
  readonly drivers?: Drivers;
}

export function realWorker(options: RealWorkerOptions): RealWorker {
  const { id, store, blobs, folder, timings, slots = 1, metadata, drivers } = options;
  const agent = new Agent({
    ports: {
      store,
      blobs,
      files: localFiles,
      supervisor: processSupervisor,
      clock: systemClock,
      random: () => 0,
      pings: options.pings ?? new MemoryQueue({ clock: systemClock }),
      metadata: {
        identity: () => Promise.reject(new Error('not asked')),
        interruption: async () => undefined,
        rebalance: async () => undefined,
        ...metadata,
      },
    },
    deployment: { ...LAB, timings },
    identity: { ...PLACE, instanceId: id },
    intent: '',
    bidUsdPerHour: 0.05,
    slots,
    machine: { vcpus: 2, memoryMb: 4_096, arch: 'x86_64', gpus: 0 },
    queue: 'default',
    jobsRoot: path.join(folder, id),
    environment: { PATH: process.env['PATH'] },
    ...(drivers !== undefined && { drivers }),
    say: () => undefined,
  });
  return { agent, over: agent.run() };
}

export async function endAll(workers: readonly RealWorker[]): Promise<void> {
  for (const { agent } of workers) agent.shutdown('the test is over');
  await Promise.all(workers.map(({ over }) => over));
}

export const shell = (script: string) => ({ run: { command: ['sh', '-c', script] } });

/** Counts to a number, saves at each signal, goes on from what it saved; its output is the number, and what it started from. */
export function counter(to: number): Readonly<Record<string, Json>> {
  const script = `
    n=0; if [ -f "$CBAS_CHECKPOINT_DIR/n" ]; then n=$(cat "$CBAS_CHECKPOINT_DIR/n"); fi
    save() { echo $n > "$CBAS_CHECKPOINT_DIR/.n"; mv "$CBAS_CHECKPOINT_DIR/.n" "$CBAS_CHECKPOINT_DIR/n"; echo $n > "$CBAS_CHECKPOINT_DIR/.r"; mv "$CBAS_CHECKPOINT_DIR/.r" "$CBAS_CHECKPOINT_DIR/READY"; }
    trap save USR1
    echo "$CBAS_RESTORED $n" > start
    while [ $n -lt ${to} ]; do n=$((n+1)); sleep 0.02; done
    echo "{\\"n\\": $n}" > out.json`;
  return {
    ...shell(script),
    checkpoint: { signal: 'SIGUSR1', intervalS: 3_600 },
    outputs: [{ path: 'out.json', name: 'estimate' }, { path: 'start', name: 'start' }],
    record: { book: 'pi', key: 'k', from: 'estimate' },
  }; // prettier-ignore
}

/** The contents of a committed job's outputs by their paths. */
export async function outputsOf(blobs: MemoryBlobs, row: JobRow): Promise<Readonly<Record<string, string>>> {
  const manifest = parseManifest((await blobs.getText(row.result?.manifestKey ?? '')) ?? '');
  const files = manifest?.files ?? [];
  return Object.fromEntries(
    await Promise.all(files.map(async ({ path: name, key }) => [name, (await blobs.getText(key)) ?? ''] as const)),
  );
}
