import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** How servers that speak some of AWS say that they do not have something. */
export const REFUSALS = {
  'a code': { status: 400, type: 'application/x-amz-json-1.1', body: '{"__type":"UnknownOperationException","message":"no such operation"}' }, // prettier-ignore
  'a code in XML': { status: 501, type: 'text/xml', body: '<ErrorResponse><Error><Code>NotImplemented</Code><Message>no</Message></Error></ErrorResponse>' }, // prettier-ignore
  'a bare 501': { status: 501, type: 'text/plain', body: '' },
  'a bare 404': { status: 404, type: 'text/plain', body: '' },
  'a page': { status: 404, type: 'text/html', body: '<!doctype html><html><head><title>404</title></head><body>Not here</body></html>' }, // prettier-ignore
} as const;
export type Refusal = keyof typeof REFUSALS;

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface RefusingProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Another server that speaks AWS, made of the embedded one: it has all but these services ("events", "iam", ...). */
export async function refusingProxy(
  upstream: string,
  services: readonly string[],
  refusal: Refusal | Answer,
): Promise<RefusingProxy> {
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    const [, service = ''] = /\/([a-z0-9-]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
    if (services.includes(service)) {
      const { status, type, body } = typeof refusal === 'string' ? REFUSALS[refusal] : refusal;
      request.resume().on('end', () => response.writeHead(status, { 'content-type': type }).end(body));
      return;
    }
    const { host } = new URL(upstream);
    const onward = http.request(
      new URL(request.url ?? '/', upstream),
      { agent, method: request.method, headers: { ...request.headers, host } },
      (reply) => reply.pipe(response.writeHead(reply.statusCode ?? 500, reply.headers)),
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}
