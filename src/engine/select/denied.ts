import type { Source } from '../model/event.ts';
import type { Fault } from '../model/fault.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** A right that is missing, as IAM names it. */
export interface Denied {
  /** "ec2:DescribeSpotPriceHistory". */
  readonly action: string;
  /** Table, queue or pool; empty where there is none. */
  readonly target: string;
  readonly identity: string;
}

/** Whether a source cannot be read because a right is missing; undefined when it can, or fails for another reason. */
export function deniedOf(
  { sources, deployment }: Pick<Snapshot, 'sources' | 'deployment'>,
  source: Source,
): Denied | undefined {
  return deniedBy(sources[source]?.fault, deployment);
}

/** The same of a fault that is no source's. */
export function deniedBy(fault: Fault | undefined, deployment: Snapshot['deployment']): Denied | undefined {
  if (fault?.kind !== 'denied') return undefined;
  return { action: fault.operation.trim().replace(' ', ':'), target: fault.target, identity: deployment?.identity || 'this identity' }; // prettier-ignore
}

export function deniedSentence({ action, target, identity }: Denied): string {
  const on = target === '' ? '' : ` on ${target}`;
  return `${action} is not allowed to ${identity}${on}`;
}
