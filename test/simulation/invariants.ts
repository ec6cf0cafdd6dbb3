import type { TableChange } from '../../src/aws/memory/memory-table.ts';
import { isLeased, isTerminal, JOB_TRANSITIONS, type JobRow } from '../../src/engine/model/job.ts';
import { hash32 } from '../../src/engine/model/rng.ts';
import type { Item } from '../../src/engine/model/ports.ts';
import { intentOf } from '../../src/engine/protocol/intent-item.ts';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { workerRowOf } from '../../src/engine/protocol/worker-item.ts';
import { BlobInvariants } from './blob-invariants.ts';
import { wholeSum } from './sim-program.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimInstance } from './sim-instance.ts';
import type { SimWorld } from './sim-world.ts';

/** The step that a program had reached at a time of the monotonic clock. */
type StepAt = (monotonicMs: number) => number;

/** How many violations are told; one is enough to fail. */
const TOLD_MAX = 20;

const number = (item: Item | undefined, name: string): number => Number(item?.[name] ?? 0);

/**
 * What must hold whatever happens, checked on what each change touched, in the step in which it is made. It looks at the items
 * only, never at who meant what: a defect in the writers cannot hide from it.
 */
export class Invariants {
  readonly #world: SimWorld;
  readonly violations: string[] = [];
  readonly blobs: BlobInvariants;
  readonly commits = new Map<string, number>();
  /** Steps that each job must add up. */
  readonly #steps = new Map<string, number>();
  /** Submissions that were acknowledged. */
  readonly submitted = new Set<string>();
  /** Times from the end of a program to its next beginning, and the steps that were done again. */
  readonly redone: number[] = [];
  readonly #reached = new Map<string, number>();
  /** Programs that run now, by job: the instance of each. */
  readonly #running = new Map<string, Map<SimInstance, StepAt>>();
  changes = 0;
  /** Of every change, in order. */
  digest = 0;

  constructor(world: SimWorld) {
    this.#world = world;
    this.blobs = new BlobInvariants(world, (what) => this.violated(what));
  }

  violated(what: string): void {
    const hours = this.#world.clock.monotonicMs() / 3_600_000;
    if (this.violations.length < TOLD_MAX) this.violations.push(`at ${hours.toFixed(3)} h: ${what}`);
  }

  expectJob(id: string, steps: number): void {
    this.#steps.set(id, steps);
  }

  programBegan(
    jobId: string,
    began: { readonly on: SimInstance; readonly step: number; readonly stepAt: StepAt },
  ): void {
    const { on, step, stepAt } = began;
    const running = this.#running.get(jobId) ?? new Map<SimInstance, StepAt>();
    for (const [other, otherStepAt] of running) {
      // An agent that is dead or stands still cannot stop its program; every other has done so before its lease was over.
      if (!other.isGone && other.process?.wasRunning === true)
        this.violated(`job ${jobId} began on ${on.id} while it ran on ${other.id}`);
      // What it did after its agent or its machine died was never going to be saved.
      const diedMs = other.agentEndedMs ?? other.endedMs;
      if (diedMs !== undefined) this.programEnded(jobId, other, otherStepAt(diedMs));
    }
    const reached = this.#reached.get(jobId);
    if (reached !== undefined) this.redone.push(Math.max(0, reached - step));
    this.#reached.set(jobId, step);
    this.#running.set(jobId, running.set(on, stepAt));
  }

  programEnded(jobId: string, on: SimInstance, step: number): void {
    this.#reached.set(jobId, Math.max(step, this.#reached.get(jobId) ?? 0));
    this.#running.get(jobId)?.delete(on);
  }

  onChange(change: TableChange): void {
    this.changes += 1;
    const { table, key, before, after } = change;
    this.digest = hash32(`${table} ${key} ${JSON.stringify(change.write?.set ?? after)}`, this.digest);
    if (after === undefined) return;
    if (number(after, 'leaderEpoch') < number(before, 'leaderEpoch'))
      this.violated(`${table} ${key}: a deposed leader wrote`);
    if (table === 'jobs') this.#onJob(change, after);
    if (table === 'intents') this.#onIntent(change, after);
    if (table === 'misc' && key === 'leader') this.#onLead(before, after);
    if (
      table === 'workers' &&
      workerRowOf(before ?? {})?.state === 'TERMINATED' &&
      workerRowOf(after)?.state !== 'TERMINATED'
    )
      this.violated(`worker ${key} came back from its end`);
  }

