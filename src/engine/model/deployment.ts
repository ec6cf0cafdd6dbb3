import type { Calls } from './calls.ts';
import type { PushFigures } from './push.ts';
import type { FaultKind } from './fault.ts';
import type { Timings } from './timings.ts';
import type { EpochMs, Usd, UsdPerHour } from './units.ts';

/** Where we are and as whom: the header of every screen. */
export interface Deployment {
  readonly name: string;
  readonly mode: 'local' | 'aws';
  readonly region: string;
  readonly accountId: string;
  /** Identity as STS names it; in local mode the operator's own login. */
  readonly identity: string;
  /** Shards of the `changes` indexes. */
  readonly shards: number;
  /** Shards of each ready queue. */
  readonly readyShards: number;
  readonly bucket: string;
  readonly timings: Timings;
}

/**
 * Whether a higher bid is interrupted less. The embedded market takes an instance back when its price rises above the bid, as EC2 did
 * until 2017. Since then capacity decides, and a higher max price buys nothing but the price.
 */
export function bidBuysSafety(deployment: Deployment | undefined): boolean {
  return deployment?.mode === 'local';
}

/** A pool that the deployment may use, with the operator's ceiling for new launches in it. */
export interface PoolSetting {
  readonly id: string;
  /** Offered for new launches; 0 = on-demand only. */
  readonly bidUsdPerHour: UsdPerHour;
  /** What it was before, who changed it and when: what an undo goes back to. Not there while nobody has changed it. */
  readonly before?: PoolBefore;
}

/** Of the owner of jobs who is called so. */
export interface OwnerSetting {
  /** As AWS knows him; `*` = everybody who has no setting of his own. */
  readonly name: string;
  /** Jobs that may be claimed or run at once: slots of workers. Not there = any number. */
  readonly maxRunning?: number;
  /** Jobs that may be submitted and not be running yet. Not there = any number. */
  readonly maxWaiting?: number;
  /** Share of the slots beside others who have jobs waiting; 1 where it is not there. */
  readonly weight?: number;
}

/** The setting for everybody who has none of his own. */
export const EVERYBODY = '*';

/** By list, for it is asked for each of a million jobs. */
const byName = new WeakMap<readonly OwnerSetting[], ReadonlyMap<string, OwnerSetting>>();

/** What holds for an owner: his own setting, whole, or everybody's. */
export function ownerSetting({ owners }: Pick<Settings, 'owners'>, owner: string): Omit<OwnerSetting, 'name'> {
  if (owners === undefined) return {};
  let known = byName.get(owners);
  if (known === undefined) byName.set(owners, (known = new Map(owners.map((one) => [one.name, one]))));
  return known.get(owner) ?? known.get(EVERYBODY) ?? {};
}

export interface PoolBefore {
  readonly bidUsdPerHour: UsdPerHour;
  readonly by: string;
  readonly at: EpochMs;
}

/** What operators set: one item, changed by compare-and-swap on `rev`. */
export interface Settings {
  readonly rev: number;
  /** false: no job is accepted, until an operator opens submission again. */
  readonly accepting: boolean;
  /** Workers asked for. The leader keeps this many while there is work. */
  readonly targetWorkers: number;
  readonly slotsPerWorker: number;
  readonly pools: readonly PoolSetting[];
  /** No pool may hold more than this share of the target, in percent. */
  readonly maxPoolSharePct: number;
  /** What owners of jobs may have at once, and their shares. Not there = everybody anything, in equal shares. */
  readonly owners?: readonly OwnerSetting[];
  /** Every act wants the deployment's name typed. Not there = no. */
  readonly production?: true;
  readonly changedBy: string;
  readonly changedAt: EpochMs;
}

export const NO_SETTINGS: Settings = {
  rev: 0,
  accepting: true,
  targetWorkers: 0,
  slotsPerWorker: 1,
  pools: [],
  maxPoolSharePct: 100,
  changedBy: '',
  changedAt: 0,
};

/** What a master says of itself, so that people and consoles find it. */
export interface MasterAbout {
  /** Of CBAS. */
  readonly version: string;
  /** Name of its machine. */
  readonly host: string;
  /** Of its instance; not there where it runs on none. */
  readonly instanceId?: string;
  readonly zone?: string;
  readonly privateIp?: string;
  readonly publicIp?: string;
}

export interface Leader {
  readonly id: string;
  readonly epoch: number;
  readonly until: EpochMs;
  /** Since when it leads, by its own clock; 0 where it did not say. */
  readonly since?: EpochMs;
  /** Not there in leases of before masters told. */
  readonly about?: MasterAbout;
  /** EC2 takes its instance back then; not there while it stays. */
  readonly takeAt?: EpochMs;
}

/** Messages whose kind or version this CBAS does not know: left in their queue, from where they go to the dead letters. */
export interface UnknownMessages {
  readonly count: number;
  /** When the newest came; 0 = there was none. */
  readonly at: EpochMs;
  readonly source: string;
  /** What the newest is, for a person; untrusted text. */
  readonly what: string;
}

export const NO_UNKNOWN: UnknownMessages = { count: 0, at: 0, source: '', what: '' };

/** Of the jobs that have a deadline and have not ended. */
export interface DeadlineSums {
  /** Even on-demand, begun now, would not meet them, or may not be used for them. */
  readonly atRisk: number;
  readonly rescued: number;
}

/** What only the leader knows, written every few seconds for consoles to read. */
export interface Pulse {
  readonly at: EpochMs;
  readonly leaderId: string;
  readonly leaderEpoch: number;
  /** Newest ping per worker that the leader follows. */
  readonly pingAt: Readonly<Record<string, EpochMs>>;
  readonly startedPerMin: number;
  readonly donePerMin: number;
  readonly spendUsdPerHour: UsdPerHour;
  /** Since the deployment's first worker. */
  readonly spentUsd: Usd;
  /** What the same instance time would have cost on demand. */
  readonly onDemandUsd: Usd;
  /** Paid for work that was lost. */
  readonly wastedUsd: Usd;
  readonly interruptions: number;
  /** Messages that wait, by queue; `<queue>-dead` is the dead-letter queue beside it. */
  readonly queueDepths: Readonly<Record<string, number>>;
  /** Why capacity is what it is, in one sentence; from the newest decision. */
  readonly capacity: string;
  readonly deadlines: DeadlineSums;
  /** Pools that refused, and when they are asked again: by what `capacityOf` makes of them. */
  readonly poolRetryAt: Readonly<Record<string, EpochMs>>;
  /** Of what kind their refusals were. */
  readonly poolFaults: Readonly<Record<string, FaultKind>>;
  /** When EC2 recommended to leave, by worker; of those that are not gone. */
  readonly rebalanceAt: Readonly<Record<string, EpochMs>>;
  readonly unknown: UnknownMessages;
  /** The leader's own. */
  readonly calls: Calls;
  /** Of the leader's push endpoint; not there where it has none. */
  readonly push?: PushFigures;
}
