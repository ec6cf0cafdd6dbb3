import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Imds } from '../../src/aws/imds.ts';
import { FaultError } from '../../src/engine/model/fault.ts';
import type { Rng } from '../../src/engine/model/rng.ts';
import { isObject } from '../../src/engine/protocol/shape.ts';
import { asText, mutated } from './mutate.ts';
import { corpus, must, mustBePlain, type Outcome } from './target.ts';

const STATUSES = [200, 200, 200, 200, 200, 204, 302, 401, 404, 429, 500, 503];
const TOKEN = 'api/token';

/** A metadata service that answers what a mutated corpus says: other texts, other statuses, answers that break off. */
export class ImdsTarget {
  readonly name = 'IMDS replies';
  readonly #rng: Rng;
  readonly #server: http.Server;
  readonly #replies = corpus('imds-replies')[0] as Readonly<Record<string, string>>;
  #now: Readonly<Record<string, unknown>> = {};

  constructor(rng: Rng) {
    this.#rng = rng;
    this.#server = http.createServer((request, response) => this.#answer(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** An answer that can be used, or a fault that names what was asked for. */
  async take(): Promise<Outcome> {
    const replies = mutated(this.#replies, this.#rng);
    this.#now = isObject(replies) ? replies : {};
    const imds = new Imds(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
    const [identity, interruption, rebalance] = await Promise.all([
      answered(imds.identity()),
      answered(imds.interruption()),
      answered(imds.rebalance()),
    ]);
    if (identity !== 'refused') {
      mustBePlain(identity);
      const { instanceId, instanceType, zone, region } = identity;
      for (const text of [instanceId, instanceType, zone, region])
        must(/^[\w.-]{1,64}$/.test(text), `an identity of ${JSON.stringify(text.slice(0, 60))}`);
    }
    for (const told of [interruption, rebalance]) if (told !== 'refused' && told !== undefined) mustBePlain(told);
    return identity === 'refused' ? 'refused' : 'accepted';
  } // prettier-ignore

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = (request.url ?? '').replace(/^\/latest\//, '');
    const value = Object.hasOwn(this.#now, path) ? this.#now[path] : undefined;
    const isStrange = typeof value !== 'string' || value !== this.#replies[path];
    const body = typeof value === 'string' ? value : asText(value);
    if (!isStrange || path === TOKEN) return void response.writeHead(200).end(body);
    if (value === undefined) return void response.writeHead(404).end();
    if (this.#rng.next() < 0.1) {
      // The answer promises more than it holds, and the connection breaks.
      response.writeHead(200, { 'content-length': String(Buffer.byteLength(body) + 10) });
      response.write(body, () => response.destroy());
      return;
    }
    response.writeHead(STATUSES[this.#rng.below(STATUSES.length)] ?? 200).end(body);
  }
}

async function answered<T>(asking: Promise<T>): Promise<T | 'refused'> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    const { operation, target, detail } = error.fault;
    must(operation === 'imds' && target !== '' && detail !== '', `a fault that says nothing: ${JSON.stringify(error.fault)}`);
    return 'refused';
  } // prettier-ignore
}
