import type { EpochMs } from './units.ts';

export const LOG_STREAMS = ['stdout', 'stderr'] as const;
export type LogStream = (typeof LOG_STREAMS)[number];

/** Of a log, its end: some two thousand lines, more than anybody scrolls through; `cbas logs` has the rest. */
export const LOG_BYTES_MAX = 128 * 1_024;

export interface LogQuery {
  readonly jobId: string;
  readonly stream: LogStream;
  /** Of which run; undefined = the newest that wrote anything. */
  readonly epoch: number | undefined;
  /** Tag of what the asker has already; empty when it has nothing. */
  readonly known: string;
  /** At most LOG_BYTES_MAX. */
  readonly bytesMax: number;
}

export interface LogPartTime {
  /** Place of its first character in the text. */
  readonly from: number;
  readonly at: EpochMs;
}

/** The end of what a job wrote in one run. */
export interface LogTail {
  readonly epoch: number;
  readonly text: string;
  /** The parts that it came in: where in `text` each begins, and the time by which it had come to S3. */
  readonly parts: readonly LogPartTime[];
  /** Bytes before `text` that were not fetched. */
  readonly cutBytes: number;
  /** Changes with the log. */
  readonly tag: string;
  /** When its newest part came. */
  readonly newestAt: EpochMs;
}

/** `epochs`: the runs that wrote anything, the oldest first. */
export type LogAnswer =
  | { readonly kind: 'log'; readonly epochs: readonly number[]; readonly tail: LogTail }
  | { readonly kind: 'same'; readonly epochs: readonly number[] }
  | { readonly kind: 'nothing'; readonly epochs: readonly number[] }
  | { readonly kind: 'failed'; readonly why: string };
