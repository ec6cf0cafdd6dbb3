import type { DurationMs, EpochMs, JsonObject } from '../model/units.ts';
import type { LogStream } from '../model/job-log.ts';
import { type CheckpointManifest, checkpointManifestOf } from './checkpoint-manifest.ts';
import { readCount, readNumber, readObject, readText } from './read.ts';
import { isObject } from './shape.ts';

/** Where everything lies in the deployment's bucket. A losing attempt writes under its own epoch and can overwrite nothing. */
export const blobKeys = {
  input: (jobId: string, to: string): string => `in/${jobId}/${to}`,
  allOutputs: (jobId: string): string => `out/${jobId}/`,
  outputs: (jobId: string, epoch: number): string => `out/${jobId}/e${epoch}/`,
  outputManifest: (jobId: string, epoch: number): string => `out/${jobId}/e${epoch}/_manifest.json`,
  checkpoints: (jobId: string): string => `ckpt/${jobId}/`,
  checkpoint: (jobId: string, generation: number): string => `ckpt/${jobId}/${generation}/`,
  checkpointManifest: (jobId: string, generation: number): string => `ckpt/${jobId}/${generation}/_manifest.json`,
  /** The first part of a log. */
  log: (jobId: string, epoch: number, stream: LogStream): string => logPartKey({ jobId, epoch, stream, from: 0 }),
  logs: (jobId: string): string => `logs/${jobId}/`,
} as const;

/** A part of a log, named after the place of its first byte in the whole. */
export function logPartKey(part: {
  readonly jobId: string;
  readonly epoch: number;
  readonly stream: LogStream;
  readonly from: number;
}): string {
  const { jobId, epoch, stream, from } = part;
  return `logs/${jobId}/e${epoch}/${stream}.${String(from).padStart(12, '0')}`;
}

/** The epoch that an output was uploaded under; undefined when the key is none. */
export function outputEpochOf(key: string): number | undefined {
  const epoch = /^out\/[^/]+\/e(\d+)\//.exec(key)?.[1];
  return epoch === undefined ? undefined : Number(epoch);
}

/** The generation of a checkpoint that a key belongs to; undefined when it is none. */
export function generationOf(key: string): number | undefined {
  const generation = /^ckpt\/[^/]+\/(\d+)\//.exec(key)?.[1];
  return generation === undefined ? undefined : Number(generation);
}

export interface ManifestFile {
  /** Path inside the job's (or the checkpoint's) folder. */
  readonly path: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Name of the output that it belongs to; empty in a checkpoint. */
  readonly output: string;
}

/** Put last and only if absent: what it does not name does not exist. */
export interface Manifest {
  readonly cbas: 1;
  readonly kind: 'outputs' | 'checkpoint';
  readonly jobId: string;
  readonly epoch: number;
  /** 0 for outputs. */
  readonly generation: number;
  readonly createdAt: EpochMs;
  readonly workMs: DurationMs;
  readonly files: readonly ManifestFile[];
  /** Of a checkpoint: who made it, and where it can be restored. */
  readonly checkpoint?: CheckpointManifest;
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** undefined when the text is no manifest that we understand: the caller falls back to the generation before. */
export function parseManifest(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value['cbas'] !== 1 || !Array.isArray(value['files'])) return undefined;
  const kind = value['kind'] === 'outputs' ? 'outputs' : value['kind'] === 'checkpoint' ? 'checkpoint' : undefined;
  const files = value['files'].map(fileOf);
  const about = readObject(value, 'checkpoint');
  if (kind === undefined || files.includes(undefined)) return undefined;
  return {
    cbas: 1,
    kind,
    jobId: readText(value, 'jobId'),
    epoch: readNumber(value, 'epoch'),
    generation: readNumber(value, 'generation'),
    createdAt: readNumber(value, 'createdAt'),
    workMs: readNumber(value, 'workMs'),
    files: files as readonly ManifestFile[],
    ...(about !== undefined && { checkpoint: checkpointManifestOf(about) }),
  };
}

function fileOf(value: unknown): ManifestFile | undefined {
  if (!isObject(value)) return undefined;
  const file = value as JsonObject;
  const path = readText(file, 'path');
  if (!isInside(path)) return undefined;
  return {
    path,
    key: readText(file, 'key'),
    sizeBytes: readCount(file, 'sizeBytes', { min: 0, fallback: 0 }),
    sha256: readText(file, 'sha256'),
    output: readText(file, 'output'),
  };
}

/** Relative, without `..`, naming something below the folder, and possible: no file's name has a zero byte. */
function isInside(path: string): boolean {
  const words = path.split('/');
  return (
    !path.startsWith('/') &&
    !path.includes('\0') &&
    !words.includes('..') &&
    words.some((word) => word !== '' && word !== '.')
  );
}
