import { isTerminal } from '../../src/engine/model/job.ts';
import { type Rng, seededRng } from '../../src/engine/model/rng.ts';
import { AWS_TIMINGS, type Timings } from '../../src/engine/model/timings.ts';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { leaderOf, MISC, writeSettings } from '../../src/engine/protocol/misc-item.ts';
import { settingsFor } from '../support/memory-cloud.ts';
import { checkBill } from './bill.ts';
import type { ReplayCheck } from './replay-check.ts';
import type { SimInstance } from './sim-instance.ts';
import { Operators } from './sim-operators.ts';
import { type SimMaster, startMaster } from './sim-master.ts';
import { Trouble } from './sim-trouble.ts';
import { POOLS, SimWorld } from './sim-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SETTLE_MAX_MS = 6 * HOUR;
/** The longest upload, the margin of the clocks, and two looks of the sweeper: then nothing lies about that a lost worker sent. */
const SWEPT_AFTER_MS = 22 * MINUTE;

export interface Simulated {
  readonly seed: number;
  readonly hours: number;
  readonly events: number;
  readonly changes: number;
  readonly jobs: number;
  readonly kills: number;
  readonly violations: readonly string[];
  /** Steps of a second that were done again after a loss. */
  readonly redoneS: readonly number[];
  /** Of deadlines. */
  readonly deadlines: Readonly<Record<'promised' | 'binding' | 'rescued' | 'late', number>>;
  /** Folds all that happened: the same seed gives the same. */
  readonly digest: number;
}

/** Runs longer than this are days: trouble and timings are stretched in most of them. */
const SHORT_HOURS = 3;

/** One short run in eight has AWS's own timings throughout, and one day in forty, which costs ten times as much as the others. */
const UNCHANGED_ONE_IN = { short: 8, day: 40 } as const;
/** One day in six is stretched twofold, the others fourfold. */
const TWOFOLD_ONE_IN = 6;

/**
 * Protocol timings of AWS; what only polls is slower in most seeds. In most days all periods are stretched, two- or fourfold,
 * and so are the troubles that must outlast them: the same races, in a day that costs seconds.
 */
function timingsFor(rng: Rng, hours: number): Timings {
  const isShort = hours <= SHORT_HOURS;
  if (rng.below(isShort ? UNCHANGED_ONE_IN.short : UNCHANGED_ONE_IN.day) === 0) return AWS_TIMINGS;
  const stretch = isShort ? 1 : rng.below(TWOFOLD_ONE_IN) === 0 ? 2 : 4;
  const { pingMs, leaseMs, heartbeatMs, leaderLeaseMs, leaderRenewMs, reconcileMs } = AWS_TIMINGS;
  return {
    ...AWS_TIMINGS,
    pingMs: pingMs * stretch,
    leaseMs: leaseMs * stretch,
    heartbeatMs: heartbeatMs * stretch,
    leaderLeaseMs: leaderLeaseMs * stretch,
    leaderRenewMs: leaderRenewMs * stretch,
    reconcileMs: reconcileMs * stretch,
    changesPollMs: 10_000 * stretch,
    sweepMs: 120_000 * stretch,
    decideMs: 10_000 * stretch,
    pulseMs: 30_000 * stretch,
    claimPollMs: 15_000 * stretch,
    checkpointWatchMs: 15_000,
    noticePollMs: 15_000,
  };
}

/** One life of a deployment from one seed: trouble for most of it, then calm in which everything must come to its end. */
export async function simulate(seed: number, hours: number): Promise<Simulated> {
  return new Simulation(seed, hours).run();
}

class Simulation {
  readonly #seed: number;
  readonly #hours: number;
  readonly #world: SimWorld;
  readonly #rng: Rng;
  readonly #trouble: Trouble;
  readonly #operators: Operators;
  readonly #journals: ReplayCheck[] = [];
  readonly #masters: SimMaster[] = [];
  #masterCount = 0;
  #leaderEpoch = 0;

