import { hasLeader } from '../../engine/decide/has-leader.ts';
import { type EndingPhase, nextOfEnding, type Remains, remainsOf } from '../../engine/decide/plan-deployment.ts';
import type { ConditionalWrite, Plan } from '../../engine/model/command.ts';
import { uuidV7 } from '../../engine/model/ids.ts';
import type { Item } from '../../engine/model/ports.ts';
import { intentOf } from '../../engine/protocol/intent-item.ts';
import { jobRowOf } from '../../engine/protocol/job-item.ts';
import { settingsOf } from '../../engine/protocol/misc-item.ts';
import type { SnapshotStore } from '../../engine/run/store.ts';
import { grouped, rate } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import { type ActOptions, confirm, planJson, planLines } from '../act.ts';
import { auditAct } from '../audit-act.ts';
import { operatorOrigin } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { Countdown } from '../countdown.ts';
import { CliError, EXIT } from '../exit.ts';
import { inLanes } from '../lanes.ts';
import { Look } from '../look.ts';
import { wholeNumber } from '../numbers.ts';
import { note, print, printJson } from '../output.ts';
import { openToAct } from '../session.ts';
import { freshRng, operatorEngine, type Wired } from '../wire.ts';

export interface KillAllOptions extends ActOptions {
  /** Seconds. */
  readonly within?: string;
}

/** Killing hundreds of jobs and ending dozens of instances takes a minute or two on AWS. */
const WITHIN_S = 300;
const WITHIN_MAX_S = 86_400;

/** `cbas kill --all`: submission, then all jobs, then all instances, counted down to zero. A second run goes on. */
export async function killAll(options: KillAllOptions): Promise<number> {
  const withinMs = 1_000 * wholeNumber('--within', options.within ?? String(WITHIN_S), { min: 1, max: WITHIN_MAX_S });
  const wired = await openToAct(options);
  const { engine, snapshots } = await operatorEngine(wired, { mode: 'operator', wait: false });
  const { snapshot } = await Look.at(wired, ['jobs', 'workers', 'intents', 'prices'], snapshots);
  const proposal = engine.propose({ kind: 'deployment.end' });
  if (!proposal.ok) throw new CliError(proposal.refusal.sentence, EXIT.refused);
  const { plan } = proposal;
  const isJson = options.json === true;
  if (!isJson) for (const line of planLines(plan)) print(line);
  if (options.dryRun === true) {
    if (isJson)
      printJson({ dryRun: true, plan: planJson(plan), before: remainsJson(remainsOf(snapshot)), after: null });
    return EXIT.done;
  }
  if (options.yes !== true) await confirm(plan.title);
  const ending = new Ending({ wired, snapshots, plan, isJson, waits: options.wait !== false });
  // The pollers of a console: they read what changes, and nothing twice.
  engine.start();
  try {
    return await ending.run(withinMs);
  } finally {
    engine.stop();
  }
}

function remainsJson({ accepting, targetWorkers, jobs, instances, usdPerHour }: Remains) {
  return { accepting, targetWorkers, jobs, instances, usdPerHour };
}

/** Why it stopped before all was gone; empty when all is. */
type Stopped = '' | 'time' | 'no-master' | 'not-waited';

class Ending {
  readonly #wired: Wired;
  readonly #snapshots: SnapshotStore;
  readonly #plan: Plan;
  readonly #isJson: boolean;
  readonly #waits: boolean;
  readonly #before: Remains;
  readonly #rng = freshRng();

  constructor(options: {
    readonly wired: Wired;
    readonly snapshots: SnapshotStore;
    readonly plan: Plan;
    readonly isJson: boolean;
    readonly waits: boolean;
  }) {
    this.#wired = options.wired;
    this.#snapshots = options.snapshots;
    this.#plan = options.plan;
    this.#isJson = options.isJson;
    this.#waits = options.waits;
    this.#before = remainsOf(options.snapshots.snapshot());
  }

