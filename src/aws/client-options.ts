import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** Where AWS is. `endpoint` is set for the embedded AWS and for any other server that speaks its protocols. */
export interface AwsTarget {
  readonly region: string;
  readonly endpoint: string | undefined;
  /** Local mode: an endpoint that is not loopback is refused. */
  readonly mode: 'local' | 'aws';
  /** `dummy`: keys that open nothing, for the embedded AWS. `chain`: the SDK's ordinary chain; on an instance that is its metadata service. */
  readonly credentials: 'dummy' | 'chain';
}

/** Kept apart from the time for an answer: what never found a connection was certainly not carried out. */
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection on which nothing moves for so long is dead, however large the file; longer than the longest long poll. */
const SILENCE_MS = 30_000;
/** Trying again is `CallPolicy`'s alone: only there is it known what may be repeated, and only there is it counted. */
const ATTEMPTS_MAX = 1;

const nothing = (): void => undefined;
/**
 * Nobody reads the SDK's log. Its own silent logger has an `info`, for which every request and reply is copied without
 * its secrets, only to be dropped: a sixth of the time that a small request costs. One without `info` spares that.
 */
const SILENT = { trace: nothing, debug: nothing, warn: nothing, error: nothing } as NonNullable<
  DynamoDBClientConfig['logger']
>;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Local mode can never reach a real account: whoever configured such an endpoint is told, and nothing is sent. */
export function assertLoopback(endpoint: string | undefined): void {
  const host = endpoint === undefined ? '' : new URL(endpoint).hostname;
  if (!LOOPBACK.has(host)) {
    throw new Error(
      `local mode talks to this machine only, but the endpoint is ${endpoint ?? 'not set'}; start one with: cbas local`,
    );
  }
}

/** As the SDKs name services in `AWS_ENDPOINT_URL_...`. */
export type AwsService = 'DYNAMODB' | 'EC2' | 'EVENTBRIDGE' | 'FIS' | 'IAM' | 'PRICING' | 'S3' | 'SNS' | 'SQS' | 'STS';

/** Where a service is: where the environment says of it alone, else where it says of all. Local mode has one address. */
export function endpointOf({ mode, endpoint }: AwsTarget, service: AwsService): string | undefined {
  const own = mode === 'aws' ? process.env[`AWS_ENDPOINT_URL_${service}`] : undefined;
  return own === undefined || own === '' ? endpoint : own;
}

/** Options common to all SDK clients: timeouts and retries are always explicit. How long an answer may take, the call policy says. */
export function clientOptions(target: AwsTarget, service?: AwsService) {
  if (target.mode === 'local') assertLoopback(target.endpoint);
  const endpoint = service === undefined ? target.endpoint : endpointOf(target, service);
  return {
    region: target.region,
    maxAttempts: ATTEMPTS_MAX,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: 0,
      socketTimeout: SILENCE_MS,
    },
    ...(endpoint !== undefined && { endpoint }),
    ...(target.credentials === 'dummy' && {
      credentials: { accessKeyId: 'AKIALOCALCBAS0000000', secretAccessKey: 'local' },
    }),
  };
}