  constructor(seed: number, hours: number) {
    this.#seed = seed;
    this.#hours = hours;
    this.#world = new SimWorld(seed, timingsFor(seededRng(seed).fork('timings'), hours));
    this.#rng = this.#world.rng.fork('simulation');
    // The last part is calm: long jobs that were cut off late must still come to their end.
    const troubleUntilMs = Math.max(hours * HOUR * 0.5, hours * HOUR - 4 * HOUR);
    const world = this.#world;
    this.#trouble = new Trouble({
      world,
      hours,
      rng: this.#rng.fork('trouble'),
      isTroubled: () => world.clock.monotonicMs() < troubleUntilMs,
      masters: () => this.#masters.map(({ process }) => process),
    });
    this.#operators = new Operators({ world, rng: this.#rng.fork('operators'), seed, hours, troubleUntilMs });
  }

  async run(): Promise<Simulated> {
    const { clock, invariants, table } = this.#world;
    const endMs = this.#hours * HOUR;
    await table.write(
      writeSettings(
        settingsFor({
          targetWorkers: 3 + this.#rng.below(4),
          slotsPerWorker: 1 + this.#rng.below(2),
          pools: POOLS.map((id) => ({ id, bidUsdPerHour: 0.05 })),
        }),
      ),
    );
    const masters = 1 + this.#rng.below(3);
    for (let at = 0; at < masters; at++) this.#startMaster();
    this.#operators.begin();
    this.#trouble.begin();
    for (let atMs = 0; atMs < endMs && invariants.violations.length === 0; atMs += MINUTE / 2) {
      await clock.advance(MINUTE / 2);
      await this.#look();
    }
    // A backlog of long jobs may need longer; what is not done after this will never be.
    for (let atMs = 0; atMs < SETTLE_MAX_MS && (await this.#isBusy()); atMs += MINUTE) await clock.advance(MINUTE);
    if (invariants.violations.length === 0) {
      await clock.advance(this.#world.deployment.timings.leaseMs + SWEPT_AFTER_MS);
      await invariants.settled(this.#operators.expected);
      await checkBill(this.#world);
    }
    for (const { stop } of this.#masters) stop();
    for (const journal of this.#journals) journal.close();
    return {
      seed: this.#seed,
      hours: this.#hours,
      events: this.#journals.reduce((sum, { events }) => sum + events, 0),
      changes: invariants.changes,
      jobs: invariants.submitted.size,
      kills: this.#trouble.kills,
      violations: invariants.violations,
      redoneS: invariants.redone,
      deadlines: this.#world.deadlines.counts,
      digest: invariants.digest,
    };
  }

  #startMaster(): void {
    const name = `m${++this.#masterCount}`;
    const master = startMaster(this.#world, name, this.#rng.fork(name));
    this.#journals.push(master.journal);
    this.#masters.push(master);
    master.process.onDeath = () => {
      this.#masters.splice(this.#masters.indexOf(master), 1);
      void this.#replaceMaster();
    };
  }

  async #isBusy(): Promise<boolean> {
    const { items } = await this.#world.table.scan('jobs');
    return items.map(jobRowOf).some((row) => row !== undefined && !isTerminal(row.state));
  }

  async #replaceMaster(): Promise<void> {
    const { clock } = this.#world;
    await clock.sleep(this.#rng.below(5) === 0 ? this.#rng.below(20 * MINUTE) : this.#rng.below(2 * MINUTE));
    this.#startMaster();
  }

  async #leader(): Promise<ReturnType<typeof leaderOf>> {
    return leaderOf(await this.#world.table.get('misc', MISC.leader));
  }

  /** Every half minute: are all instances looked after, by somebody who could? */
  async #look(): Promise<void> {
    const { clock, invariants, deployment } = this.#world;
    const { reconcileMs, leaseMs, skewMarginMs } = deployment.timings;
    const leader = await this.#leader();
    const inOffice =
      leader !== undefined &&
      leader.until > clock.now() &&
      this.#masters.some(({ process }) => process.name === leader.id && process.isConnected);
    this.#world.deadlines.look({ isLed: inOffice, leaderEpoch: leader?.epoch ?? 0 });
    if (!inOffice || this.#world.weather.lostCall > 0.01) invariants.forgive(MINUTE / 2);
    // A new leader must listen for as long as a worker may be silent before it can tell who is dead.
    if (leader !== undefined && leader.epoch !== this.#leaderEpoch) invariants.forgive(leaseMs + skewMarginMs);
    this.#leaderEpoch = leader?.epoch ?? 0;
    const limits = {
      rowMs: 2 * reconcileMs + leaseMs,
      agentMs: 2 * reconcileMs + 2 * (leaseMs + skewMarginMs) + MINUTE,
    };
    await invariants.owned(this.#world.alive as readonly SimInstance[], limits);
  }
}
