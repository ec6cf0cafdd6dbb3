import type { CheckpointPointer } from './checkpoint.ts';
import type { LogStream } from './job-log.ts';
import type { UsdPerHour } from './units.ts';

/** What the owner of a job asked for, as far as a screen shows it. */
export interface JobSpec {
  readonly command: readonly string[];
  readonly needs: {
    readonly vcpus: number;
    readonly memoryMb: number;
    readonly diskMb: number;
    readonly gpus: number;
    readonly arch: string;
    readonly types: readonly string[];
    readonly regions: readonly string[];
  };
  /** 0 when it sets no limit. */
  readonly maxUsdPerHour: UsdPerHour;
  readonly attemptsMax: number;
  /** Seconds of work on one worker; 0 when it does not say. */
  readonly workS: number;
  readonly inputs: number;
  /** Names with their paths or patterns. */
  readonly outputs: readonly { readonly name: string; readonly path: string }[];
}

export interface OutputFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Files named in a detail; a manifest may name thousands. */
export const FILES_SHOWN_MAX = 20;
/** Last lines of the log that a detail shows. */
export const LAST_LINES_MAX = 5;

/** What no list holds of a job: read for the one that a person looks at. */
export interface JobFacts {
  /** undefined when its document is of a version that this program cannot read. */
  readonly spec: JobSpec | undefined;
  /** Committed outputs, at most FILES_SHOWN_MAX of them. */
  readonly files: readonly OutputFile[];
  readonly fileCount: number;
  /** The checkpoint before the newest: what a restore falls back to. */
  readonly before: CheckpointPointer | undefined;
  /** Generations that were found damaged, or not to be restored. */
  readonly condemned: readonly number[];
  readonly lastLines: {
    readonly stream: LogStream;
    readonly lines: readonly string[];
    /** Why the log could not be read; empty when it could. */
    readonly why: string;
  };
}

export type FactsAnswer =
  | { readonly kind: 'facts'; readonly facts: JobFacts }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly why: string };
