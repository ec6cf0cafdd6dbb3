import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';

export interface CallerIdentity {
  readonly accountId: string;
  readonly arn: string;
  /** What others see of it: `nameOfArn`. */
  readonly name: string;
}

/** Who we are to AWS. Asked before the first write, so that nobody acts in an account that he did not mean. */
export async function callerIdentity(target: AwsTarget): Promise<CallerIdentity> {
  const client = new STSClient(clientOptions(target, 'STS'));
  const call = { operation: 'sts GetCallerIdentity', target: target.region };
  const reply = await callsOf(target).run(call, ({ signal }) =>
    client.send(new GetCallerIdentityCommand({}), { abortSignal: signal }),
  );
  const arn = reply.Arn ?? '';
  return { accountId: reply.Account ?? '', arn, name: nameOfArn(arn) };
}

/**
 * The name of a caller within its account, the same for nobody else there: "ana" for a user, whatever his path; "Role/session" for
 * a role, for whoever takes a role chooses the session's name himself, and could choose a user's; "root".
 */
export function nameOfArn(arn: string): string {
  const [kind = '', ...parts] = arn.split(':').slice(5).join(':').split('/');
  if (kind === 'user') return parts.at(-1) ?? '';
  return kind === 'assumed-role' ? parts.join('/') : [kind, ...parts].join('/');
}
