import path from 'node:path';
import type { Deployment } from '../model/deployment.ts';
import { poolId } from '../model/ids.ts';
import type { InstanceType } from '../model/market.ts';
import type { InstanceMetadata, Item, Queue } from '../model/ports.ts';
import type { EpochMs, UsdPerHour } from '../model/units.ts';
import type { Lifecycle, Serves } from '../model/worker.ts';
import type { AttemptPlace, AttemptPorts } from './attempt-context.ts';
import type { ClaimContext } from './claim.ts';
import { Drivers } from './drivers/drivers.ts';
import { InputCache } from './input-cache.ts';

/** Beside the jobs: copies between two folders of one disk may be made by reference. No job has this name. */
const INPUTS_FOLDER = '.inputs';

export interface AgentPorts extends AttemptPorts {
  readonly pings: Queue;
  readonly metadata: InstanceMetadata;
}

export interface AgentOptions {
  readonly ports: AgentPorts;
  readonly deployment: Deployment;
  readonly identity: {
    readonly instanceId: string;
    readonly instanceType: string;
    readonly zone: string;
    readonly region: string;
    readonly lifecycle: Lifecycle;
    readonly launchedAt: EpochMs;
  };
  readonly intent: string;
  /** Of CBAS, for whoever asks which versions run. */
  readonly version?: string;
  readonly bidUsdPerHour: number;
  /** Not said: its queue. */
  readonly serves?: Serves;
  /** What it costs where it is on-demand; not there while that is not known. */
  readonly onDemandUsdPerHour?: UsdPerHour;
  readonly slots: number;
  /** What the machine is; shared evenly by the slots. */
  readonly machine: Pick<InstanceType, 'vcpus' | 'memoryMb' | 'arch' | 'gpus'>;
  readonly queue: string;
  /** A job that came with the launch, tried before any other; undefined when none did. */
  readonly firstJobId?: string;
  readonly jobsRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How jobs are saved here; not said: by themselves only. */
  readonly drivers?: Drivers;
  /** Told of the worker's own item, as it is read with every ping. */
  readonly onOwnItem?: (item: Item) => void;
  readonly say: (line: string) => void;
}

/** Where its jobs run, and what is known there at each moment. */
export function attemptPlace(
  options: AgentOptions,
  known: Pick<AttemptPlace, 'usdPerHour' | 'hazard' | 'spareSlots' | 'jobsHere'>,
): AttemptPlace {
  const { ports, deployment, identity, slots, jobsRoot, environment, drivers, say } = options;
  return {
    deployment,
    workerId: identity.instanceId,
    pool: poolId(identity.instanceType, identity.zone),
    lifecycle: identity.lifecycle,
    slots,
    jobsRoot,
    environment,
    ...known,
    drivers: drivers ?? new Drivers(ports),
    inputs: new InputCache(ports, path.join(jobsRoot, INPUTS_FOLDER)),
    say,
  };
}

/** What it says of itself where it looks for a job: its price as it is now, and what its slots hold. */
export function claimContext(options: AgentOptions, now: Pick<ClaimContext, 'usdPerHour' | 'taken'>): ClaimContext {
  const { ports, deployment, identity, serves = 'queue', slots, machine, queue } = options;
  return {
    store: ports.store,
    clock: ports.clock,
    random: ports.random,
    deployment,
    workerId: identity.instanceId,
    pool: poolId(identity.instanceType, identity.zone),
    region: identity.region,
    queue,
    lifecycle: identity.lifecycle,
    serves,
    slot: {
      type: identity.instanceType,
      arch: machine.arch,
      gpus: machine.gpus,
      vcpus: machine.vcpus / slots,
      memoryMb: machine.memoryMb / slots,
    },
    ...now,
  };
}
