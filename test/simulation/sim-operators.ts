import type { Intent } from '../../src/engine/model/command.ts';
import { FaultError } from '../../src/engine/model/fault.ts';
import { uuidV7 } from '../../src/engine/model/ids.ts';
import { isTerminal, type JobRow, type JobState } from '../../src/engine/model/job.ts';
import type { TableStore } from '../../src/engine/model/ports.ts';
import type { Rng } from '../../src/engine/model/rng.ts';
import { newIntent, putIntent } from '../../src/engine/protocol/intent-item.ts';
import { jobRowOf, newJobItem } from '../../src/engine/protocol/job-item.ts';
import { MISC, writeSettings } from '../../src/engine/protocol/misc-item.ts';
import {
  holdJob,
  killJob,
  retryJob,
  submitJob,
  unholdJob,
  wishCheckpoint,
} from '../../src/engine/protocol/operator-job-writes.ts';
import { documentOf } from '../support/job-table.ts';
import { settingsFor } from '../support/memory-cloud.ts';
import { ChangeOfMind } from './sim-change-of-mind.ts';
import type { SimProcess } from './sim-process.ts';
import { commandOf, type ProgramPlan } from './sim-program.ts';
import { POOLS, type SimWorld } from './sim-world.ts';

const MINUTE = 60_000;
/** In the calm, until the simulation gives up on what has not ended. */
const LOOK_EVERY_MS = 5 * MINUTE;
const LOOKS_MAX = 200;

/** One in so many jobs has a deadline: with time for its work, for the net, and for up to so much more. */
const DEADLINE_ONE_IN = 3;
const SLACK_MS_MAX = 15 * MINUTE;

export interface OperatorsOptions {
  readonly world: SimWorld;
  readonly rng: Rng;
  readonly seed: number;
  readonly hours: number;
  readonly troubleUntilMs: number;
}

/** People: they submit, wish, hold, kill, launch and end, and ask again when AWS does not answer. */
export class Operators {
  readonly #world: SimWorld;
  readonly #rng: Rng;
  readonly #options: OperatorsOptions;
  /** What may become of each job, after all that was done to it. */
  readonly expected = new Map<string, readonly JobState[]>();
  readonly #minds: ChangeOfMind;
  #operators = 0;

  constructor(options: OperatorsOptions) {
    this.#world = options.world;
    this.#rng = options.rng;
    this.#options = options;
    this.#minds = new ChangeOfMind(options.world, options.rng.fork('minds'));
  }

  begin(): void {
    void this.#submitting();
    void this.#operating();
  }

