import type { ConditionalWrite } from '../model/command.ts';
import {
  type DeadlineSums,
  type Deployment,
  type Leader,
  type MasterAbout,
  NO_SETTINGS,
  NO_UNKNOWN,
  type PoolSetting,
  type Pulse,
  type Settings,
  type UnknownMessages,
} from '../model/deployment.ts';
import { FAULT_KINDS, type FaultKind } from '../model/fault.ts';
import { AWS_TIMINGS, LOCAL_TIMINGS, type Timings } from '../model/timings.ts';
import type { DurationMs, EpochMs, JsonObject } from '../model/units.ts';
import { callsOf } from './call-figures.ts';
import { aboutOf } from './master-about.ts';
import { pushOf } from './push-figures.ts';
import { notDeposed } from './job-transition.ts';
import { ownerSettingsOf } from './owner-item.ts';
import { readCount, readName, readNumber, readNumbers, readObject, readOneOf, readText } from './read.ts';
import { isObject } from './shape.ts';

/** The layout of the tables. A process that finds a larger number stops: a newer CBAS wrote it. */
export const SCHEMA_VERSION = 1;

/** Names of the items of table `misc`. Pool prices are published there for workers, which have no right to ask EC2. */
export const MISC = {
  deployment: 'deployment',
  settings: 'settings',
  leader: 'leader',
  pulse: 'pulse',
  prices: 'prices',
  manifest: 'manifest',
} as const;

export function deploymentItem(deployment: Omit<Deployment, 'identity' | 'timings'>): JsonObject {
  return { name: MISC.deployment, value: { ...deployment, schema: SCHEMA_VERSION } };
}

/** undefined when the item is not there or was written by a newer version. */
export function deploymentOf(item: JsonObject | undefined, identity: string): Deployment | 'newer' | undefined {
  const value = item === undefined ? undefined : readObject(item, 'value');
  if (value === undefined) return undefined;
  if (readNumber(value, 'schema') > SCHEMA_VERSION) return 'newer';
  const mode = readText(value, 'mode') === 'local' ? 'local' : 'aws';
  return {
    name: readText(value, 'name'),
    mode,
    region: readText(value, 'region'),
    accountId: readText(value, 'accountId'),
    identity,
    shards: readCount(value, 'shards', { min: 1, fallback: 4 }),
    readyShards: readCount(value, 'readyShards', { min: 1, fallback: 1 }),
    bucket: readText(value, 'bucket'),
    timings: timingsOf(mode, readObject(value, 'timings')),
  };
}

function timingsOf(mode: 'local' | 'aws', overrides: JsonObject | undefined): Timings {
  const defaults = mode === 'local' ? LOCAL_TIMINGS : AWS_TIMINGS;
  // A period of nothing would keep a loop spinning; a name that is not known is another version's.
  const known = Object.entries(readNumbers(overrides ?? null)).filter(
    ([name, ms]) => Object.hasOwn(defaults, name) && ms > 0,
  );
  return { ...defaults, ...Object.fromEntries(known) };
}

export function settingsOf(item: JsonObject | undefined): Settings {
  const value = item === undefined ? undefined : readObject(item, 'value');
  if (item === undefined || value === undefined) return NO_SETTINGS;
  const pools = Array.isArray(value['pools']) ? value['pools'] : [];
  return {
    rev: readNumber(item, 'rev'),
    accepting: value['accepting'] !== false,
    targetWorkers: readCount(value, 'targetWorkers', { min: 0, fallback: 0 }),
    slotsPerWorker: readCount(value, 'slotsPerWorker', { min: 1, fallback: 1 }),
    pools: pools
      .filter(isObject)
      .map(poolSettingOf)
      // 0 is on-demand; what lies below it is no price, and must not become one.
      .filter(({ id, bidUsdPerHour }) => id !== '' && bidUsdPerHour >= 0),
    maxPoolSharePct: readNumber(value, 'maxPoolSharePct', 100),
    ...ownerSettingsOf(value['owners']),
    ...(value['production'] === true && { production: true }),
    changedBy: readText(value, 'changedBy'),
    changedAt: readNumber(value, 'changedAt'),
  };
}

function poolSettingOf(pool: JsonObject): PoolSetting {
  const before = readObject(pool, 'before');
  return {
    id: readName(pool, 'id'),
    bidUsdPerHour: readNumber(pool, 'bidUsdPerHour'),
    ...(before !== undefined && {
      before: {
        bidUsdPerHour: readNumber(before, 'bidUsdPerHour'),
        by: readText(before, 'by'),
        at: readNumber(before, 'at'),
      },
    }),
  };
}

/** Compare-and-swap on the rev that was seen; `rev` 0 means that there must be none yet. */
export function writeSettings(settings: Settings): ConditionalWrite {
  const { rev, pools, owners, ...rest } = settings;
  return {
    table: 'misc',
    key: MISC.settings,
    conditions: [rev === 0 ? { op: 'absent', attribute: 'rev' } : { op: '=', attribute: 'rev', value: rev }],
    set: {
      value: {
        ...rest,
        pools: pools.map((pool) => ({ ...pool })) as unknown as JsonObject[],
        ...(owners !== undefined && { owners: owners.map((owner) => ({ ...owner })) }),
      },
    },
    add: { rev: 1 },
    remove: [],
  };
}

export function pulseItem(pulse: Pulse): ConditionalWrite {
  return {
    table: 'misc',
    key: MISC.pulse,
    conditions: [notDeposed(pulse.leaderEpoch)],
    set: { value: pulse as unknown as JsonObject, leaderEpoch: pulse.leaderEpoch },
    add: {},
    remove: [],
  };
}

