import { randomBytes, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { ServiceError } from '../service.ts';
import type { SnsSigner } from './signer.ts';
import type { Subscription } from './state.ts';

/** SNS tries at once and three times more, 20 s apart; everything here is quicker. */
const TRIES = 4;
const AGAIN_MS = 500;
const ANSWER_MS = 15_000;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Why an address is none that the embedded SNS delivers to: it reaches this machine and nothing else. */
export function checkEndpoint(protocol: string, endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === `${protocol}:` && LOOPBACK.has(url.hostname)) return;
  throw new ServiceError(
    'InvalidParameter',
    `Invalid parameter: Endpoint: the embedded SNS delivers to ${protocol} addresses of this machine only`,
  );
}

export function newToken(): string {
  return randomBytes(64).toString('hex');
}

/** Sends signed messages to endpoints, in the background as SNS does. */
export class HttpDelivery {
  readonly #signer: SnsSigner;
  readonly #closing = new AbortController();

  constructor(signer: SnsSigner) {
    this.#signer = signer;
  }

  close(): void {
    this.#closing.abort();
  }

  /** The token with which the owner of the endpoint confirms. */
  confirm({ topicArn, endpoint, token = '', version }: Subscription & { readonly version: string }, at: number): void {
    const message = {
      Type: 'SubscriptionConfirmation',
      MessageId: randomUUID(),
      Token: token,
      TopicArn: topicArn,
      Message: `You have chosen to subscribe to the topic ${topicArn}.`,
      SubscribeURL: `https://sns.${topicArn.split(':')[3] ?? ''}.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`,
      Timestamp: new Date(at).toISOString(),
    };
    this.send(endpoint, message, version);
  }

  send(endpoint: string, message: Readonly<Record<string, string>>, version: string): void {
    void this.#signer.signed(message, version).then(
      (body) => this.#deliver(endpoint, body, message),
      // Without a key nothing is sent; whoever subscribed was told.
      () => undefined,
    );
  }

  async #deliver(endpoint: string, body: string, message: Readonly<Record<string, string>>): Promise<void> {
    const headers = {
      'content-type': 'text/plain; charset=UTF-8',
      'content-length': Buffer.byteLength(body),
      'x-amz-sns-message-type': message['Type'],
      'x-amz-sns-message-id': message['MessageId'],
      'x-amz-sns-topic-arn': message['TopicArn'],
    };
    for (let tries = 0; tries < TRIES && !this.#closing.signal.aborted; tries++) {
      const status = await this.#post(endpoint, body, headers);
      // Answers of 4xx are for good.
      if (status !== undefined && status < 500) return;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
    }
  }

  /** The status of the answer; undefined where there was none. */
  #post(endpoint: string, body: string, headers: http.OutgoingHttpHeaders): Promise<number | undefined> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ANSWER_MS)]);
    const { request } = endpoint.startsWith('https:') ? https : http;
    // A certificate for this machine is signed by nobody; checkEndpoint has seen that it is this machine.
    const options = { method: 'POST', agent: false, headers, signal, rejectUnauthorized: false };
    return new Promise((resolve) => {
      request(endpoint, options, (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      })
        .on('error', () => resolve(undefined))
        .end(body);
    });
  }
}
