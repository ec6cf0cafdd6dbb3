import fs from 'node:fs';
import path from 'node:path';
import type { JobRow } from '../../src/engine/model/job.ts';
import type { Page, Item } from '../../src/engine/model/ports.ts';
import type { WorkerRow } from '../../src/engine/model/worker.ts';
import { blobKeys } from '../../src/engine/protocol/blobs.ts';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { logParts } from '../../src/engine/protocol/log-parts.ts';
import { workerRowOf } from '../../src/engine/protocol/worker-item.ts';
import { logTexts } from '../../src/engine/run/read-log.ts';
import type { LocalEndpoint } from '../../src/cli/places.ts';
import { submitJobs, type Submission } from '../../src/cli/submit-jobs.ts';
import { openDeployment, type Wired } from '../../src/cli/wire.ts';
import { eventually, holds } from './eventually.ts';
import { CBAS, type Program, ROOT, read, type World } from './processes.ts';

export interface CloudOptions {
  readonly name: string;
  readonly workers: number;
  readonly flags?: readonly string[];
  /** Beside what a world has anyway. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Enough for a process to start on a busy machine. */
const START_WITHIN_MS = 20_000;

/** An embedded AWS with a deployment in it, and the deployment as a program sees it. */
export class Cloud {
  readonly world: World;
  readonly name: string;
  readonly wired: Wired;
  readonly #flags: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #process: Program;

  private constructor(
    started: Pick<Cloud, 'world' | 'name' | 'wired'> & {
      readonly process: Program;
      readonly flags: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    },
  ) {
    this.world = started.world;
    this.name = started.name;
    this.wired = started.wired;
    this.#process = started.process;
    this.#flags = started.flags;
    this.#env = started.env;
  }

  /** A market that stands nearly still: nothing is taken back unless the story does it. */
  static async start(world: World, { name, workers, flags = [], env = {} }: CloudOptions): Promise<Cloud> {
    const market = ['--speed', '1', '--seed', '7'];
    const all = ['--name', name, '--workers', String(workers), ...market, ...flags];
    const process = world.start([CBAS, 'local', 'run', ...all], env);
    const { endpoint, region } = await endpointOf(world, name, process);
    const wired = await openDeployment({
      name,
      target: { region, endpoint, mode: 'local', credentials: 'dummy' },
      why: 'the story',
      local: undefined,
      ambiguous: false,
    });
    return new Cloud({ world, name, wired, process, flags: all, env });
  }

  /** The process of the embedded AWS. */
  get process(): Program {
    return this.#process;
  }

  /** As a crash ends it: its instances go on. */
  async kill(): Promise<void> {
    this.#process.signal('SIGKILL');
    await this.#process.ended;
  }