export function pulseOf(item: JsonObject | undefined): Pulse | undefined {
  const value = item === undefined ? undefined : readObject(item, 'value');
  if (value === undefined) return undefined;
  return {
    at: readNumber(value, 'at'),
    leaderId: readText(value, 'leaderId'),
    leaderEpoch: readNumber(value, 'leaderEpoch'),
    pingAt: readNumbers(value['pingAt']),
    startedPerMin: readNumber(value, 'startedPerMin'),
    donePerMin: readNumber(value, 'donePerMin'),
    spendUsdPerHour: readNumber(value, 'spendUsdPerHour'),
    spentUsd: readNumber(value, 'spentUsd'),
    onDemandUsd: readNumber(value, 'onDemandUsd'),
    wastedUsd: readNumber(value, 'wastedUsd'),
    interruptions: readNumber(value, 'interruptions'),
    queueDepths: readNumbers(value['queueDepths']),
    capacity: readText(value, 'capacity'),
    deadlines: deadlinesOf(readObject(value, 'deadlines') ?? {}),
    poolRetryAt: readNumbers(value['poolRetryAt']),
    poolFaults: faultKindsOf(readObject(value, 'poolFaults') ?? {}),
    rebalanceAt: readNumbers(value['rebalanceAt']),
    unknown: unknownOf(readObject(value, 'unknown')),
    calls: callsOf(readObject(value, 'calls')),
    ...pushOf(readObject(value, 'push')),
  };
}

function deadlinesOf(value: JsonObject): DeadlineSums {
  const sum = (name: 'atRisk' | 'rescued'): number => readCount(value, name, { min: 0, fallback: 0 });
  return { atRisk: sum('atRisk'), rescued: sum('rescued') };
}

/** undefined: a leader of an older version wrote the pulse. */
function unknownOf(value: JsonObject | undefined): UnknownMessages {
  if (value === undefined) return NO_UNKNOWN;
  return {
    count: readNumber(value, 'count'),
    at: readNumber(value, 'at'),
    source: readText(value, 'source'),
    what: readText(value, 'what'),
  };
}

function faultKindsOf(map: JsonObject): Readonly<Record<string, FaultKind>> {
  return Object.fromEntries(
    Object.keys(map).map((pool) => [pool, readOneOf(map, pool, FAULT_KINDS) ?? 'unknown'] as const),
  );
}

export function leaderOf(item: JsonObject | undefined): Leader | undefined {
  if (item === undefined || readText(item, 'holder') === '') return undefined;
  const takeAt = readNumber(item, 'takeAt');
  return {
    id: readText(item, 'holder'),
    epoch: readNumber(item, 'epoch'),
    until: readNumber(item, 'until'),
    since: readNumber(item, 'since'),
    ...aboutOf(readObject(item, 'about')),
    ...(takeAt > 0 && { takeAt }),
  };
}

export interface LeadBid {
  readonly id: string;
  readonly at: EpochMs;
  readonly until: EpochMs;
  readonly marginMs: DurationMs;
  /** How long the bidder has seen the item as it is, by its own monotonic clock; 0 at its first look. */
  readonly unchangedMs: DurationMs;
  readonly leaseMs: DurationMs;
  readonly about?: MasterAbout;
}

/**
 * Takes the lease when nobody holds it, or when it is over: it ran out longer ago than clocks may differ, or the bidder itself has
 * seen it unchanged for as long as a lease lasts, which needs no margin, for its own clock alone has judged. The epoch goes up by
 * one.
 */
export function acquireLead(item: JsonObject | undefined, bid: LeadBid): ConditionalWrite | undefined {
  const leader = leaderOf(item);
  const epoch = item === undefined ? 0 : readNumber(item, 'epoch');
  const isOver = leader !== undefined && (leader.until + bid.marginMs <= bid.at || bid.unchangedMs >= bid.leaseMs);
  if (leader !== undefined && leader.id !== bid.id && !isOver) return undefined;
  return {
    table: 'misc',
    key: MISC.leader,
    conditions:
      epoch === 0
        ? [{ op: 'absent', attribute: 'epoch' }]
        : [
            { op: '=', attribute: 'epoch', value: epoch },
            { op: '=', attribute: 'until', value: leader?.until ?? 0 },
          ],
    set: {
      holder: bid.id,
      until: bid.until,
      since: bid.at,
      ...(bid.about !== undefined && { about: { ...bid.about } }),
    },
    add: { epoch: 1 },
    // What is told there is the former leader's.
    remove: bid.about === undefined ? ['about', 'takeAt'] : ['takeAt'],
  };
}

/** `takeAt`: when EC2 takes the leader's own instance back; not said while it stays. */
export function renewLead(
  leader: { readonly id: string; readonly epoch: number; readonly takeAt?: EpochMs | undefined },
  until: EpochMs,
): ConditionalWrite {
  return {
    table: 'misc',
    key: MISC.leader,
    conditions: [
      { op: '=', attribute: 'holder', value: leader.id },
      { op: '=', attribute: 'epoch', value: leader.epoch },
    ],
    set: { until, ...(leader.takeAt !== undefined && { takeAt: leader.takeAt }) },
    add: {},
    remove: [],
  };
}

/** Leaves in order: the next may take over at once. `until` 0 keeps the epoch. */
export function resignLead(leader: { readonly id: string; readonly epoch: number }): ConditionalWrite {
  return { ...renewLead(leader, 0), set: { until: 0, holder: '' } };
}