  get #isTroubled(): boolean {
    return this.#world.clock.monotonicMs() < this.#options.troubleUntilMs;
  }

  async #submitting(): Promise<void> {
    const { clock } = this.#world;
    const rng = this.#rng.fork('submitting');
    const untilMs = this.#options.troubleUntilMs * 0.9;
    const meanMs = (this.#options.hours <= 3 ? 3 : 10) * MINUTE;
    while (clock.monotonicMs() < untilMs) {
      await this.#submit(rng);
      await clock.sleep(-Math.log(1 - rng.next()) * meanMs);
    }
  }

  /** Tried until it is acknowledged, by a process that may die in between: then nobody was promised anything. */
  async #submit(rng: Rng): Promise<void> {
    const { clock, deployment, invariants, deadlines } = this.#world;
    const steps = 30 + rng.below(this.#options.hours <= 3 ? 900 : 5_400);
    const kind = rng.below(20);
    const plan: ProgramPlan = {
      steps,
      saveMs: 50 + rng.below(3_000),
      exitCode: kind === 0 ? 3 : 0,
      killsAfter: kind === 1 ? 5 + rng.below(20) : 0,
    };
    const document = documentOf({
      name: `count-${steps}`,
      priority: rng.below(3),
      run: { command: [...commandOf(plan)] },
      outputs: [{ path: 'out.json', name: 'sum' }],
      checkpoint: { signal: 'SIGUSR1', intervalS: 60 + rng.below(240) },
      retry: { attempts: 1 + rng.below(3) },
      estimate: { workS: steps },
      record: { book: 'sums', key: `${this.#options.seed}-${rng.next()}`, from: 'sum' },
    });
    const id = uuidV7(clock.now(), rng);
    const operator = this.#operator();
    const deadlineAt =
      rng.below(DEADLINE_ONE_IN) > 0 ? 0 : clock.now() + steps * 1_000 + deadlines.netMs + rng.below(SLACK_MS_MAX);
    const at = operator.process.clock.now();
    const item = newJobItem({ id, document, deadlineAt, at }, deployment);
    invariants.expectJob(id, steps);
    const wanted: readonly JobState[] = kind === 0 || kind === 1 ? ['FAILED'] : ['SUCCEEDED'];
    this.expected.set(id, wanted);
    if (await this.#insist(() => operator.store.write(submitJob(item)))) {
      invariants.submitted.add(id);
      if (deadlineAt > 0 && kind > 1) deadlines.promise(id, { deadlineAt, workMs: steps * 1_000 + (clock.now() - at) });
    }
  }

  #operator(): { readonly process: SimProcess; readonly store: TableStore } {
    const process = this.#world.process('operator', `ana${++this.#operators}`);
    return { process, store: process.reach('table', this.#world.table) };
  }

  /** As a person does it: again, when AWS did not answer. */
  async #insist(act: () => Promise<unknown>): Promise<boolean> {
    for (let tries = 0; tries < 20; tries++) {
      try {
        await act();
        return true;
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        await this.#world.clock.sleep(2_000);
      }
    }
    return false;
  }

  async #operating(): Promise<void> {
    const { clock } = this.#world;
    const rng = this.#rng.fork('operating');
    while (this.#isTroubled) {
      await clock.sleep(-Math.log(1 - rng.next()) * (this.#options.hours <= 3 ? 2 : 12) * MINUTE);
      if (!this.#isTroubled) break;
      await this.#insist(() => this.#act(rng));
    }
    // What trouble began may still end badly for a while, also for the neighbours of a job that takes its worker down: they look again.
    for (let look = 0; look < LOOKS_MAX; look++) {
      await this.#insist(() => this.#releaseAll());
      await clock.sleep(LOOK_EVERY_MS);
    }
  }

  async #act(rng: Rng): Promise<void> {
    const { store, process } = this.#operator();
    const asked = { at: process.clock.now(), by: 'ana' };
    const { readyShards } = this.#world.deployment;
    const rows = (await store.scan('jobs')).items.map(jobRowOf).filter((row): row is JobRow => row !== undefined);
    const some = (fits: (row: JobRow) => boolean): JobRow | undefined => {
      const fitting = rows.filter(fits);
      return fitting[rng.below(fitting.length)];
    };
    const running = some(({ state }) => state === 'RUNNING');
    const open = some(({ state }) => !isTerminal(state));
    switch (rng.below(8)) {
      case 0:
        if (open === undefined) return;
        this.#allow(open.id, 'KILLED');
        this.#world.deadlines.touch(open.id);
        await store.write(killJob(open, asked));
        return;
      case 1:
        if (running !== undefined) await store.write(wishCheckpoint(running, asked));
        return;
      case 2:
      case 3:
        if (open === undefined || open.state === 'BLOCKED' || open.state === 'HELD') return;
        this.#world.deadlines.touch(open.id);
        await store.write(holdJob(open, asked));
        void this.#minds.afterHold(open.id, () => this.#operator());
        return;
      case 4: {
        const held = some(({ desired }) => desired.hold !== undefined);
        if (held !== undefined) await store.write(unholdJob(held, { ...asked, readyShards }));
        return;
      }
      case 5: {
        const ended = some(({ state }) => state === 'FAILED' || state === 'KILLED');
        if (ended === undefined) return;
        const before = this.expected.get(ended.id) ?? ['SUCCEEDED'];
        this.expected.set(ended.id, [...before, ended.state]);
        await store.write(retryJob(ended, { ...asked, readyShards }));
        return;
      }
      case 6:
        await store.write(
          putIntent(
            this.#intent(rng, {
              verb: 'launch',
              count: 1 + rng.below(2),
              pool: rng.below(2) === 0 ? undefined : POOLS[rng.below(3)],
            }),
          ),
        );
        return;
      default: {
        const workers = this.#world.alive;
        const worker = workers[rng.below(workers.length)];
        if (worker !== undefined)
          await store.write(
            putIntent(
              this.#intent(rng, {
                verb: 'terminate',
                workerIds: [worker.id],
                revs: [1],
                target: rng.below(2) === 0 ? 'keep' : 'lower',
              }),
            ),
          );
      }
    }
  }

  #intent(rng: Rng, action: Intent['action']): Intent {
    const id = `ana-${Math.floor(rng.next() * 1e12)}`;
    return newIntent({ id, action, by: 'ana', createdAt: this.#world.clock.now() });
  }

  #allow(id: string, state: JobState): void {
    const before = this.expected.get(id) ?? ['SUCCEEDED'];
    if (!before.includes(state)) this.expected.set(id, [...before, state]);
  }

  /** Before the calm: what is held would never end, and some workers must be asked for. */
  async #releaseAll(): Promise<void> {
    const { store, process } = this.#operator();
    const { readyShards } = this.#world.deployment;
    for (const item of (await store.scan('jobs')).items) {
      const row = jobRowOf(item);
      // As an operator would: what was stopped for the bad luck of its workers is tried again.
      if (row?.state === 'FAILED' && this.expected.get(row.id)?.includes('FAILED') !== true)
        await store.write(retryJob(row, { at: process.clock.now(), by: 'ana', readyShards }));
      if (row?.desired.hold !== undefined)
        await store.write(unholdJob(row, { at: process.clock.now(), by: 'ana', readyShards }));
    }
    const settings = await store.get('misc', MISC.settings);
    await store.write(
      writeSettings(
        settingsFor({
          rev: Number(settings?.['rev'] ?? 0),
          targetWorkers: 6,
          slotsPerWorker: 1,
          pools: POOLS.map((id) => ({ id, bidUsdPerHour: 0.05 })),
          changedAt: process.clock.now(),
        }),
      ),
    );
  }
}
