import type { Clock, Files, RunningProcess, Supervisor } from '../../model/ports.ts';
import type { DurationMs } from '../../model/units.ts';
import { copyAll, copyState, readyMark, type ReadyMark, writeReason } from './app-checkpoint.ts';
import type {
  CheckpointDriver,
  CheckpointRequest,
  DriverJob,
  PackedState,
  Probe,
  SavableProcess,
  SavedState,
} from './checkpoint-driver.ts';
import { HOST_BOUND } from './host-bound.ts';

/** How often the folder is looked at while a program is expected to save. */
const LOOK_EVERY_MS = { min: 50, max: 500 };
/** A program that takes long is looked at more seldom: what is noticed late is at most this share of the whole. */
const LATE_SHARE = 0.05;

/** What a driver needs that works with this machine's files and processes alone. */
export interface AppPorts {
  readonly files: Files;
  readonly supervisor: Supervisor;
  readonly clock: Clock;
}

/**
 * The program saves its state into its folder and renames READY over; the agent copies, uploads and commits. With a signal
 * declared it is asked; without one it saves at its own pace. After a restore it is started as at first, with its folder as it was.
 */
export function appDriver(ports: AppPorts): CheckpointDriver {
  const start = async (job: DriverJob): Promise<SavableProcess> =>
    new AppProcess(ports, job, startProgram(ports.supervisor, job));
  return {
    name: 'app',
    capabilities: { needsRoot: false, stopsJob: false, hostBound: HOST_BOUND.app, samePath: false },
    probe: async (): Promise<Probe> => ({ ok: true, toolVersion: '', detail: 'the program saves its state itself' }),
    refuses: async () => undefined,
    start,
    // What it saved lies in its folder already.
    restore: (job) => start(job),
  };
}

/** A program as the supervisor runs it, with nothing around it. */
export function startProgram(supervisor: Supervisor, { document, folders, env }: DriverJob): RunningProcess {
  return supervisor.start({
    argv: document.run.command,
    cwd: folders.work,
    env,
    stdout: folders.stdout,
    stderr: folders.stderr,
  });
}

class AppProcess implements SavableProcess {
  readonly driver = 'app';
  readonly ended: RunningProcess['ended'];
  readonly canBeAsked: boolean;
  readonly #ports: AppPorts;
  readonly #job: DriverJob;
  readonly #process: RunningProcess;
  /** The READY that was committed last. */
  #taken: ReadyMark | undefined;

  constructor(ports: AppPorts, job: DriverJob, process: RunningProcess) {
    this.#ports = ports;
    this.#job = job;
    this.#process = process;
    this.ended = process.ended;
    this.canBeAsked = job.document.checkpoint.signal !== 'none';
  }

  signal(name: string): boolean {
    return this.#process.signal(name);
  }

  stop(graceMs: DurationMs): Promise<void> {
    return this.#process.stop(graceMs);
  }

  kill(): void {
    this.#process.kill();
  }

  async close(): Promise<void> {
    // Nothing was started beside the program.
  }

  async hasNews(): Promise<boolean> {
    const mark = await this.#mark();
    return mark !== undefined && mark !== this.#taken;
  }

  async checkpoint(request: CheckpointRequest): Promise<SavedState> {
    const isAsked = this.canBeAsked && request.reason !== 'news' && request.reason !== 'exit';
    const stopMs = isAsked ? await this.#ask(request) : 0;
    return {
      stopMs,
      pack: () => (request.reason === 'exit' ? this.#packAll() : this.#pack()),
      about: { toolVersion: '', peers: 0, packed: 'none' },
    };
  }

  /** Time from the signal to its answer; it is not asked while it does not listen. */
  async #ask({ reason, withinMs }: CheckpointRequest): Promise<DurationMs> {
    const { files, clock } = this.#ports;
    const { document, folders } = this.#job;
    const before = await this.#mark();
    await writeReason(files, folders.checkpoint, reason);
    const asked = clock.monotonicMs();
    if (!this.#process.signal(document.checkpoint.signal)) return 0;
    const waitedMs = (): DurationMs => clock.monotonicMs() - asked;
    while (waitedMs() < withinMs && (await this.#mark()) === before)
      await clock.sleep(clamp(waitedMs() * LATE_SHARE, LOOK_EVERY_MS));
    return Math.round(waitedMs());
  }

  async #pack(): Promise<PackedState | undefined> {
    const { checkpoint, copy } = this.#job.folders;
    const saved = await copyState(this.#ports.files, checkpoint, copy);
    if (saved === undefined || saved.mark === this.#taken) return undefined;
    return {
      files: saved.files,
      committed: () => {
        this.#taken = saved.mark;
      },
    };
  }

  async #packAll(): Promise<PackedState | undefined> {
    const { checkpoint, copy } = this.#job.folders;
    const mark = await this.#mark();
    const files = await copyAll(this.#ports.files, checkpoint, copy);
    return files.length === 0 ? undefined : { files, committed: () => void (this.#taken = mark) };
  }

  #mark(): Promise<ReadyMark | undefined> {
    return readyMark(this.#ports.files, this.#job.folders.checkpoint);
  }
}

function clamp(ms: DurationMs, { min, max }: { readonly min: DurationMs; readonly max: DurationMs }): DurationMs {
  return Math.min(max, Math.max(min, ms));
}
