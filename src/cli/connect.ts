import type { Operator } from '../engine/decide/plan.ts';
import type { Engine } from '../engine/model/engine.ts';
import type { Source } from '../engine/model/event.ts';
import { describeFault } from '../engine/model/fault.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import type { OperatorEngine } from '../engine/run/operator-engine.ts';
import { chooseDeployment, type CommonOptions } from './choose.ts';
import { CliError, EXIT } from './exit.ts';
import { masterHost } from './master-host.ts';
import { shellHost } from './shell-host.ts';
import { operatorEngine, openDeployment } from './wire.ts';

/** Sources that a first look wants an answer from. */
const LOOKED_AT = ['jobs', 'workers', 'misc', 'prices'] as const;
/** A source that has not answered by then is shown as it is: unknown, with its fault. */
const LOOK_WITHIN_MS = 10_000;

/** Chooses, opens and starts an engine. */
export async function connect(
  options: CommonOptions,
  mode: Operator['mode'],
  { startsMaster }: { readonly startsMaster: boolean } = { startsMaster: false },
): Promise<OperatorEngine> {
  const choice = await chooseDeployment(options);
  const wired = await openDeployment(choice);
  const host = startsMaster ? { host: masterHost(choice, options), shells: shellHost(choice, options) } : {};
  const { engine } = await operatorEngine(wired, { mode, wait: true, ...host });
  engine.start();
  return engine;
}

/** The snapshot once each of the sources has answered, or after the time that one may have. */
export async function firstLook(
  engine: Pick<Engine, 'snapshot' | 'subscribe'>,
  lookedAt: readonly Source[] = LOOKED_AT,
): Promise<Snapshot> {
  const answered = (): boolean => lookedAt.every((source) => (engine.snapshot().sources[source]?.observedAt ?? 0) > 0);
  await new Promise<void>((resolve) => {
    if (answered()) return resolve();
    const timer = setTimeout(done, LOOK_WITHIN_MS);
    const unsubscribe = engine.subscribe(() => {
      if (answered()) done();
    });
    function done(): void {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    }
  });
  const faults = lookedAt
    .map((source) => engine.snapshot().sources[source]?.fault)
    .filter((fault) => fault !== undefined);
  const [first] = faults;
  if (first !== undefined && faults.length === lookedAt.length)
    throw new CliError(describeFault(first), EXIT.unavailable);
  return engine.snapshot();
}
