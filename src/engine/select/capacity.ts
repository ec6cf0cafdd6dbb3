import { decideCapacity } from '../decide/capacity.ts';
import { hasLeader } from '../decide/has-leader.ts';
import { isTerminalIntent } from '../decide/intents.ts';
import type { Intent } from '../model/command.ts';
import type { FaultKind } from '../model/fault.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';
import { type CellCounts } from './fleet.ts';
import { type PoolLine, poolLines } from './market.ts';

/** Whether a pool can be asked for another worker now, and if not, why. */
export type PoolStanding = 'open' | 'full' | 'refused' | 'outbid' | 'no-price' | 'unused';

/** A pool as a place to launch in. */
export interface CapacityLine extends PoolLine {
  readonly standing: PoolStanding;
  /** Workers that its share of the target allows; 0 where the pool is not used. */
  readonly shareMax: number;
  /** Of launches under way that name it. */
  readonly launching: number;
  readonly refusedAs: FaultKind | undefined;
  /** "$0.0175 per useful vCPU hour, taken back about every 3.1 h"; empty where it cannot be asked. */
  readonly cost: string;
}

/** An intent that changes how many workers there are, and is not settled yet. */
export interface LaunchLine {
  readonly id: string;
  readonly what: string;
  readonly state: Intent['state'];
  readonly since: EpochMs;
  readonly by: string;
}

export interface CapacityView {
  /** What was asked for, what the work is worth, what there is: the sums of the lines, but for the first two. */
  readonly asked: number;
  readonly wanted: number;
  readonly jobs: number;
  readonly counts: CellCounts;
  readonly launching: number;
  /** Launches under way that name no pool. */
  readonly launchingAnywhere: number;
  readonly why: string;
  /** leader = its own words; here = worked out by the same rule, for no leader has told. */
  readonly whyFrom: 'leader' | 'here';
  readonly rejected: readonly string[];
  readonly pools: readonly CapacityLine[];
  readonly launches: readonly LaunchLine[];
}

const views = new WeakMap<Snapshot, CapacityView>();

/**
 * Capacity as the leader sees it: its newest decision in its words, and beside it what the same rule makes of this snapshot: the
 * inputs and what was not chosen. Remembered per snapshot; ages are for whoever shows it.
 */
export function capacityView(snapshot: Snapshot): CapacityView {
  let known = views.get(snapshot);
  if (known === undefined) views.set(snapshot, (known = makeView(snapshot)));
  return known;
}

function makeView(snapshot: Snapshot): CapacityView {
  const now = snapshot.at;
  // Only the leader meets refusals; it tells them in its pulse.
  const { poolRetryAt, poolFaults } = snapshot.pulse ?? snapshot;
  const seen: Snapshot = { ...snapshot, poolRetryAt };
  const { decision, candidates } = decideCapacity(seen, now);
  const told = snapshot.decisions['capacity:']?.sentence ?? snapshot.pulse?.capacity ?? '';
  const isTold = told !== '' && hasLeader(snapshot, now);
  const open = [...snapshot.intents].filter(({ state }) => !isTerminalIntent(state));
  const launching = launchCounts(open);
  const { targetWorkers, maxPoolSharePct } = snapshot.settings;
  const shareMax = Math.max(1, Math.ceil((targetWorkers * maxPoolSharePct) / 100));
  const pools = poolLines(snapshot).map((line): CapacityLine => {
    const candidate = candidates.find(({ pool }) => pool === line.id);
    const taken = mtbfWords(candidate?.mtbfH);
    return {
      ...line,
      launching: launching.get(line.id) ?? 0,
      shareMax: line.bidUsdPerHour === undefined ? 0 : shareMax,
      standing: standingOf(line, { now, shareMax }),
      refusedAs: line.retryAt > now ? poolFaults[line.id] : undefined,
      cost: candidate === undefined ? '' : `$${candidate.usdPerWorkHour.toFixed(4)} per useful vCPU hour, ${taken}`, // prettier-ignore
    };
  });
  const inputs = decision.inputs;
  return {
    asked: targetWorkers,
    wanted: Number(inputs['wanted'] ?? 0),
    jobs: Number(inputs['jobs'] ?? 0),
    counts: sumOf(pools),
    launching: [...launching.values()].reduce((sum, count) => sum + count, 0),
    launchingAnywhere: launching.get('') ?? 0,
    why: isTold ? told : decision.sentence,
    whyFrom: isTold ? 'leader' : 'here',
    rejected: decision.rejected,
    pools,
    launches: open.map(launchLine),
  };
}

function mtbfWords(hours: number | undefined): string {
  if (hours === undefined) return '';
  if (hours === Infinity) return 'never taken back';
  return `taken back about every ${hours < 1 ? `${Math.max(1, Math.round(60 * hours))} min` : `${hours.toFixed(1)} h`}`;
}

function sumOf(pools: readonly CapacityLine[]): CellCounts {
  const sum = { busy: 0, idle: 0, booting: 0, leaving: 0, lost: 0 };
  for (const { counts } of pools) for (const kind of ['busy', 'idle', 'booting', 'leaving', 'lost'] as const) sum[kind] += counts[kind]; // prettier-ignore
  return sum;
}

/** By pool; '' is any. */
function launchCounts(open: readonly Intent[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { action } of open) {
    if (action.verb !== 'launch') continue;
    const pool = action.pool ?? '';
    counts.set(pool, (counts.get(pool) ?? 0) + action.count);
  }
  return counts;
}

/** The first of what keeps it from being asked, in the order in which the leader looks. */
function standingOf(
  { bidUsdPerHour, priceUsdPerHour, retryAt, counts }: PoolLine,
  { now, shareMax }: { readonly now: EpochMs; readonly shareMax: number },
): PoolStanding {
  if (bidUsdPerHour === undefined) return 'unused';
  if (priceUsdPerHour === undefined) return 'no-price';
  if (retryAt > now) return 'refused';
  if (bidUsdPerHour > 0 && priceUsdPerHour > bidUsdPerHour) return 'outbid';
  return counts.busy + counts.idle + counts.booting >= shareMax ? 'full' : 'open';
}

function launchLine({ id, action, state, createdAt, startedAt, by }: Intent): LaunchLine {
  return { id, what: intentWords(action), state, since: startedAt || createdAt, by };
}

/** "launch 3 in c5.large/us-east-1a", "terminate 2 workers". */
export function intentWords(action: Intent['action']): string {
  if (action.verb === 'launch') {
    const what =
      action.jobs === undefined ? `launch ${action.count}` : `launch ${action.count} on demand for a deadline`;
    return action.pool === undefined ? what : `${what} in ${action.pool}`;
  }
  if (action.verb === 'image') return `image of ${action.workerId}`;
  if (action.verb === 'retire') return `retire ${action.imageIds.join(', ')}`;
  const [first = ''] = action.workerIds;
  return action.workerIds.length === 1 ? `terminate ${first}` : `terminate ${action.workerIds.length} workers`;
}
