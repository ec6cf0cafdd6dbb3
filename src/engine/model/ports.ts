import type { ConditionalWrite, LaunchRequest, TableName } from './command.ts';
import type { Fault } from './fault.ts';
import type { ImageRequest, ImageRow } from './image.ts';
import type { InstanceType, PricePoint } from './market.ts';
import type { DurationMs, EpochMs, JsonObject } from './units.ts';
import type { InstanceRow, Lifecycle } from './worker.ts';

/**
 * Every power that CBAS has over the world, and nothing more. Adapters in `aws/` and the in-memory cloud implement
 * them; all reject with FaultError.
 */

export interface Clock {
  /** Wall clock. */
  now(): EpochMs;
  /** Never goes back; for judging one's own deadlines. */
  monotonicMs(): DurationMs;
  /** Resolves after the time, or at once when the signal aborts. */
  sleep(ms: DurationMs, signal?: AbortSignal): Promise<void>;
}

/** An item as it is stored: attributes by name. */
export type Item = JsonObject;

const STREAM_END = '|';

/** The key of an item in a stream; `seq` holds no '|'. */
export function streamKey(stream: string, seq: string): string {
  return `${stream}${STREAM_END}${seq}`;
}

export function splitStreamKey(key: string): { readonly stream: string; readonly seq: string } {
  const at = key.lastIndexOf(STREAM_END);
  return { stream: key.slice(0, Math.max(0, at)), seq: key.slice(at + 1) };
}

export interface IndexQuery {
  readonly table: TableName;
  /** undefined = the table itself, by its own keys: for a table of streams. */
  readonly index: string | undefined;
  readonly hash: { readonly attribute: string; readonly value: string };
  readonly range?: { readonly attribute: string; readonly atLeast: string | number };
  readonly limit: number;
  /** Where the page before ended; undefined for the first. */
  readonly after?: JsonObject;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where to go on; undefined at the end. */
  readonly next: JsonObject | undefined;
}

/** Keys are strings. An item of a table of streams is named by `streamKey`: its stream and its place there. */
export interface TableStore {
  /** Strongly consistent. */
  get(table: TableName, key: string): Promise<Item | undefined>;
  /** At most 100 keys; missing ones are left out, the order is not kept. */
  batchGet(table: TableName, keys: readonly string[]): Promise<readonly Item[]>;
  /** The item as it became; undefined when a condition did not hold. */
  write(write: ConditionalWrite): Promise<Item | undefined>;
  /** Eventually consistent, in the order of the range key. */
  query(query: IndexQuery): Promise<Page<Item>>;
  scan(table: TableName, after?: JsonObject): Promise<Page<Item>>;
  delete(table: TableName, key: string): Promise<void>;
}

export interface Message {
  /** The same at every delivery. */
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  readonly receivedCount: number;
}

export interface Queue {
  send(bodies: readonly string[]): Promise<void>;
  /** Long poll: up to `waitMs`, at most 10 messages. */
  receive(waitMs: DurationMs, signal: AbortSignal): Promise<readonly Message[]>;
  delete(messages: readonly Message[]): Promise<void>;
  depth(): Promise<number>;
  /** Messages that nobody could handle, in the dead-letter queue beside it; absent where there is none. */
  deadDepth?(): Promise<number>;
}

export interface LaunchAnswer {
  readonly instanceIds: readonly string[];
  /** Why fewer came than were asked for. */
  readonly fault: Fault | undefined;
}

export interface Compute {
  /** Idempotent on the token. A pool that gives fewer than asked answers with what it gave and the fault. */
  launch(request: LaunchRequest): Promise<LaunchAnswer>;
  terminate(instanceIds: readonly string[]): Promise<void>;
  /** All instances with the deployment's tag, terminated ones included as long as EC2 shows them. */
  instances(): Promise<readonly InstanceRow[]>;
  /** The image's id. The instance runs on: nothing is rebooted. Rejects with `conflict` where there is one of this name. */
  createImage(request: ImageRequest): Promise<string>;
  /** All images with the deployment's tag. */
  images(): Promise<readonly ImageRow[]>;
  /** The image and its snapshots. One that is gone already is as good as retired. */
  retireImage(imageId: string): Promise<void>;
}

export interface Prices {
  /** Changes since `since`, and the price in force then, for the pools. Order is not promised. */
  history(pools: readonly string[], since: EpochMs): Promise<readonly PricePoint[]>;
  /** On-demand price and shape of instance types. Unknown types are left out. */
  types(instanceTypes: readonly string[]): Promise<readonly InstanceType[]>;
}