  #onJob(change: TableChange, after: Item): void {
    const { key, before, write } = change;
    const from = before === undefined ? undefined : jobRowOf(before);
    const to = jobRowOf(after);
    if (to === undefined) return this.violated(`job ${key} cannot be read any more`);
    if (from === undefined) return;
    if (write === undefined) return this.violated(`job ${key} was put over what was there`);
    const fail = (what: string): void =>
      this.violated(`job ${key} ${from.state} e${from.epoch} -> ${to.state} e${to.epoch}: ${what}`);
    if (from.state !== to.state && !JOB_TRANSITIONS[from.state].includes(to.state)) fail('no such transition');
    const claims = to.state === 'STARTING' && from.state === 'RUNNABLE';
    if (to.epoch !== from.epoch + (claims ? 1 : 0)) fail('the epoch moved, and it was no claim');
    if (claims && from.leaseOwner !== '') fail('claimed under the lease of another');
    if (claims && from.desired.hold !== undefined) fail('claimed although it is held');
    if ((to.checkpoint?.generation ?? 0) < (from.checkpoint?.generation ?? 0)) fail('its checkpoint went back');
    if (to.rev < from.rev) fail('its rev went back');
    const writer = this.#world.writers.get(write);
    this.#world.deadlines.onJob(from, to, change);
    this.#fence(writer, from, fail);
    if (writer?.kind === 'master' && isLeased(from.state) && !isLeased(to.state)) this.#reaped(before, from, fail);
    if (to.checkpoint !== undefined && to.checkpoint.generation !== from.checkpoint?.generation) {
      const { generation } = to.checkpoint;
      if (Math.floor(generation / 1_000_000) !== from.epoch) fail(`checkpoint ${generation} is of another epoch`);
    }
    if (claims) void this.blobs.restorable(to, fail);
    if (to.state === 'SUCCEEDED' && from.state !== 'SUCCEEDED') void this.#committed(to, fail);
  }

  /** Of a job that is claimed, only its holder may write as a worker does. */
  #fence(writer: SimProcess | undefined, from: JobRow, fail: (what: string) => void): void {
    if (writer?.kind !== 'worker' || from.state === 'RUNNABLE') return;
    if (from.leaseOwner !== writer.name) fail(`a write of ${writer.name} was accepted, "${from.leaseOwner}" holds it`);
  }

  /** The leader takes a job from a live instance only when the lease is over. */
  #reaped(before: Item | undefined, from: JobRow, fail: (what: string) => void): void {
    const leftMs = number(before, 'leaseUntil') - this.#world.clock.now();
    const isGone = this.#world.instances.get(from.leaseOwner)?.isGone === true;
    if (!isGone && leftMs > this.#world.deployment.timings.skewMarginMs / 2)
      fail(`reaped ${leftMs} ms before its lease was over`);
  }

  async #committed(row: JobRow, fail: (what: string) => void): Promise<void> {
    const count = (this.commits.get(row.id) ?? 0) + 1;
    this.commits.set(row.id, count);
    if (count > 1) fail(`committed ${count} times`);
    const steps = this.#steps.get(row.id);
    if (steps === undefined) return;
    const { n, sum } = row.record?.value ?? {};
    if (n !== steps || sum !== wholeSum(steps)) fail(`its record is n=${n} sum=${sum}, ${steps} steps were asked for`);
    if (row.result?.manifestKey.includes(`/e${row.epoch}/`) !== true) fail('its outputs are of another epoch');
    await this.blobs.outputs(row, steps, fail);
  }

  /** The lead changes hands only when the lease is over by every clock, or when its holder resigned. */
  #onLead(before: Item | undefined, after: Item): void {
    if (number(after, 'epoch') < number(before, 'epoch')) this.violated('the leader epoch went back');
    const taken =
      before !== undefined && before['holder'] !== after['holder'] && before['holder'] !== '' && after['holder'] !== '';
    const leftMs = number(before, 'until') - this.#world.clock.now();
    if (taken && leftMs > this.#world.deployment.timings.skewMarginMs / 2)
      this.violated(
        `${String(after['holder'])} took the lead ${leftMs} ms before the lease of ${String(before['holder'])} was over`,
      );
  }

  #onIntent({ key, before }: TableChange, after: Item): void {
    const from = before === undefined ? undefined : intentOf(before)?.state;
    const to = intentOf(after)?.state;
    const ended = from === 'DONE' || from === 'FAILED' || from === 'REFUSED';
    if (ended) this.violated(`intent ${key} was ${from} and became ${to}`);
  }

  /** An instance that nobody looks after: no row, or a row that has ended; or an agent that is dead. */
  async owned(
    instances: readonly SimInstance[],
    limits: { readonly rowMs: number; readonly agentMs: number },
  ): Promise<void> {
    const now = this.#world.clock.monotonicMs();
    for (const instance of instances) {
      const row = workerRowOf((await this.#world.table.get('workers', instance.id)) ?? {});
      const unowned = row === undefined || row.state === 'TERMINATED';
      const agentDead = instance.agentEndedMs !== undefined;
      this.#patience(`${instance.id} unowned`, unowned ? limits.rowMs : undefined, now);
      this.#patience(`${instance.id} agentless`, agentDead ? limits.agentMs : undefined, now);
    }
  }

  readonly #since = new Map<string, number>();

  /** `key` is an instance and what is wrong with it; undefined when nothing is. */
  #patience(key: string, limitMs: number | undefined, now: number): void {
    if (limitMs === undefined) {
      this.#since.delete(key);
      return;
    }
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    if (now - since <= limitMs) return;
    this.violated(`${key} for ${Math.round((now - since) / 1_000)} s`);
    this.#since.set(key, now);
  }

  /** While nobody could act the patience does not run. */
  forgive(ms: number): void {
    for (const [key, since] of this.#since) this.#since.set(key, since + ms);
  }

  /** After all trouble is over and time has passed: everything has come to its end. */
  async settled(expected: ReadonlyMap<string, readonly JobRow['state'][]>): Promise<void> {
    for (const id of this.submitted) {
      const item = await this.#world.table.get('jobs', id);
      const row = item === undefined ? undefined : jobRowOf(item);
      const steps = this.#steps.get(id);
      if (row?.state === 'SUCCEEDED' && steps !== undefined)
        await this.blobs.outputs(row, steps, (what) => this.violated(`job ${id}, at the end: ${what}`));
      if (row?.state === 'SUCCEEDED') await this.blobs.swept(row);
      const wanted = expected.get(id) ?? ['SUCCEEDED'];
      if (row === undefined) this.violated(`job ${id} was acknowledged and is not there`);
      else if (!wanted.includes(row.state))
        this.violated(
          `job ${id} ended as ${row.state} (${row.reason.code}: ${row.reason.detail}), wanted ${wanted.join(' or ')}${isTerminal(row.state) ? '' : '; it never ended'}`,
        );
    }
    for (const item of (await this.#world.table.scan('intents')).items) {
      const intent = intentOf(item);
      if (intent?.state === 'OPEN' || intent?.state === 'STARTED')
        this.violated(`intent ${intent.id} was never settled: ${intent.state}`);
      if (intent?.action.verb === 'launch') {
        const born = [...this.#world.instances.values()].filter(({ request }) => request.intentId === intent.id).length;
        if (born > 0 && (intent.state === 'FAILED' || intent.state === 'REFUSED'))
          this.violated(`intent ${intent.id} is ${intent.state} (${intent.outcome}), yet it launched ${born}`);
        if (born > intent.action.count)
          this.violated(`intent ${intent.id} asked for ${intent.action.count} instances and launched ${born}`);
      }
    }
  }
}
