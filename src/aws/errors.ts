import { withoutSecrets } from './redact.ts';
import { FaultError, isRetryable, type Fault, type FaultKind } from '../engine/model/fault.ts';

/** AWS's error codes, named once. Everything outside this file speaks of kinds of fault. */
const KINDS: Readonly<Record<string, FaultKind>> = {
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  RequestLimitExceeded: 'throttled',
  ProvisionedThroughputExceededException: 'throttled',
  TooManyRequestsException: 'throttled',
  SlowDown: 'throttled',
  RequestThrottled: 'throttled',
  InternalServerError: 'unavailable',
  InternalError: 'unavailable',
  InternalFailure: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ServiceUnavailableException: 'unavailable',
  Unavailable: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EPIPE: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  ENETUNREACH: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  TimeoutError: 'timeout',
  RequestTimeout: 'timeout',
  ETIMEDOUT: 'timeout',
  AbortError: 'timeout',
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  UnauthorizedOperation: 'denied',
  AuthorizationError: 'denied',
  AuthFailure: 'denied',
  InvalidClientTokenId: 'denied',
  UnrecognizedClientException: 'denied',
  SignatureDoesNotMatch: 'denied',
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  RequestExpired: 'expired',
  CredentialsProviderError: 'expired',
  InsufficientInstanceCapacity: 'capacity',
  InsufficientCapacity: 'capacity',
  UnfulfillableCapacity: 'capacity',
  SpotMaxPriceTooLow: 'price',
  MaxSpotInstanceCountExceeded: 'quota',
  InstanceLimitExceeded: 'quota',
  VcpuLimitExceeded: 'quota',
  LimitExceededException: 'quota',
  ResourceNotFoundException: 'not-found',
  'AWS.SimpleQueueService.NonExistentQueue': 'not-found',
  QueueDoesNotExist: 'not-found',
  NotFound: 'not-found',
  NotFoundException: 'not-found',
  NoSuchKey: 'not-found',
  NoSuchBucket: 'not-found',
  'InvalidInstanceID.NotFound': 'not-found',
  'InvalidGroup.NotFound': 'not-found',
  'InvalidAMIID.NotFound': 'not-found',
  'InvalidAMIID.Unavailable': 'not-found',
  'InvalidSnapshot.NotFound': 'not-found',
  'InvalidVpcID.NotFound': 'not-found',
  'InvalidSubnetID.NotFound': 'not-found',
  NoSuchEntity: 'not-found',
  NoSuchEntityException: 'not-found',
  'InvalidLaunchTemplateName.NotFoundException': 'not-found',
  ConditionalCheckFailedException: 'conflict',
  PreconditionFailed: 'conflict',
  ConditionalRequestConflict: 'conflict',
  ResourceInUseException: 'conflict',
  BucketAlreadyOwnedByYou: 'conflict',
  IdempotentParameterMismatch: 'conflict',
  'InvalidLaunchTemplateName.AlreadyExistsException': 'conflict',
  'InvalidGroup.Duplicate': 'conflict',
  'InvalidAMIName.Duplicate': 'conflict',
  'InvalidPermission.Duplicate': 'conflict',
  EntityAlreadyExists: 'conflict',
  EntityAlreadyExistsException: 'conflict',
  InvalidMessageContents: 'invalid',
  NotImplemented: 'invalid',
  NotImplementedException: 'invalid',
  UnknownOperation: 'invalid',
  UnknownOperationException: 'invalid',
  InvalidAction: 'invalid',
  ENOSPC: 'disk-full',
};

/** The kind for an error code; `undefined` when AWS's documentation gave us no reason to know it. */
export function faultKindOf(code: string, status: number | undefined): FaultKind {
  const kind = KINDS[code];
  if (kind !== undefined) return kind;
  if (status !== undefined && status >= 500) return 'unavailable';
  if (status === 404) return 'not-found';
  if (status === 403) return 'denied';
  if (status !== undefined && status >= 400) return 'invalid';
  return 'unknown';
}

export function faultFrom(error: unknown, operation: string, target: string): Fault {
  const known = error as {
    name?: unknown;
    code?: unknown;
    message?: unknown;
    Code?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
    Error?: { Code?: unknown };
    $responseBodyText?: unknown;
  };
  const names = [known?.name, known?.Code, known?.code].filter((name): name is string => typeof name === 'string');
  const code = names.find((name) => KINDS[name] !== undefined) ?? names.find((name) => name !== 'Error') ?? '';
  const detail =
    typeof known?.message === 'string' && known.message !== '' ? known.message : code === '' ? String(error) : code;
  const status = known?.$metadata?.httpStatusCode ?? known?.$response?.statusCode;
  // In XML the SDK takes a status without any code for its own "not found"; of S3 that is the answer to HEAD.
  const isCodeless = known?.Error !== undefined && known.Error.Code === undefined && !operation.startsWith('s3 ');
  if (isNoAnswerOfAws(isCodeless ? '' : code, status) || saysNotImplemented(known?.$responseBodyText))
    return { kind: 'invalid', operation, target, detail: `not implemented: HTTP ${status}`, code: NOT_IMPLEMENTED };
  const kind = faultKindOf(code, status);
  return { kind, operation, target, detail: withoutSecrets(detail), code: withoutSecrets(code) };
}

const NOT_IMPLEMENTED = 'NotImplemented';
const UNSUPPORTED: ReadonlySet<string> = new Set([
  NOT_IMPLEMENTED,
  'NotImplementedException',
  'UnknownOperation',
  'UnknownOperationException',
  'InvalidAction',
]);
/** What the SDK calls an answer without a code of AWS's, and one that it cannot read: a page of HTML. */
const NO_CODE: ReadonlySet<string> = new Set(['', 'Unknown', 'UnknownError', 'SyntaxError', 'Error']);

/** Said by servers that speak some of AWS's protocols and not this one; AWS names its own refusals. */
function isNoAnswerOfAws(code: string, status: number | undefined): boolean {
  return status === 501 || (NO_CODE.has(code) && (status === 404 || status === 405));
}

/** In a form that the SDK does not expect of this service, and keeps as it came: JSON where AWS speaks XML. */
function saysNotImplemented(body: unknown): boolean {
  return typeof body === 'string' && /\b(UnknownOperation|NotImplemented|InvalidAction)/.test(body.slice(0, 1_000));
}

/** The server does not have the operation: other than a refusal, nobody can mend that by a right or a parameter. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof FaultError && UNSUPPORTED.has(error.fault.code);
}

/** Codes of connections that never came to be. */
const NO_CONNECTION: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Certainly not carried out: refused at the door, or never sent. */
export function isUnsent({ fault, cause }: FaultError): boolean {
  if (fault.kind === 'throttled' || NO_CONNECTION.has(fault.code)) return true;
  return hasCorrectedClock(cause) || /did not establish a connection/.test(fault.detail);
}

/** Whether the same call may fare better in a moment. */
export function mendsItself(error: FaultError): boolean {
  // Credentials do not come back in a moment: whoever asks in a loop finds the new ones.
  return (isRetryable(error.fault) && error.fault.kind !== 'expired') || hasCorrectedClock(error.cause);
}

/** AWS refused our signature for the time in it; the SDK has learned from the answer what time it is there. */
function hasCorrectedClock(cause: unknown): boolean {
  const { $metadata } = (cause ?? {}) as { $metadata?: { clockSkewCorrected?: unknown } };
  return $metadata?.clockSkewCorrected === true;
}

export function hasKind(error: unknown, ...kinds: readonly FaultKind[]): boolean {
  return error instanceof FaultError && kinds.includes(error.fault.kind);
}
