import type { DriverChoice, DriverName } from '../../model/checkpoint.ts';
import { checkpointExitCode, type JobDocument } from '../../protocol/job-document.ts';
import type { HostFacts } from '../../protocol/checkpoint-manifest.ts';
import { appDriver, type AppPorts } from './app-driver.ts';
import type { CheckpointDriver, DriverJob, Probe } from './checkpoint-driver.ts';
import { noneDriver } from './none-driver.ts';

export type Chosen =
  | { readonly ok: true; readonly driver: CheckpointDriver; readonly choice: DriverChoice }
  | { readonly ok: false; readonly why: string };

/** Those that save a program which knows nothing of it: the first that can is taken. */
const TRANSPARENT = ['dmtcp', 'criu'] as const satisfies readonly DriverName[];

/** The drivers of one worker, and what its machine can do. Each is asked once. */
export class Drivers {
  readonly all: readonly CheckpointDriver[];
  readonly host: HostFacts;
  readonly #probes = new Map<DriverName, Promise<Probe>>();

  /** @param more beside `app` and `none`, which work everywhere. */
  constructor(ports: AppPorts, more: readonly CheckpointDriver[] = [], host: HostFacts = NO_HOST) {
    this.all = [appDriver(ports), ...more, noneDriver(ports.supervisor)];
    this.host = host;
  }

  of(name: DriverName): CheckpointDriver | undefined {
    return this.all.find((driver) => driver.name === name);
  }

  probe(name: DriverName): Promise<Probe> {
    const known = this.#probes.get(name);
    if (known !== undefined) return known;
    const asked =
      this.of(name)?.probe() ?? Promise.resolve({ ok: false, why: 'this worker does not have it' } as const);
    this.#probes.set(name, asked);
    return asked;
  }

  /** Who saves this job here, and why; or why it must not be started here. `newest`: who made its newest checkpoint. */
  async choose(job: DriverJob, newest: DriverName | undefined): Promise<Chosen> {
    const asked = job.document.checkpoint.driver;
    if (asked === 'auto') return this.#pick(job, newest);
    const lacking = await this.#lacking(asked, job);
    const driver = this.of(asked);
    return lacking === undefined && driver !== undefined
      ? { ok: true, driver, choice: { driver: asked, why: 'the document asks for it' } }
      : { ok: false, why: `the document asks for ${asked}: ${lacking}; \`auto\` takes what the machine can do` };
  }

  async #pick(job: DriverJob, newest: DriverName | undefined): Promise<Chosen> {
    const declared = declaredBy(job.document);
    if (declared !== undefined) return this.#chosen('app', declared);
    if (newest === 'app') return this.#chosen('app', 'its newest checkpoint is one that the program wrote itself');
    const lacking = new Map<DriverName, string>();
    for (const name of TRANSPARENT) {
      const why = await this.#lacking(name, job);
      if (why !== undefined) lacking.set(name, why);
    }
    const able = TRANSPARENT.filter((name) => !lacking.has(name));
    const sticky = able.find((name) => name === newest);
    if (sticky !== undefined) return this.#chosen(sticky, 'it made the newest checkpoint');
    const [best] = able;
    const told = TRANSPARENT.flatMap((name) => (lacking.has(name) ? [`${name}: ${lacking.get(name)}`] : [])).join('; ');
    if (best === undefined) return this.#chosen('none', `the document declares nothing; ${told}`);
    const over = lacking.has('dmtcp') ? `; dmtcp: ${lacking.get('dmtcp')}` : '';
    return this.#chosen(best, `the document declares nothing, and this machine has it${over}`);
  }

  #chosen(name: DriverName, why: string): Chosen {
    const driver = this.of(name);
    return driver === undefined
      ? { ok: false, why: `this worker does not have ${name}` }
      : { ok: true, driver, choice: { driver: name, why } };
  }

  async #lacking(name: DriverName, job: DriverJob): Promise<string | undefined> {
    const probe = await this.probe(name);
    return probe.ok ? this.of(name)?.refuses(job) : probe.why;
  }
}

/** A worker that was not told what its machine is. */
export const NO_HOST: HostFacts = { arch: '', cpuFlags: [], imageId: '' };

/** What in the document says that the program can save its own state; undefined when nothing does. */
function declaredBy(document: JobDocument): string | undefined {
  const { signal } = document.checkpoint;
  if (signal !== 'none') return `the document declares ${signal}`;
  const exitCode = checkpointExitCode(document);
  return exitCode === undefined ? undefined : `the document declares exit code ${exitCode}`;
}
