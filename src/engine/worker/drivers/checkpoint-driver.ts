import type { DriverName } from '../../model/checkpoint.ts';
import type { LocalFile, RunningProcess } from '../../model/ports.ts';
import type { DurationMs } from '../../model/units.ts';
import type { JobDocument } from '../../protocol/job-document.ts';
import type { CheckpointManifest, HostFacts } from '../../protocol/checkpoint-manifest.ts';
import type { AttemptFolders } from '../attempt-folders.ts';

/**
 * Why a checkpoint is taken; a program that is asked reads it in its folder. `news`: it saved by itself, and is not asked;
 * `exit`: it ended, to be run again, and its folder as it lies is its state.
 */
export type CheckpointReason = 'periodic' | 'wish' | 'rebalance' | 'interrupt' | 'news' | 'exit';

export type HostFact = 'arch' | 'cpuFlags' | 'toolVersion' | 'imageId';

export interface DriverCapabilities {
  /** It works only where the worker is root. */
  readonly needsRoot: boolean;
  /** The job stands still while its state is taken; otherwise it saves by itself and runs on. */
  readonly stopsJob: boolean;
  /** What must match where it is restored. */
  readonly hostBound: readonly HostFact[];
  /** Memory holds paths: the job's folder must lie at the same one on every worker. */
  readonly samePath: boolean;
}

/** Whether this machine can do it. */
export type Probe =
  | { readonly ok: true; readonly toolVersion: string; readonly detail: string }
  | { readonly ok: false; readonly why: string };

/** What a driver is told of the job that it starts. */
export interface DriverJob {
  readonly id: string;
  readonly document: JobDocument;
  readonly folders: AttemptFolders;
  /** Of the program, with its folders as it sees them. */
  readonly env: Readonly<Record<string, string>>;
  /** For whoever keeps the worker. */
  readonly say: (line: string) => void;
}

export interface CheckpointRequest {
  readonly reason: CheckpointReason;
  /** It is given up after this. */
  readonly withinMs: DurationMs;
  /** The job is ended right after it: it need not run again. */
  readonly thenStop: boolean;
}

/** What `pack` left on this machine's disk. */
export interface PackedState {
  readonly files: readonly LocalFile[];
  /** Called once it is committed: a state is not committed twice. */
  readonly committed: () => void;
}

/** A state that was taken. It lies on this machine until it is packed and uploaded, while the job runs on. */
export interface SavedState {
  /** How long the job stood still, or was busy saving. */
  readonly stopMs: DurationMs;
  /** The files as they are to be uploaded; undefined when there turns out to be nothing new. */
  readonly pack: () => Promise<PackedState | undefined>;
  /** What the manifest says of it beside the files. */
  readonly about: Pick<CheckpointManifest, 'toolVersion' | 'peers' | 'packed'>;
}

/** A job's program that runs, and that can be saved. */
export interface SavableProcess extends RunningProcess {
  /** Who saves it now; may become `app`, when the program turns out to save by itself. */
  readonly driver: DriverName;
  /** It can be asked for its state; otherwise it saves at its own pace, or never. */
  readonly canBeAsked: boolean;
  /** It saved by itself since the last time: to be taken with `checkpoint`, which then asks for nothing. */
  hasNews(): Promise<boolean>;
  /** Takes its state. undefined when there is none to take; a sentence when it went wrong: the job runs on. */
  checkpoint(request: CheckpointRequest): Promise<SavedState | string | undefined>;
  /** After its end: what the driver started beside it. */
  close(): Promise<void>;
}

/** A checkpoint that was fetched and whose files are whole. */
export interface FetchedCheckpoint {
  readonly manifest: CheckpointManifest;
  readonly folder: string;
}

/** `elsewhere`: not on this machine; `bad`: nowhere. */
export interface RestoreRefusal {
  readonly refused: 'bad' | 'elsewhere';
  readonly why: string;
}

/** Knows how a job's state is taken and brought back. When, decides the Checkpointer. */
export interface CheckpointDriver {
  readonly name: DriverName;
  readonly capabilities: DriverCapabilities;
  probe(): Promise<Probe>;
  /** Why it cannot save this job, e.g. a static program; undefined when it can. Asked before the job starts. */
  refuses(job: DriverJob): Promise<string | undefined>;
  /** From the program's beginning. */
  start(job: DriverJob): Promise<SavableProcess>;
  /** From a checkpoint: its memory, or its program on the state that it saved. */
  restore(job: DriverJob, from: FetchedCheckpoint): Promise<SavableProcess | RestoreRefusal>;
}

export function isRefusal(restored: SavableProcess | RestoreRefusal): restored is RestoreRefusal {
  return 'refused' in restored;
}

/** Why a checkpoint that was made on one machine cannot be used on another; undefined when it can. */
export function hostMismatch(
  made: Pick<CheckpointManifest, 'host' | 'toolVersion'>,
  here: HostFacts & { readonly toolVersion: string },
  facts: readonly HostFact[],
): string | undefined {
  const { host } = made;
  if (facts.includes('arch') && host.arch !== here.arch)
    return `it was made on ${host.arch}, and this machine is ${here.arch}`;
  if (facts.includes('cpuFlags')) {
    const lacking = host.cpuFlags.filter((flag) => !here.cpuFlags.includes(flag));
    if (lacking.length > 0)
      return `it was made on a processor with ${lacking.slice(0, 3).join(', ')}${lacking.length > 3 ? ` and ${lacking.length - 3} more features` : ''}, which this one does not have`;
  }
  if (facts.includes('toolVersion') && made.toolVersion !== here.toolVersion)
    return `it was made by version ${made.toolVersion}, and here is ${here.toolVersion}`;
  if (facts.includes('imageId') && host.imageId !== '' && here.imageId !== '' && host.imageId !== here.imageId)
    return `it was made on image ${host.imageId}, and this machine is of ${here.imageId}`;
  return undefined;
}