/** What an instance may ask of its metadata service. */
export interface InstanceMetadata {
  identity(): Promise<{
    readonly instanceId: string;
    readonly instanceType: string;
    readonly zone: string;
    readonly region: string;
    readonly lifecycle: Lifecycle;
    /** The machine image; empty where it is not told. */
    readonly imageId: string;
    /** By EC2's clock. */
    readonly launchedAt: EpochMs;
    readonly tags: Readonly<Record<string, string>>;
  }>;
  /** The interruption notice; undefined while there is none. Its time is undefined where it cannot be read: a notice all the same. */
  interruption(): Promise<{ readonly takeAt: EpochMs | undefined } | undefined>;
  /** The recommendation to leave, and when EC2 made it; the same rules. */
  rebalance(): Promise<{ readonly at: EpochMs | undefined } | undefined>;
}

/** A regular file below a folder. */
export interface LocalFile {
  /** Path below the folder, with forward slashes. */
  readonly path: string;
  readonly absolute: string;
  readonly sizeBytes: number;
}

/** The disk of one machine, as far as the worker uses it. Rejects with errors that carry a `code`, as Node's do. */
export interface Files {
  makeFolder(folder: string): Promise<void>;
  /** Nothing happens where there is nothing. */
  removeTree(path: string): Promise<void>;
  /** undefined when there is no such file. `mark` tells it from another one that is renamed over it. */
  facts(file: string): Promise<{ readonly sizeBytes: number; readonly mark: string } | undefined>;
  /** As UTF-8; the whole of it, or so many bytes from a place on. */
  read(file: string, range?: { readonly from: number; readonly bytes: number }): Promise<string>;
  /** So many bytes from a place on; fewer at the end of the file. */
  readBytes(file: string, range: { readonly from: number; readonly bytes: number }): Promise<Uint8Array>;
  /** Gives the room of the first bytes back to the disk; they read as zeros, and the file is as long as before. false: this disk cannot. */
  free(file: string, upTo: number): Promise<boolean>;
  write(file: string, text: string): Promise<void>;
  append(file: string, text: string): Promise<void>;
  /** By rename: a reader sees the old text or the new. */
  replace(file: string, text: string): Promise<void>;
  /** All regular files below a folder, sorted. Links are not followed: they could lead out of the job's folder. */
  list(folder: string): Promise<readonly LocalFile[]>;
  /** By content into a folder that is emptied first; the copies as they lie there. */
  copy(files: readonly LocalFile[], into: string): Promise<readonly LocalFile[]>;
  sha256(file: string): Promise<string>;
  /** By content; the folder of the copy is made. */
  copyFile(from: string, to: string): Promise<void>;
}

/** How a process ended. Exactly one of code and signal is set; `launchFailed` when it never began. */
export interface ProcessEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly launchFailed: string | undefined;
  /** The kernel ended processes of it, for it had used up its memory; `limitBytes` 0: the machine's. */
  readonly outOfMemory?: { readonly limitBytes: number };
  /** What ended it was not the program but what ran beside it, in this sentence. */
  readonly lost?: string;
}

export interface RunningProcess {
  /** Of the leader of its session; not there where it never began. */
  readonly pid?: number;
  readonly ended: Promise<ProcessEnd>;
  /**
   * To the leader of the group only: a program that asked for a signal gets it, its children do not. false: not sent, for
   * the program does not catch it (yet), and its default would end it.
   */
  signal(name: string): boolean;
  /** SIGTERM to the group, after the grace SIGKILL to whatever is left. Resolves when none is left. */
  stop(graceMs: DurationMs): Promise<void>;
  /** SIGKILL to the group, at once: the lease is lost. */
  kill(): void;
}

export interface Supervisor {
  /** Starts a command in a session of its own, with output appended to files. Never rejects: a command that cannot start ends with `launchFailed`. */
  start(command: {
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly stdout: string;
    readonly stderr: string;
  }): RunningProcess;
}

/** Shells on workers, as far as this machine can open any. */
export interface ShellHost {
  /** What to start, or why not, for a person. Never rejects. */
  shellOn(workerId: string): Promise<
    | {
        readonly argv: readonly string[];
        readonly cwd: string | undefined;
        readonly env: Readonly<Record<string, string | undefined>>;
      }
    | { readonly refusal: string }
  >;
}

/** A master that was started here. It outlives who started it. */
export interface MasterProcess {
  /** The name under which it leads. */
  readonly id: string;
  readonly pid: number;
  readonly logFile: string;
  /** How it ended, for a person; undefined while it runs. */
  end(): string | undefined;
  /** What it said last; empty when nothing. */
  lastLine(): string;
  /** Tells it to end in order; false when it has not within the time. */
  stop(withinMs: DurationMs): Promise<boolean>;
}

/** The machine that a console runs on, as far as it may run a master there: one at a time. */
export interface MasterHost {
  readonly machine: string;
  /** What is run, for a person. */
  readonly commandLine: string;
  logFile(id: string): string;
  start(id: string): MasterProcess;
  /** The one that was started and has not ended. */
  running(): MasterProcess | undefined;
}
