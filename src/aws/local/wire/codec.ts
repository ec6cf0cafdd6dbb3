import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Operation, ServiceError } from '../service.ts';

/** A request after the router has checked it, before anyone has read its body. */
export interface WireRequest {
  readonly method: string;
  /** Still percent-encoded and not normalised: an S3 key may hold "..", and must reach the service as it was sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

export interface WireReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Readable;
}

/** What the client is told besides the reply itself. */
export interface ReplyContext {
  readonly requestId: string;
  readonly method: string;
}

/** One wire protocol, bound to one service's operations. */
export interface Codec {
  /** Finds the operation and reads its input. Throws ServiceError for what is malformed or not implemented. */
  decode(request: WireRequest): Promise<{ readonly operation: Operation; readonly input: object }>;
  encode(operation: Operation, output: unknown, context: ReplyContext): WireReply;
  encodeError(error: ServiceError, context: ReplyContext): WireReply;
}
