import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Instances } from '../instances/instances.ts';
import type { Market } from './market.ts';
import { type Call, type Operation, operation, ServiceError } from '../service.ts';
import type { Ec2Store } from './store.ts';

/** What the operations of the embedded EC2 work with. */
export interface Ec2Context {
  readonly store: Ec2Store;
  readonly market: Market;
  readonly instances: Instances;
  readonly clock: Clock;
  readonly accountId: string;
  /** vCPUs that may be active at once, per lifecycle, as the account's quotas on EC2. */
  readonly quotaVcpus: { readonly spot: number; readonly 'on-demand': number };
}

/** An id as EC2 makes them: "i-" and 17 hexadecimal digits. */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(9).toString('hex').slice(0, 17)}`;
}

type Keys<Input> = readonly (keyof Input & string)[];

/**
 * An operation that accepts the named inputs and refuses every other: an input that is silently ignored would be
 * obeyed by AWS and not here. DryRun is always understood.
 */
export function accepting<Input extends object, Output>(
  schema: unknown,
  keys: Keys<Input>,
  handle: (input: Input, call: Call) => Output | Promise<Output>,
): Operation {
  const name = String((schema as readonly unknown[])[2]);
  return operation<Input, Output>(schema, (input, call) => {
    only(name, input, [...keys, 'DryRun']);
    if (Reflect.get(input, 'DryRun') === true)
      throw new ServiceError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    return handle(input, call);
  });
}

/** Throws UnsupportedOperation for an input that is given and not among the keys. Empty lists count as not given. */
export function only(where: string, input: object, keys: readonly string[]): void {
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    if (!keys.includes(key))
      throw new ServiceError('UnsupportedOperation', `${where}: ${key} is not supported by the embedded EC2.`);
  }
}

export function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValue', message);
}

export function missing(parameter: string): ServiceError {
  return new ServiceError('MissingParameter', `The request must contain the parameter ${parameter}`);
}

export interface Once<Made> {
  readonly operation: string;
  readonly input: { readonly ClientToken?: string | undefined };
  readonly run: () => Made;
}

/** Runs at most once per client token. The same token with another request is an error; what failed may be tried again. */
export function once<Made>({ store, clock }: Ec2Context, { operation: name, input, run }: Once<Made>): Made {
  const { ClientToken: token, ...request } = input;
  if (token === undefined || token === '') return run();
  if (token.length > 64) throw invalid(`ClientToken may have up to 64 characters, not ${token.length}`);
  const id = `${name}:${token}`;
  const requestHash = createHash('sha256').update(canonical(request)).digest('base64url');
  const known = store.tokens.get(id);
  if (known !== undefined && known.requestHash !== requestHash)
    throw new ServiceError(
      'IdempotentParameterMismatch',
      `The client token ${token} was used before with different parameters.`,
    );
  if (known !== undefined) return known.made as Made;
  const made = run();
  store.putToken({ id, requestHash, at: clock.now(), made });
  return made;
}

/** JSON with sorted keys: equal requests have equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !(inner instanceof Date)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
