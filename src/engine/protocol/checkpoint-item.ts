import { type CheckpointPointer, DRIVER_NAMES, type DriverChoice } from '../model/job.ts';
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
  return saving === undefined || driver === undefined ? undefined : { driver, why: readText(saving, 'why') };
}

/** Pointer and choice as they lie together. */
export function checkpointMap(pointer: CheckpointPointer | undefined, saving: DriverChoice | undefined): JsonObject {
  return { ...(pointer ?? { generation: 0 }), ...(saving !== undefined && { saving: { ...saving } }) };
}

/** Generations that a worker could not use, the newest at the end. */
export function badGenerationsOf(item: JsonObject): readonly number[] {
  const bad = item['checkpointBad'];
  return Array.isArray(bad) ? bad.filter((generation): generation is number => Number.isSafeInteger(generation)) : [];
}