  async run(withinMs: number): Promise<number> {
    const { now, monotonicMs } = systemClock;
    this.#snapshots.dispatch([
      { kind: 'plan.confirmed', at: now(), planId: this.#plan.id, by: this.#wired.deployment.identity },
    ]);
    await this.#audit('confirmed', '');
    const countdown = new Countdown<Remains>((remains) => countLine(this.#before, remains));
    const deadline = monotonicMs() + withinMs;
    let ledMs = monotonicMs();
    let stopped: Stopped | undefined;
    while (stopped === undefined) {
      const { phase, writes } = this.#next();
      await inLanes(writes, (write) => this.#write(write));
      const snapshot = this.#snapshots.snapshot();
      countdown.show(remainsOf(snapshot));
      if (hasLeader(snapshot, now())) ledMs = monotonicMs();
      if (phase === 'gone' && (await this.#isReallyGone())) stopped = '';
      else if (monotonicMs() >= deadline) stopped = 'time';
      else if (phase === 'workers' && writes.length === 0) stopped = this.#stopsWaiting(monotonicMs() - ledMs);
      if (stopped === undefined && writes.length === 0)
        await systemClock.sleep(this.#wired.deployment.timings.changesPollMs);
    }
    countdown.end();
    const left = remainsOf(this.#snapshots.snapshot());
    await this.#audit(stopped === '' ? 'done' : 'partly', countLine(this.#before, left));
    return this.#tell(stopped);
  }

  #audit(state: 'confirmed' | 'done' | 'partly', outcome: string): Promise<void> {
    return auditAct(this.#wired, { verb: 'deployment.end', title: this.#plan.title, state, outcome, targets: [] });
  }

  #next(): { readonly phase: EndingPhase; readonly writes: readonly ConditionalWrite[] } {
    const now = systemClock.now();
    return nextOfEnding({
      snapshot: this.#snapshots.snapshot(),
      operator: { name: this.#wired.deployment.identity, from: operatorOrigin(), mode: 'operator' },
      newId: () => uuidV7(now, this.#rng),
      now,
    });
  }

  /** What was asked for is written; now only a leader gets on with it, and a new one would have come by now. */
  #stopsWaiting(leaderlessMs: number): Stopped | undefined {
    if (!this.#waits) return 'not-waited';
    const { leaderLeaseMs, leaderRenewMs, skewMarginMs } = this.#wired.deployment.timings;
    return leaderlessMs > leaderLeaseMs + leaderRenewMs + 2 * skewMarginMs ? 'no-master' : undefined;
  }

  /** A refused write was overtaken: by a claim, by another operator. What stands there now decides about the next pass. */
  async #write(write: ConditionalWrite): Promise<void> {
    const { store } = this.#wired;
    const item = (await store.write(write)) ?? (await store.get(write.table, write.key));
    if (item !== undefined) this.#learn(write.table, item);
  }

  #learn(table: ConditionalWrite['table'], item: Item): void {
    const at = systemClock.now();
    const { dispatch } = this.#snapshots;
    if (table === 'misc') dispatch([{ kind: 'settings.observed', at, settings: settingsOf(item) }]);
    const job = table === 'jobs' ? jobRowOf(item) : undefined;
    if (job !== undefined) dispatch([{ kind: 'jobs.observed', at, rows: [job] }]);
    const intent = table === 'intents' ? intentOf(item) : undefined;
    if (intent !== undefined) dispatch([{ kind: 'intents.observed', at, rows: [intent] }]);
  }

  /** Indexes lag, and a submission may have been under way: everything is read once more before anybody is told that it is over. */
  async #isReallyGone(): Promise<boolean> {
    await systemClock.sleep(this.#wired.deployment.timings.skewMarginMs);
    await Look.at(this.#wired, ['jobs', 'workers', 'intents'], this.#snapshots);
    return this.#next().phase === 'gone';
  }

  #tell(stopped: Stopped): number {
    const after = remainsOf(this.#snapshots.snapshot());
    const left = leftOf(after);
    const outcome = {
      text: this.#plan.title,
      state: stopped === '' ? ('done' as const) : ('asked' as const),
      detail: stopped === '' ? '' : left,
    };
    this.#snapshots.dispatch([
      {
        kind: 'plan.settled',
        at: systemClock.now(),
        planId: this.#plan.id,
        title: this.#plan.title,
        outcomes: [outcome],
      },
    ]);
    if (this.#isJson)
      printJson({
        dryRun: false,
        plan: planJson(this.#plan),
        before: remainsJson(this.#before),
        after: remainsJson(after),
        why: stopped === '' ? null : stopped,
      });
    else print(countLine(this.#before, after));
    if (stopped === '') return EXIT.done;
    note(this.#whyNot(stopped, left));
    return stopped === 'not-waited' ? EXIT.done : EXIT.tryAgain;
  }

  #whyNot(stopped: Stopped, left: string): string {
    const { name } = this.#wired.deployment;
    if (stopped === 'not-waited') return `left: ${left}; the master ends them`;
    if (stopped === 'no-master')
      return `left: ${left}; no master runs to end them, and they cost money: start one with cbas master --deployment ${safe(name)}, it finds what was asked for`;
    return `left: ${left}; not over in time, but asked for: run cbas kill --all again to see the rest of it`;
  }
}

function leftOf({ jobs, instances, usdPerHour }: Remains): string {
  return `${grouped(jobs)} jobs, ${grouped(instances)} instances, ${rate(usdPerHour)}`;
}

/** jobs 412 -> 0, instances 38 -> 0, $1.33/h -> $0.00/h */
function countLine(before: Remains, after: Remains): string {
  return [
    `jobs ${grouped(before.jobs)} -> ${grouped(after.jobs)}`,
    `instances ${grouped(before.instances)} -> ${grouped(after.instances)}`,
    `${rate(before.usdPerHour)} -> ${rate(after.usdPerHour)}`,
  ].join(', ');
}
