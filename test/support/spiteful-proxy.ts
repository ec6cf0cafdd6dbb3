import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';

/**
 * `pass`: everything goes on to AWS. `spite`: refused, and the whole request is quoted in the error, as AWS does where a signature
 * does not match, and as bad proxies do. `expired`: the session has ended.
 */
export type Mood = 'pass' | 'spite' | 'expired';

/** AWS behind https with a certificate of nobody's. */
export interface SpitefulProxy {
  readonly endpoint: string;
  /** PEM of the authority. */
  readonly authority: string;
  mood: Mood;
  /** Requests that came while it was not in the mood to pass them on. */
  refused: number;
  close(): Promise<void>;
}

export async function startSpitefulProxy(upstream: string, folder: string): Promise<SpitefulProxy> {
  const [key, authority] = [path.join(folder, 'proxy.key'), path.join(folder, 'proxy.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', authority, ...subject], { stdio: 'ignore' }); // prettier-ignore
  const { hostname, port } = new URL(upstream);
  const server = https.createServer(
    { key: fs.readFileSync(key), cert: fs.readFileSync(authority) },
    (request, response) => {
      void (async () => {
        const body = await buffer(request);
        if (proxy.mood !== 'pass') {
          proxy.refused += 1;
          const { text, type } = refusal(request, proxy.mood, body);
          response.writeHead(proxy.mood === 'spite' ? 403 : 400, { 'content-type': type }).end(text);
          return;
        }
        // What the embedded AWS makes of the host are addresses of queues; the clients that have an endpoint of their own keep to it.
        const headers = { ...request.headers, host: `${hostname}:${port}` };
        const passed = http.request({ hostname, port, method: request.method, path: request.url, headers, agent: false }, (reply) => {
          response.writeHead(reply.statusCode ?? 500, reply.headers);
          reply.pipe(response);
        }); // prettier-ignore
        passed.on('error', () => response.destroy());
        response.on('close', () => passed.destroy());
        passed.end(body);
      })().catch(() => response.destroy());
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: SpitefulProxy = {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authority,
    mood: 'pass',
    refused: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}

function refusal(request: http.IncomingMessage, mood: Mood, body: Buffer): { text: string; type: string } {
  const { headers, rawHeaders, method, url } = request;
  const canonical = Object.entries(headers).map(([name, value]) => `${name}:${String(value)}`).join('\n'); // prettier-ignore
  const quoted = [
    'The request signature we calculated does not match the signature you provided.',
    `The Canonical String for this request should have been '${method}\n${url}\n\n${canonical}\n'`,
    JSON.stringify(headers),
    rawHeaders.join(' = '),
    body.toString('latin1', 0, 200),
  ].join('\n');
  const [code, message] = mood === 'spite' ? ['SignatureDoesNotMatch', quoted] : ['ExpiredTokenException', `The security token included in the request is expired: ${String(headers['x-amz-security-token'])}`]; // prettier-ignore
  if (headers['x-amz-target'] !== undefined)
    return { text: JSON.stringify({ __type: code, message }), type: 'application/x-amz-json-1.0' };
  const inner = `<Code>${code}</Code><Message>${message.replace(/[&<>]/g, ' ')}</Message>`;
  const isForm = String(headers['content-type']).includes('urlencoded');
  const isEc2 = /\/ec2\/aws4_request/.test(String(headers.authorization));
  const text = !isForm ? `<Error>${inner}</Error>` : isEc2 ? `<Response><Errors><Error>${inner}</Error></Errors></Response>` : `<ErrorResponse><Error>${inner}</Error></ErrorResponse>`; // prettier-ignore
  return { text, type: 'text/xml' };
}
