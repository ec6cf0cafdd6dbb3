import { CallPolicy } from '../../../src/aws/call-policy.ts';
import { useCalls } from '../../../src/aws/calls.ts';
import type { AwsTarget } from '../../../src/aws/client-options.ts';
import { destroyDeployment } from '../../../src/aws/setup/destroy.ts';
import { initDeployment, surveyDeployment } from '../../../src/aws/setup/init.ts';
import type { DeploymentSpec } from '../../../src/aws/setup/model/resource.ts';
import { scanDeployment } from '../../../src/aws/setup/scan.ts';
import { systemClock } from '../../../src/aws/system-clock.ts';
import { FaultError } from '../../../src/engine/model/fault.ts';
import { SETTINGS, specNamed, type TestCloud } from './fixture.ts';

export const init = (target: AwsTarget, spec: DeploymentSpec) =>
  initDeployment(target, { spec, settings: SETTINGS, version: 'test' });
export const destroy = (target: AwsTarget, spec: DeploymentSpec, purge = true) =>
  destroyDeployment(target, spec, { purge, by: 'ana', at: 2 });

type Break = { readonly at: number; readonly when: 'before' | 'after' };

/** The n-th call fails: before it reaches AWS for want of a right, or after, its answer lost. */
export class BreakingCalls extends CallPolicy {
  made = 0;
  readonly #break: Break | undefined;

  constructor(breaking?: Break) {
    super({ clock: systemClock, random: () => 0 });
    this.#break = breaking;
  }

  override async run<T>(...[call, act]: Parameters<CallPolicy['run']>): Promise<T> {
    this.made += 1;
    const breaks = this.made === this.#break?.at;
    const fail = (kind: 'denied' | 'timeout'): never => {
      throw new FaultError({
        kind,
        operation: call.operation,
        target: call.target,
        detail: 'planted',
        code: 'planted',
      });
    };
    if (breaks && this.#break?.when === 'before') fail('denied');
    // Also where the answer is that there is no such thing.
    const answer = (await super.run(call, act).catch((error: unknown) => {
      if (breaks) fail('timeout');
      throw error;
    })) as T;
    return breaks ? fail('timeout') : answer;
  }
}

export interface Broken {
  readonly calls: number;
  readonly broken: number;
  readonly violations: readonly string[];
}

/**
 * `init`, or `destroy` of what stands, breaks at a call, and runs again: then all is as it should be. Half of the calls never reach AWS
 * for want of a right, of the others the answer is lost.
 */
export async function breakAtCalls(options: {
  readonly under: TestCloud;
  readonly verb: 'init' | 'destroy';
  readonly everyNth: number;
}): Promise<Broken> {
  const { under, verb, everyNth } = options;
  const run = { init, destroy }[verb];
  const broken = (what?: Break): { readonly target: AwsTarget; readonly calls: BreakingCalls } => {
    const target = under.target();
    const calls = new BreakingCalls(what);
    useCalls(target, calls);
    return { target, calls };
  };
  const spec = specNamed(verb);
  if (verb === 'destroy') await init(under.target(), spec);
  const whole = broken();
  await run(whole.target, spec);
  const calls = whole.calls.made;
  const violations: string[] = [];
  let count = 0;
  for (let at = 1; at <= calls; at += everyNth) {
    // From nothing to all, and from all to nothing.
    await (verb === 'init' ? destroy : init)(under.target(), spec);
    const what: Break = { at, when: at % 2 === 0 ? 'before' : 'after' };
    const { target, calls: made } = broken(what);
    const error = await run(target, spec).then(
      // It may look once less often whether a table has gone.
      () => (made.made < at ? undefined : 'it did not break'),
      (reason: unknown) => (/planted/.test(String(reason)) ? undefined : String(reason)),
    );
    if (error !== undefined) violations.push(`${verb}, call ${at}: ${error}`);
    else if (made.made >= at) count += 1;
    await run(under.target(), spec);
    violations.push(...(await wrong(under, verb, spec)).map((what) => `${verb}, call ${at}: ${what}`));
  }
  await destroy(under.target(), spec);
  return { calls, broken: count, violations };
}

async function wrong(under: TestCloud, verb: 'init' | 'destroy', spec: DeploymentSpec): Promise<readonly string[]> {
  if (verb === 'destroy')
    return (await scanDeployment(under.target(), spec)).left.map(({ kind, name }) => `${kind} ${name} is left`);
  const findings = await surveyDeployment(under.target(), spec);
  return findings
    .filter(({ standing }) => standing !== 'exists')
    .map(({ resource, standing }) => `${resource.name}: ${standing}`);
}
