import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { PushRefusal, SnsMessage, SnsVerifier } from './verify.ts';

/** SNS sends 256 KB of text at most; as JSON within JSON that may be twice as much, and some members more. */
const BODY_BYTES_MAX = 600_000;
/** SNS waits 15 s for an answer. */
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 64;

export interface PushEndpointOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly path: string;
  /** PEM. Without, somebody in front of it ends TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly verifier: SnsVerifier;
  /** false: nobody takes what came before; SNS tries again later. */
  readonly hasRoom: () => boolean;
  /** A verified message; a reason to refuse it all the same. */
  readonly onMessage: (message: SnsMessage) => Promise<PushRefusal | undefined>;
  readonly onRefused: (reason: PushRefusal, detail: string) => void;
}

export interface PushEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Where SNS delivers. What is refused is refused for good (403), without a word that would help whoever forges: the reason is counted
 * and shown to operators. Rejects when the address is taken.
 */
export async function openPushEndpoint(options: PushEndpointOptions): Promise<PushEndpoint> {
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: 16_384 };
  const handle = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    void answer(options, request).then(
      (status) => end(request, response, status),
      // A defect of ours: SNS tries again.
      () => end(request, response, 500),
    );
  };
  const server =
    options.tls === undefined
      ? http.createServer(limits, handle)
      : https.createServer({ ...limits, ...options.tls }, handle);
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function end(request: http.IncomingMessage, response: http.ServerResponse, status: number): void {
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-length': 0 }).end(() => {
    if (!request.complete) request.destroy();
  });
}

async function answer(options: PushEndpointOptions, request: http.IncomingMessage): Promise<number> {
  const refuse = (reason: PushRefusal, detail: string): number => {
    options.onRefused(reason, detail);
    return reason === 'full' ? 503 : 403;
  };
  const { method = '', url = '' } = request;
  if (method !== 'POST' || url !== options.path)
    return refuse('request', `${method} ${JSON.stringify(url.slice(0, 80))}`);
  // Before it is known whether it came before: it is to come again.
  if (!options.hasRoom()) return refuse('full', 'nobody takes what came before');
  const body = await bodyOf(request);
  if (body === undefined) return refuse('size', `more than ${BODY_BYTES_MAX} bytes`);
  const verified = await options.verifier.verify(body, String(request.headers['x-amz-sns-message-type'] ?? ''));
  if (!verified.ok) return refuse(verified.reason, verified.detail);
  const reason = await options.onMessage(verified.message);
  return reason === undefined ? 200 : refuse(reason, `message ${JSON.stringify(verified.message.id.slice(0, 80))}`);
}

/** undefined when it is too long. Rejects when its sender goes away. */
async function bodyOf(request: http.IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > BODY_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
