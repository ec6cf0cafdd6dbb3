import type { JobRow } from '../model/job.ts';
import type { JsonObject } from '../model/units.ts';
import { headerOf } from './job-header.ts';
import { jobRowOf, readyKey, readyRank } from './job-item.ts';

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996) with one job as the unit of service: a job's turn is max(V, F), where V is the
 * virtual time of its lane (where those are that are served now) and F where its owner's job before it ends: that one's turn and
 * one step. So owners who have jobs waiting go in rounds, whoever has how many. Virtual time is written in microseconds since 1970,
 * for that is what stood in the key before there were turns: an owner alone goes on in order of submission, one step apart.
 */
const STEP_US = 100;

/** Jobs of one lane compete by their turns: those of a queue with one priority. */
export function laneOf({ queue, priority }: Pick<JobRow, 'queue' | 'priority'>): string {
  return `${queue}:${priority}`;
}

/** How far apart an owner's jobs are: with weight 2 he has two in each round. At least 1. */
export function stepUs(weight = 1): number {
  return Math.max(1, Math.round(STEP_US / weight));
}

/** Turns of so many jobs of one owner in a lane, and where his next one goes. */
export function turnsFrom(
  lane: { readonly virtualUs: number; readonly nextUs: number; readonly weight: number | undefined },
  count: number,
): { readonly firstUs: number; readonly step: number; readonly nextUs: number } {
  const firstUs = Math.max(lane.virtualUs, lane.nextUs);
  const step = stepUs(lane.weight);
  return { firstUs, step, nextUs: firstUs + count * step };
}

/** The turn in a range key of the ready index; undefined where the key is of another rank. */
export function turnInKey(key: string, job: Pick<JobRow, 'priority'>): number | undefined {
  const rank = readyRank(job);
  if (!key.startsWith(rank)) return undefined;
  const turn = Number(key.slice(rank.length, key.indexOf(':', rank.length)));
  return Number.isFinite(turn) ? turn : undefined;
}

/** The middle one of those first in line: a few jobs that fit no worker, and lie there for ever, do not hold time back. */
export function virtualTime(turns: readonly number[]): number | undefined {
  return turns.toSorted((a, b) => a - b)[Math.floor((turns.length - 1) / 2)];
}

/** The same item of a new job, in its turn. */
export function withTurn(item: JsonObject, turn: number): JsonObject {
  const row = jobRowOf(item);
  if (row === undefined) return item;
  const next = { ...row, turn };
  const isReady = item['readyKey'] !== undefined && row.rescue === undefined;
  return { ...item, header: headerOf(next), ...(isReady && { readyKey: readyKey(next) }) };
}