  /** Started again on what it left. */
  async restart(): Promise<void> {
    this.#process = this.world.start([CBAS, 'local', 'run', ...this.#flags], this.#env);
    await endpointOf(this.world, this.name, this.#process);
  }

  master(): Program {
    return this.world.cbas('master', '--deployment', this.name);
  }

  get folder(): string {
    return this.world.local(this.name);
  }

  async submit(...documents: readonly object[]): Promise<readonly string[]> {
    const submissions = documents.map((document): Submission => ({
      value: { cbas: 1, ...document },
      baseDir: path.join(ROOT, 'examples', 'pi'),
    }));
    return (await submitJobs(this.wired, submissions)).map(({ id }) => id);
  }

  async job(id: string): Promise<JobRow> {
    const item = await this.wired.store.get('jobs', id);
    const row = item === undefined ? undefined : jobRowOf(item);
    if (row === undefined) throw new Error(`there is no job ${id}`);
    return row;
  }

  /** Waits until a job is in one of the states. */
  async jobIs(id: string, states: readonly JobRow['state'][], withinMs: number): Promise<JobRow> {
    let last: JobRow | undefined;
    return eventually(
      `job ${id} is ${states.join(' or ')}`,
      async () => {
        last = await this.job(id);
        return states.includes(last.state) ? last : undefined;
      },
      { withinMs, instead: () => `${last?.state}: ${last?.reason.detail}` },
    );
  }

  async workers(): Promise<readonly WorkerRow[]> {
    const { items }: Page<Item> = await this.wired.store.scan('workers');
    return items.map(workerRowOf).filter((row) => row !== undefined);
  }

  /** Waits until so many workers are there for work. */
  async workersServe(count: number, withinMs = START_WITHIN_MS): Promise<readonly WorkerRow[]> {
    const serving = async (): Promise<readonly WorkerRow[]> =>
      (await this.workers()).filter(({ state }) => state === 'IDLE' || state === 'BUSY');
    return eventually(
      `${count} workers serve`,
      async () => {
        const found = await serving();
        return found.length >= count ? found : undefined;
      },
      { withinMs, instead: () => this.process.output },
    );
  }

  /** Workers come for work: as many short jobs bring them, and they stay a minute after. */
  async bringWorkers(count: number): Promise<readonly WorkerRow[]> {
    await this.submit(...Array.from({ length: count }, (_, at) => shell(`warm-up-${at}`, 'sleep 1')));
    return this.workersServe(count);
  }

  /** The log of a job's last attempt, as S3 has it. */
  async log(job: JobRow, stream: 'stdout' | 'stderr'): Promise<string> {
    const all = logParts(await this.wired.blobs.list(blobKeys.logs(job.id)));
    const parts = all.filter((part) => part.epoch === job.epoch && part.stream === stream);
    let log = '';
    for await (const { text } of logTexts(this.wired.blobs, parts)) log += text;
    return log;
  }

  /** EC2 takes an instance back; false where it is no spot instance that runs. */
  async interrupt(instanceId: string, notice: boolean): Promise<boolean> {
    const { endpoint = '' } = this.wired.choice.target;
    const body = JSON.stringify({ instanceId, notice });
    return (await fetch(`${endpoint}/_cbas/ec2/interrupt`, { method: 'POST', body })).ok;
  }

  instanceFolder(instanceId: string): string {
    return path.join(this.folder, 'ec2', 'instances', instanceId);
  }

  /** `cbas local stop`: it and its instances end. */
  async stop(): Promise<void> {
    const stopping = this.world.cbas('local', 'stop', this.name);
    if ((await stopping.exitCode(40_000)) !== 0) throw new Error(stopping.output);
    await this.process.exitCode(5_000);
  }
}

export async function endpointOf(world: World, name: string, process: Program): Promise<LocalEndpoint> {
  const file = path.join(world.local(name), 'endpoint.json');
  await eventually(
    `the embedded AWS ${name} answers`,
    () => {
      if (!fs.existsSync(file)) return undefined;
      return holds((JSON.parse(read(file)) as LocalEndpoint).pid === process.pid);
    },
    { withinMs: START_WITHIN_MS, instead: () => process.output },
  );
  return JSON.parse(read(file)) as LocalEndpoint;
}

export interface PiJob {
  readonly book: string;
  readonly number: number;
  readonly samples: number;
}

/** Pi with few samples, checkpoints as in the sample workload. */
export function piJob({ book, number, samples }: PiJob): object {
  return {
    name: `${book}-${number}`,
    run: { command: ['node', 'pi.mjs', '--seed', String(number)], env: { SAMPLES: String(samples) } },
    inputs: [{ from: 'file:pi.mjs', to: 'pi.mjs' }],
    outputs: [{ path: 'out/*.json', name: 'estimate' }],
    checkpoint: { driver: 'app', signal: 'SIGUSR2', intervalS: 1 },
    record: { book, key: `seed-${number}`, from: 'estimate' },
  };
}

/** Counts to a number, a step every fifth of a second, and saves each: light, and exact only if no step is lost or doubled. */
export function counterJob(name: string, steps: number): object {
  const line = `
    c=$CBAS_CHECKPOINT_DIR; n=$(cat $c/n 2>/dev/null || echo 0)
    echo "begins at $n"
    while [ $n -lt ${steps} ]; do
      n=$((n + 1)); echo $n >$c/n.tmp; mv $c/n.tmp $c/n; echo $n >$c/ready.tmp; mv $c/ready.tmp $c/READY; sleep 0.2
    done
    mkdir -p out; echo "{\\"n\\": $n}" >out/count.json`;
  return shell(name, line, {
    outputs: [{ path: 'out/count.json', name: 'count' }],
    checkpoint: { driver: 'app', intervalS: 1 },
    record: { book: 'counts', key: name, from: 'count' },
  });
}

/** A job that is a line of shell. */
export function shell(name: string, line: string, more: object = {}): object {
  return { name, run: { command: ['/bin/sh', '-c', line] }, ...more };
}
