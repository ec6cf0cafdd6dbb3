/**
 * What a service of the embedded AWS is: a name in the SigV4 credential scope, a wire protocol, and typed handlers.
 * The router decodes a request by the operation's own schema (exported by the SDK client), calls the handler, and
 * encodes its reply; a handler never sees the wire.
 */

/** Static operation schema as the SDK clients export it, e.g. `RunInstances$`: [9, namespace, name, traits, input, output]. */
export type OperationSchema = readonly [9, string, string, unknown, unknown, unknown, ...unknown[]];

export type WireProtocol = 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'ec2Query' | 'restXml';

export interface Operation<Input = never, Output = unknown> {
  readonly schema: OperationSchema;
  readonly handle: (input: Input, call: Call) => Output | Promise<Output>;
}

/** What a handler may know of the request besides its input. */
export interface Call {
  readonly region: string;
  readonly accountId: string;
  /** Epoch ms, wall clock, taken once per request. */
  readonly at: number;
  /** Aborted when the client goes away: a long poll must stop then. */
  readonly signal: AbortSignal;
  /** Origin as the client addressed it, e.g. "http://127.0.0.1:4566": queue URLs are built from it. Absent without a wire. */
  readonly endpoint?: string;
}

export interface LocalService {
  /** Service name in the credential scope: "ec2", "iam", "sqs", "sns", "s3", "sts", "events", "pricing", "dynamodb". */
  readonly scope: string;
  readonly protocol: WireProtocol;
  readonly operations: readonly Operation[];
  /** Stops timers and flushes; called once, before the process ends. */
  close?(): void | Promise<void>;
}

/** Ties a schema to a handler with the SDK's own input and output types. */
export function operation<Input, Output>(
  schema: unknown,
  handle: (input: Input, call: Call) => Output | Promise<Output>,
): Operation {
  return { schema: schema as OperationSchema, handle: handle as Operation['handle'] };
}

/** An error that the SDK client understands: `code` is the AWS error code, as the service spells it. */
export class ServiceError extends Error {
  readonly code: string;
  readonly statusCode: number;
  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.name = 'ServiceError';
    this.code = code;
    this.statusCode = statusCode;
  }
}

/** Where EC2 and others put events for EventBridge's rules to match. */
export interface EventBus {
  put(event: {
    readonly source: string;
    readonly detailType: string;
    readonly detail: object;
    readonly resources?: readonly string[];
  }): void;
}

/** Where SNS and EventBridge deliver. Unknown queues are dropped, as AWS drops them. */
export interface QueueSink {
  deliver(queueArn: string, body: string, attributes?: DeliveredAttributes): void;
}

/** Message attributes of a raw delivery, by name; a binary value as base64. */
export type DeliveredAttributes = Readonly<
  Record<string, { readonly type: string; readonly text?: string; readonly base64?: string }>
>;
