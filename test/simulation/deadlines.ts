import type { TableChange } from '../../src/aws/memory/memory-table.ts';
import { changeoverOf } from '../../src/engine/decide/deadline-outlook.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { emptyRows } from '../../src/engine/model/rows.ts';
import type { DurationMs, EpochMs } from '../../src/engine/model/units.ts';
import type { SimWorld } from './sim-world.ts';

/** What a job was promised when it was submitted. */
interface Promised {
  readonly deadlineAt: EpochMs;
  /** With all its work still to do: from here on everything that the net counts on must hold. */
  readonly lastMomentAt: EpochMs;
}

/** Times at which something was so that the net does not promise against. */
interface Moment {
  readonly at: EpochMs;
  readonly what: string;
}

/**
 * Deadlines. A job that is submitted with time for its work and for the net (two changeovers and a leader's lateness, by the
 * stated defaults) ends in time, unless between its last moment and its deadline
 *  - at some look, twice a minute, no connected leader was in office, or the lead changed hands more than once in all;
 *  - more than a hundredth of all calls were lost, or EC2 gave no on-demand instances in some pool (the storms do both);
 *  - an on-demand machine that is there for rescued jobs, or its agent, died, stood still, was cut off or stepped its clock;
 *  - an operator held, killed or retried the job, ended an on-demand worker, or the job failed by itself.
 * What happens to spot, to standbys, to the queues and to the spot worker that holds the job excuses nothing.
 */
export class Deadlines {
  readonly #world: SimWorld;
  readonly #promised = new Map<string, Promised>();
  readonly #moments: Moment[] = [];
  readonly #leads: EpochMs[] = [];
  /** Jobs of which nothing can be said any more. */
  readonly #touched = new Set<string>();
  /** `binding`: promised, and nothing happened that would excuse it. `late` beyond those is excused. */
  readonly counts = { promised: 0, binding: 0, rescued: 0, late: 0 };
  #leaderEpoch = 0;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  /** What a deadline must leave beside the work, before anything was measured. */
  get netMs(): DurationMs {
    const { deployment } = this.#world;
    const { changeoverMs, everyMs } = changeoverOf({ checkpoint: undefined }, { deployment, workers: emptyRows() });
    return 2 * changeoverMs + everyMs;
  }

  promise(id: string, { deadlineAt, workMs }: { readonly deadlineAt: EpochMs; readonly workMs: DurationMs }): void {
    this.#promised.set(id, { deadlineAt, lastMomentAt: deadlineAt - workMs - this.netMs });
    this.counts.promised += 1;
  }

  look({ isLed, leaderEpoch }: { readonly isLed: boolean; readonly leaderEpoch: number }): void {
    const at = this.#world.clock.now();
    if (!isLed) this.#moments.push({ at, what: 'nobody led' });
    if (this.#world.weather.lostCall > 0.01) this.#moments.push({ at, what: 'storm' });
    if (this.#world.dry.size > 0) this.#moments.push({ at, what: 'no capacity' });
    if (leaderEpoch !== this.#leaderEpoch) this.#leads.push(at);
    this.#leaderEpoch = leaderEpoch;
  }

  /** Somebody or something else than the market had a hand in it. */
  touch(jobId: string): void {
    this.#touched.add(jobId);
  }

  onJob(from: JobRow, to: JobRow, { write }: TableChange): void {
    const fail = (what: string): void =>
      this.#world.invariants.violated(`job ${to.id} ${from.state} e${from.epoch} -> ${to.state} e${to.epoch}: ${what}`);
    if (to.state === 'STARTING' && from.state === 'RUNNABLE' && from.rescue !== undefined) {
      if (this.#world.instances.get(to.leaseOwner)?.isSpot === true) fail('rescued, and claimed by a spot worker');
    }
    if (from.rescue === undefined && to.rescue !== undefined) {
      this.counts.rescued += 1;
      if (write === undefined || this.#world.writers.get(write)?.kind !== 'master')
        fail('rescued by another than a leader');
    }
    if (to.state === 'HELD' || to.state === 'FAILED' || to.state === 'KILLED' || to.desired.hold !== undefined)
      this.touch(to.id);
    if (to.state === 'SUCCEEDED' && from.state !== 'SUCCEEDED') this.#ended(to, fail);
  }

  #ended({ id }: JobRow, fail: (what: string) => void): void {
    const promised = this.#promised.get(id);
    const lateMs = this.#world.clock.now() - (promised?.deadlineAt ?? Infinity);
    if (promised === undefined) return;
    const excuse = this.#touched.has(id) ? 'touched' : this.#excuse(promised);
    if (excuse === undefined) this.counts.binding += 1;
    if (lateMs <= 0) return;
    this.counts.late += 1;
    if (excuse === undefined)
      fail(`${Math.round(lateMs / 1_000)} s after its deadline, which on-demand could have met`);
  }

  #excuse({ lastMomentAt, deadlineAt }: Promised): string | undefined {
    const isWithin = (at: EpochMs): boolean => at >= lastMomentAt && at <= deadlineAt;
    const moment = this.#moments.find(({ at }) => isWithin(at));
    if (moment !== undefined) return moment.what;
    if (this.#leads.filter(isWithin).length > 1) return 'more than one change of leader';
    const machines = [...this.#world.instances.values()].filter(({ request }) => request.jobs !== undefined);
    const blow = machines.some(
      ({ process, endedAt }) => (endedAt !== undefined && isWithin(endedAt)) || process?.blows.some(isWithin) === true,
    );
    return blow ? 'an on-demand worker was hit' : undefined;
  }
}
