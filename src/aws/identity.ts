import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';

export interface CallerIdentity {
  readonly accountId: string;
  readonly arn: string;
  /** The last part of the ARN: what a person calls himself. */
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
  return { accountId: reply.Account ?? '', arn, name: arn.slice(arn.lastIndexOf('/') + 1) };
}
