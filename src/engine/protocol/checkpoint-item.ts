import {
  type CheckpointPace,
  type CheckpointPointer,
  DRIVER_NAMES,
  type DriverChoice,
  PACE_BOUNDS,
  type PendingCheckpoint,
} from '../model/checkpoint.ts';
import type { JsonObject } from '../model/units.ts';
import { readNumber, readObject, readOneOf, readText } from './read.ts';

export function checkpointOf(map: JsonObject | undefined): CheckpointPointer | undefined {
  if (map === undefined || readNumber(map, 'generation') === 0) return undefined;
  const driver = readOneOf(map, 'driver', DRIVER_NAMES);
  return {
    generation: readNumber(map, 'generation'),
    manifestKey: readText(map, 'manifestKey'),
    sizeBytes: readNumber(map, 'sizeBytes'),
    stopMs: readNumber(map, 'stopMs'),
    ...(map['uploadMs'] !== undefined && { uploadMs: readNumber(map, 'uploadMs') }),
    at: readNumber(map, 'at'),
    workMs: readNumber(map, 'workMs'),
    ...(map['progressPct'] !== undefined && { progressPct: readNumber(map, 'progressPct') }),
    ...(driver !== undefined && { driver }),
  };
}

/**
 * The choice of the driver lies in the pointer's map, for the index `changes` projects as many attributes as it may. Before
 * the first checkpoint the map has generation 0.
 */
export function savingOf(map: JsonObject | undefined): DriverChoice | undefined {
  const saving = map === undefined ? undefined : readObject(map, 'saving');
  const driver = saving === undefined ? undefined : readOneOf(saving, 'driver', DRIVER_NAMES);
  if (saving === undefined || driver === undefined) return undefined;
  const pace = paceIn(readObject(saving, 'pace'));
  return { driver, why: readText(saving, 'why'), ...(pace !== undefined && { pace }) };
}

function paceIn(map: JsonObject | undefined): CheckpointPace | undefined {
  if (map === undefined) return undefined;
  return {
    everyMs: readNumber(map, 'everyMs'),
    advisedMs: readNumber(map, 'advisedMs'),
    bound: readOneOf(map, 'bound', PACE_BOUNDS) ?? 'none',
    stopMs: readNumber(map, 'stopMs'),
    uploadMs: readNumber(map, 'uploadMs'),
    meanMs: readNumber(map, 'meanMs'),
    lossShare: readNumber(map, 'lossShare'),
    fitsNotice: map['fitsNotice'] !== false,
  };
}

/** Pointer and choice as they lie together. */
export function checkpointMap(pointer: CheckpointPointer | undefined, saving: DriverChoice | undefined): JsonObject {
  return { ...(pointer ?? { generation: 0 }), ...(saving !== undefined && { saving: savingMap(saving) }) };
}

function savingMap({ pace, ...choice }: DriverChoice): JsonObject {
  return { ...choice, ...(pace !== undefined && { pace: { ...pace } }) };
}

/** Generations that a worker could not use, the newest at the end. */
export function badGenerationsOf(item: JsonObject): readonly number[] {
  const bad = item['checkpointBad'];
  return Array.isArray(bad) ? bad.filter((generation): generation is number => Number.isSafeInteger(generation)) : [];
}

/** The checkpoint that is being made under this epoch; what a run that is over has left there is nobody's any more. */
export function pendingOf(item: JsonObject): PendingCheckpoint | undefined {
  const map = readObject(item, 'checkpointPending');
  const generation = map === undefined ? 0 : readNumber(map, 'generation');
  if (map === undefined || epochOf(generation) !== readNumber(item, 'epoch')) return undefined;
  return { generation, startedAt: readNumber(map, 'startedAt'), reason: readText(map, 'reason') };
}

/** Generations of a later epoch are always newer: `epoch * 10^6 + number`. */
export function checkpointGeneration(epoch: number, number: number): number {
  return epoch * 1_000_000 + number;
}

/** The epoch under which a generation was made. */
export function epochOf(generation: number): number {
  return Math.floor(generation / 1_000_000);
}
