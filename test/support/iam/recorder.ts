import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Account } from './account.ts';
import type { AuthRequest } from './evaluate.ts';
import { authRequests } from './requests.ts';
import { type WireCall, wireCall } from './wire.ts';

export interface Recorded extends AuthRequest {
  /** Who called. */
  readonly who: string;
  /** What was called: "ec2 CreateFleet". */
  readonly operation: string;
  readonly times: number;
}

export interface Recorder {
  readonly endpoint: string;
  /** Each right that was needed, once, with how often. */
  recorded(): readonly Recorded[];
  /** Calls that could not be read. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

/**
 * Stands between the product and its AWS, passes everything on as it is, and writes down which rights each call would have needed.
 * `whoIs` tells callers apart by the access key that they sign with; undefined: of no interest.
 */
export async function startRecorder(
  upstream: string,
  account: Account,
  whoIs: (accessKeyId: string) => string | undefined,
): Promise<Recorder> {
  const found = new Map<string, Recorded>();
  const troubles: string[] = [];
  const { hostname, port } = new URL(upstream);
  const agent = new http.Agent({ keepAlive: true });

  const note = (call: WireCall, requests: readonly AuthRequest[]): void => {
    const who = whoIs(call.accessKeyId);
    if (who === undefined) return;
    for (const request of requests) {
      const key = JSON.stringify([who, request]);
      const times = (found.get(key)?.times ?? 0) + 1;
      found.set(key, { ...request, who, operation: `${call.service} ${call.operation}`, times });
    }
  };

  const server = http.createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const call = wireCall({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      if (call !== undefined) {
        // Before it is done: afterwards what it was done to may be gone.
        await authRequests(call, account).then(
          (requests) => note(call, requests),
          (error: unknown) => troubles.push(`${call.service} ${call.operation}: ${String(error)}`),
        );
      }
      const passed = http.request(
        { hostname, port, method: request.method, path: request.url, headers: request.headers, agent },
        (reply) => {
          // Whoever may not list is told 403 of an object that is not there, and cannot tell that it is not.
          if (reply.statusCode === 404 && call?.service === 's3' && /^(Get|Head)Object$/.test(call.operation))
            note(call, [{ action: 's3:ListBucket', resource: `arn:aws:s3:::${String(call.input['bucket'])}` }]);
          response.writeHead(reply.statusCode ?? 500, reply.headers);
          reply.pipe(response);
        },
      );
      passed.on('error', () => response.destroy());
      response.on('close', () => passed.destroy());
      passed.end(body);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded: () => [...found.values()],
    troubles,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
