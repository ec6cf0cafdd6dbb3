import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ControlReply, ControlRequest } from './ec2/control.ts';
import { asDiskFull } from './disk.ts';
import { credentialScope, guardExpiry, guardRequest } from './request-guard.ts';
import { ServiceError, type Call, type LocalService } from './service.ts';
import { readBody } from './wire/body.ts';
import type { Codec, WireReply, WireRequest } from './wire/codec.ts';
import { createCodec, fallbackCodec } from './wire/protocols.ts';

/** A client that takes longer than this for its headers, or for its whole request, is cut off. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 300_000;
/** How long the rest of a refused body is read, so that its sender can read the refusal. */
const DRAIN_MS = 2_000;
/** Longer than the pauses between polls: a client that asks again finds its connection. */
const KEEP_ALIVE_MS = 60_000;
/** A worker holds a few connections; this is a bound against leaks, not a limit to plan with. */
const CONNECTIONS_MAX = 4_096;

/** A service that brings its own wire: DynamoDB. It is handed the request unread. */
export interface MountedService {
  readonly scope: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

export interface LocalServerOptions {
  readonly services: readonly LocalService[];
  readonly mounted?: readonly MountedService[];
  /** Answers paths below /_cbas/ that no AWS client asks for; undefined: not ours. */
  readonly control?: (request: ControlRequest) => ControlReply | undefined;
  readonly accountId: string;
  /** State folder, named when the disk is full. */
  readonly folder: string;
  /** The disk is full: nothing was acknowledged, and the process must stop. Called once. */
  readonly onFatal: (error: Error) => void;
  /** A handler threw what it should not have. The client got a 500. */
  readonly onFault?: (error: unknown) => void;
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** A connection on which nothing is asked for so long is closed. Short where clients are made by the thousand. */
  readonly keepAliveMs?: number;
}

export interface LocalServer {
  /** Port 0 takes a free one. Always 127.0.0.1. */
  listen(port: number): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}

interface Route {
  readonly service: LocalService;
  readonly codec: Codec;
}

export function createLocalServer(given: LocalServerOptions): LocalServer {
  let stopping = false;
  const onFatal = (error: Error): void => {
    if (!stopping) given.onFatal(error);
    stopping = true;
  };
  const options = { ...given, onFatal };
  const routes = new Map<string, Route>(
    options.services.map((service) => [service.scope, { service, codec: createCodec(service) }]),
  );
  const mounted = new Map((options.mounted ?? []).map((service) => [service.scope, service]));
  const headersTimeout = options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const timeouts = { headersTimeout, requestTimeout, connectionsCheckingInterval: Math.min(headersTimeout, 1_000) };
  const server = http.createServer(
    { ...timeouts, keepAliveTimeout: options.keepAliveMs ?? KEEP_ALIVE_MS },
    (request, response) => {
      void serve({ options, routes, mounted }, request, response);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;

  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port, host: '127.0.0.1' }, () => resolve({ port: (server.address() as AddressInfo).port }));
      }),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      for (const service of options.services) await service.close?.();
      for (const service of mounted.values()) await service.close();
    },
  };
}

interface Router {
  readonly options: LocalServerOptions;
  readonly routes: ReadonlyMap<string, Route>;
  readonly mounted: ReadonlyMap<string, MountedService>;
}

async function serve(router: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const context = { requestId: randomUUID(), method: request.method ?? 'GET' };
  let codec: Codec = fallbackCodec(request);
  try {
    guardRequest(request);
    const [path = '/', search = ''] = splitTarget(request.url ?? '/');
    if (path === '/_cbas/health') return await send(response, health(router));
    if (path.startsWith('/_cbas/')) return await send(response, await controlled(router, request, path));
    const query = new URLSearchParams(search);
    const scope = credentialScope(request, query);
    guardExpiry(query, Date.now());
    const service = router.mounted.get(scope.service);
    if (service !== undefined) return await service.handle(request, response);
    const route = router.routes.get(scope.service);
    if (route === undefined) throw unknownService(scope.service);
    codec = route.codec;
    const wire: WireRequest = { method: context.method, path, query, headers: request.headers, body: request };
    const { operation, input } = await codec.decode(wire);
    const call = newCall(router.options.accountId, scope.region, { request, response });
    const output = await (operation.handle as (input: object, call: Call) => unknown)(input, call);
    await send(response, codec.encode(operation, output, context));
  } catch (error) {
    const clientGone = request.destroyed && !request.complete && asDiskFull(error, router.options.folder) === undefined;
    if (clientGone) return void response.destroy();
    await send(response, codec.encodeError(toServiceError(error, router.options), context));
  } finally {
    endUnread(request, response);
  }
}

function splitTarget(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function newCall(accountId: string, region: string, { request, response }: Exchange): Call {
  const gone = new AbortController();
  // The client may have left while its request was being read.
  if (response.destroyed) gone.abort();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return { accountId, region, at: Date.now(), signal: gone.signal, endpoint: `http://${request.headers.host}` };
}

async function send(response: ServerResponse, { statusCode, headers, body }: WireReply): Promise<void> {
  if (response.destroyed || response.headersSent) {
    if (body instanceof Readable) body.destroy();
    return void response.destroy();
  }
  // Before the body is read to its end, the connection cannot carry a second request.
  if (!response.req.complete) response.setHeader('connection', 'close');
  if (!(body instanceof Readable)) {
    const isHead = response.req.method === 'HEAD' || statusCode === 304 || statusCode === 204;
    const length = isHead ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    response.writeHead(statusCode, { ...headers, ...length }).end(isHead ? undefined : body);
    return;
  }
  response.writeHead(statusCode, headers);
  // The client going away in the middle is its own affair; pipeline closes the file.
  await pipeline(body, response).catch(() => response.destroy());
}

function endUnread(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), DRAIN_MS);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
  response.once('error', () => request.destroy());
}

function toServiceError(error: unknown, options: LocalServerOptions): ServiceError {
  if (error instanceof ServiceError) return error;
  const diskFull = asDiskFull(error, options.folder);
  if (diskFull !== undefined) {
    options.onFatal(diskFull);
    return new ServiceError('InternalFailure', diskFull.message, 500);
  }
  options.onFault?.(error);
  return new ServiceError('InternalFailure', error instanceof Error ? error.message : String(error), 500);
}

const unknownService = (scope: string): ServiceError =>
  new ServiceError('UnknownOperationException', `The embedded AWS has no service "${scope.slice(0, 40)}".`);

async function controlled({ options }: Router, request: IncomingMessage, path: string): Promise<WireReply> {
  const body = (await readBody(request)).toString('utf8');
  const reply = options.control?.({ method: request.method ?? 'GET', path, body });
  const headers = { 'content-type': 'application/json' };
  if (reply === undefined) return { statusCode: 404, headers, body: JSON.stringify({ error: `there is no ${path}` }) };
  return { statusCode: reply.status, headers, body: JSON.stringify(reply.body) };
}

function health({ routes, mounted }: Router): WireReply {
  const body = JSON.stringify({ ok: true, services: [...mounted.keys(), ...routes.keys()] });
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
}
