import { DRIVER_NAMES, type DriverName } from '../model/checkpoint.ts';
import type { DurationMs, JsonObject } from '../model/units.ts';
import { readNumber, readObject, readOneOf, readText, readTexts } from './read.ts';

/** What must match where memory is brought back: a program may use every feature that it found at its start. */
export interface HostFacts {
  /** As Node names it, e.g. x64. */
  readonly arch: string;
  /** Of /proc/cpuinfo; empty where that is not there. */
  readonly cpuFlags: readonly string[];
  /** The machine image; empty where it is not known. */
  readonly imageId: string;
}

/** What a checkpoint's manifest says beside its files. */
export interface CheckpointManifest {
  readonly driver: DriverName;
  /** Of the tool that made it; empty for `app`. */
  readonly toolVersion: string;
  readonly host: HostFacts;
  /** The job's folder as its program sees it: memory holds this path. Empty for `app`. */
  readonly folder: string;
  /** Processes in it; 0 for `app`. */
  readonly peers: number;
  /** How its files are packed. */
  readonly packed: 'none' | 'zstd';
  readonly stopMs: DurationMs;
  readonly reason: string;
}

/** Of a manifest that says nothing of it: the program saved by itself, as in all of before. */
export function checkpointManifestOf(map: JsonObject | undefined): CheckpointManifest {
  const about = map ?? {};
  const host = readObject(about, 'host') ?? {};
  return {
    driver: readOneOf(about, 'driver', DRIVER_NAMES) ?? 'app',
    toolVersion: readText(about, 'toolVersion'),
    host: { arch: readText(host, 'arch'), cpuFlags: readTexts(host, 'cpuFlags'), imageId: readText(host, 'imageId') },
    folder: readText(about, 'folder'),
    peers: readNumber(about, 'peers'),
    packed: readOneOf(about, 'packed', ['none', 'zstd']) ?? 'none',
    stopMs: readNumber(about, 'stopMs'),
    reason: readText(about, 'reason'),
  };
}
