import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';

/** The metadata service of one instance: IMDSv2 on a loopback port of its own, because the SDK drops a path from the address. */
export interface Imds {
  readonly port: number;
  close(): Promise<void>;
}

export interface ImdsOptions {
  /** 0 for a new instance, the port of old for one that is adopted. */
  readonly port: number;
  readonly clock: Clock;
  /** The text at a path below /latest/ (without the leading slash), or undefined for 404. */
  readonly document: (path: string) => string | undefined;
  /** Within which a client must have sent its headers; it has no body worth waiting for. */
  readonly headersTimeoutMs?: number;
}

/** A client on the same machine needs no longer. */
const HEADERS_TIMEOUT_MS = 5_000;
/** What asks is one agent, with a few loops. */
const CONNECTIONS_MAX = 64;

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TOKEN_TTL_MAX_S = 21_600;
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

/** Rejects when the port is taken. */
export async function openImds(options: ImdsOptions): Promise<Imds> {
  const { port, clock, document, headersTimeoutMs = HEADERS_TIMEOUT_MS } = options;
  const tokens = tokenIssuer(clock);
  const timeouts = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(headersTimeoutMs, 1_000),
  };
  const server = http.createServer(timeouts, (request, response) => {
    request.resume();
    const { status, body, headers } = answer(request, tokens, document);
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body), ...headers });
    response.end(body);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
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

function answer(request: http.IncomingMessage, tokens: TokenIssuer, document: ImdsOptions['document']): Reply {
  if (!isLocalHost(request)) return { status: 403, body: 'Forbidden' };
  // No address but a path of ours: what a proxy would be asked for, or what no URL can be, ends here and not in an exception.
  if (!URL.canParse(`http://imds${request.url}`) || request.url?.startsWith('/') !== true)
    return { status: 400, body: 'Bad Request' };
  const [, version, ...rest] = new URL(`http://imds${request.url}`).pathname.split('/');
  if (version !== 'latest') return { status: 404, body: 'Not Found' };
  const path = rest.map(decoded).join('/');
  if (path === 'api/token') return token(request, tokens);
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'Method Not Allowed' };
  if (!tokens.holds(request.headers[TOKEN_HEADER])) return { status: 401, body: 'Unauthorized' };
  const body = document(path);
  return body === undefined ? { status: 404, body: 'Not Found' } : { status: 200, body };
}

function token(request: http.IncomingMessage, tokens: TokenIssuer): Reply {
  if (request.method !== 'PUT') return { status: 405, body: 'Method Not Allowed' };
  const ttlS = Number(request.headers[TTL_HEADER]);
  if (!Number.isInteger(ttlS) || ttlS < 1 || ttlS > TOKEN_TTL_MAX_S) return { status: 400, body: 'Bad Request' };
  return { status: 200, body: tokens.issue(ttlS), headers: { [TTL_HEADER]: String(ttlS) } };
}

/** A page in a browser can reach loopback under a name of its own, and a proxy for others: neither is the instance. */
function isLocalHost({ headers }: http.IncomingMessage): boolean {
  const name = headers.host?.replace(/:\d+$/, '');
  return headers['x-forwarded-for'] === undefined && (name === '127.0.0.1' || name === 'localhost');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

interface TokenIssuer {
  issue(ttlS: number): string;
  holds(token: string | string[] | undefined): boolean;
}

/** Tokens carry their own end and a MAC: nothing is stored, so nothing grows. A restart makes old ones void (401, fetch a new one). */
function tokenIssuer(clock: Clock): TokenIssuer {
  const secret = randomBytes(32);
  const mac = (end: string): Buffer => createHmac('sha256', secret).update(end).digest();
  return {
    issue(ttlS) {
      const end = String(clock.now() + ttlS * 1000);
      return Buffer.from(`${end}.${mac(end).toString('base64url')}`).toString('base64url');
    },
    holds(given) {
      if (typeof given !== 'string') return false;
      const [end = '', sum = ''] = Buffer.from(given, 'base64url').toString().split('.');
      const [expected, actual] = [mac(end), Buffer.from(sum, 'base64url')];
      return actual.length === expected.length && timingSafeEqual(actual, expected) && Number(end) > clock.now();
    },
  };
}
