import { ownerSetting, type Deployment, type Settings } from '../model/deployment.ts';
import type { JobRow } from '../model/job.ts';
import type { TableStore } from '../model/ports.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { jobRowOf, readyRank } from '../protocol/job-item.ts';
import { ownerItemOf, ownerKey, takeTurns, waitingOf } from '../protocol/owner-item.ts';
import { laneOf, turnInKey, turnsFrom, virtualTime, withTurn } from '../protocol/turns.ts';

/** Shards of the ready index that are looked at to know where a lane is. Jobs lie in them by chance: a few tell enough. */
const SHARDS_READ_MAX = 4;
/** As many of a shard as workers look at. */
const HEADS = 10;
/** Somebody else submitted as the same owner at the same moment: then once more. */
const TRIES_MAX = 10;

export interface TurnContext {
  readonly store: TableStore;
  readonly deployment: Pick<Deployment, 'readyShards'>;
  readonly settings: Pick<Settings, 'owners'>;
  readonly owner: string;
  readonly at: EpochMs;
}

export type Placed =
  | { readonly ok: true; readonly items: readonly JsonObject[] }
  | { readonly ok: false; readonly kind: 'limit' | 'conflict'; readonly why: string };

/**
 * Gives new jobs of one owner their turns among those of others, in the order in which they are, and counts them against what he
 * may have waiting. One read and one conditional write for all of them, on an item that only he writes; and a read of the first in line.
 */
export async function placeInTurn(items: readonly JsonObject[], context: TurnContext): Promise<Placed> {
  const { store, owner, at, settings } = context;
  const { maxWaiting, weight } = ownerSetting(settings, owner);
  const lanes = lanesOf(items);
  const virtual = new Map<string, number>();
  for (const [lane, [first]] of lanes) virtual.set(lane, first === undefined ? 0 : await virtualOf(first, context));
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const known = ownerItemOf(await store.get('misc', ownerKey(owner)));
    const waiting = waitingOf(known);
    if (maxWaiting !== undefined && waiting + items.length > maxWaiting)
      return { ok: false, kind: 'limit', why: overLimit({ owner, waiting, maxWaiting, more: items.length }) };
    const given = new Map<string, number>();
    const turns: Record<string, number> = {};
    for (const [lane, rows] of lanes) {
      const nextUs = Object.hasOwn(known.turns, lane) ? (known.turns[lane] ?? 0) : 0;
      const taken = turnsFrom({ virtualUs: virtual.get(lane) ?? 0, nextUs, weight }, rows.length);
      rows.forEach(({ id }, position) => given.set(id, taken.firstUs + position * taken.step));
      turns[lane] = taken.nextUs;
    }
    const written = await store.write(takeTurns(owner, known, { at, count: items.length, turns }));
    if (written !== undefined)
      return { ok: true, items: items.map((item) => withTurn(item, given.get(String(item['jobId'])) ?? at * 1_000)) };
  }
  return { ok: false, kind: 'conflict', why: `others submit as ${owner} at the same moment; try again` };
}

function overLimit(limit: {
  readonly owner: string;
  readonly waiting: number;
  readonly maxWaiting: number;
  readonly more: number;
}): string {
  const { owner, waiting, maxWaiting, more } = limit;
  return `${owner} may have ${maxWaiting} jobs waiting: ${waiting} do (a job that has started counts for up to a minute), and ${more} more are too many; \`cbas quota\` changes that`;
}

function lanesOf(items: readonly JsonObject[]): ReadonlyMap<string, readonly JobRow[]> {
  const rows = items.map(jobRowOf).filter((row) => row !== undefined);
  return Map.groupBy(rows, laneOf);
}

/** Where those are that are first in line; where nobody waits, now. */
async function virtualOf(job: JobRow, { store, deployment, at }: TurnContext): Promise<number> {
  const shards = Math.min(SHARDS_READ_MAX, deployment.readyShards);
  const rank = readyRank(job);
  const pages = await Promise.all(
    Array.from({ length: shards }, (_, shard) =>
      store.query({
        table: 'jobs',
        index: 'ready',
        hash: { attribute: 'readyShard', value: `${job.queue}#${shard}` },
        range: { attribute: 'readyKey', atLeast: rank },
        limit: HEADS,
      }),
    ),
  );
  const keys = pages.flatMap(({ items }) => items.map(({ readyKey }) => String(readyKey)));
  return (
    virtualTime(keys.map((key) => turnInKey(key, job)).filter((turn) => turn !== undefined)) ?? Math.round(at * 1_000)
  );
}
