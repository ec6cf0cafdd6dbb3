import { randomBytes } from 'node:crypto';
import {
  AssumeRole$,
  GetCallerIdentity$,
  type AssumeRoleRequest,
  type AssumeRoleResponse,
  type GetCallerIdentityResponse,
} from '@aws-sdk/client-sts';
import { only } from './only.ts';
import { operation, ServiceError, type Call, type LocalService } from './service.ts';

const SESSION_S = 3_600;

/** The embedded STS: one account, in which everybody may be anybody. Its credentials open nothing anywhere else. */
export const createSts = (): LocalService => ({
  scope: 'sts',
  protocol: 'awsQuery',
  operations: [operation(GetCallerIdentity$, getCallerIdentity), operation(AssumeRole$, assumeRole)],
});

const getCallerIdentity = (_input: object, { accountId }: Call): GetCallerIdentityResponse => ({
  UserId: 'AIDALOCAL',
  Account: accountId,
  Arn: `arn:aws:iam::${accountId}:user/local`,
});

function assumeRole(input: AssumeRoleRequest, { at, accountId }: Call): AssumeRoleResponse {
  const asked = only(input, ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'ExternalId', 'Tags']);
  const { RoleArn = '', RoleSessionName: session = '', DurationSeconds: durationS = SESSION_S } = asked;
  const role = /^arn:aws:iam::\d{12}:role\/(?:.*\/)?([\w+=,.@-]{1,64})$/.exec(RoleArn)?.[1];
  if (role === undefined)
    throw new ServiceError('ValidationError', `${RoleArn.slice(0, 80)} is not the ARN of a role.`);
  if (durationS < 900 || durationS > 43_200)
    throw new ServiceError('ValidationError', 'DurationSeconds is 900 to 43200.');
  return {
    Credentials: {
      AccessKeyId: `ASIALOCAL${randomBytes(6).toString('hex').toUpperCase()}`,
      SecretAccessKey: randomBytes(30).toString('base64'),
      SessionToken: randomBytes(60).toString('base64'),
      Expiration: new Date(at + durationS * 1_000),
    },
    AssumedRoleUser: {
      AssumedRoleId: `AROALOCAL:${session}`,
      Arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`,
    },
  };
}
