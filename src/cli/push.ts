import fs from 'node:fs';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { FetchBytes } from '../aws/sns/certificates.ts';
import type { EngineEvent } from '../engine/model/event.ts';
import { describeFault, FaultError } from '../engine/model/fault.ts';
import type { Queue } from '../engine/model/ports.ts';
import { PushedQueue } from '../engine/run/pushed-queue.ts';
import { safe } from '../ui/safe-text.ts';
import { systemClock } from './clock.ts';
import { CliError, EXIT } from './exit.ts';
import type { Wired } from './wire.ts';

/** The push road of a master; without `pushListen` there is none. */
export interface PushOptions {
  /** "8443" or "0.0.0.0:8443". */
  readonly pushListen?: string;
  readonly pushUrl?: string;
  readonly pushCert?: string;
  readonly pushKey?: string;
  /** With commas between them. */
  readonly pushTopics?: string;
}

export interface Push {
  /** What came by either road. */
  readonly queue: Queue;
  close(): Promise<void>;
}

interface Context {
  readonly wired: Wired;
  readonly id: string;
  /** To which what is pushed is added. */
  readonly queue: Queue;
  readonly dispatch: (events: readonly EngineEvent[]) => void;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const LOOPBACK = '127.0.0.1';
const TOPIC_ARN = /^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;
const LEAVE_WITHIN_MS = 5_000;

/** Opens the endpoint and keeps it subscribed; undefined where none was asked for. */
export async function openPush(options: PushOptions, context: Context): Promise<Push | undefined> {
  const { pushListen } = options;
  if (pushListen === undefined) return undefined;
  const { host, port } = addressOf(pushListen);
  const { wired, id, say, signal } = context;
  const [{ openPushEndpoint }, { PUSH_PATH, PushRoad }, { SnsSubscriptions }, { SigningCertificates }, { SnsVerifier }, { arns, partitionOf }] =
    await Promise.all([
      import('../aws/sns/push-endpoint.ts'),
      import('../aws/sns/push-road.ts'),
      import('../aws/sns/subscriptions.ts'),
      import('../aws/sns/certificates.ts'),
      import('../aws/sns/verify.ts'),
      import('../aws/setup/model/arns.ts'),
    ]); // prettier-ignore
  const { name, region, accountId } = wired.deployment;
  const topics = [arns.topic({ name, region, accountId, partition: partitionOf(region) }), ...moreTopics(options)];
  const queue = new PushedQueue(context.queue);
  const now = systemClock.now;
  const certificates = await trustOf(wired, (trust) => new SigningCertificates({ ...trust, now }));
  const verifier = new SnsVerifier({ topics: new Set(topics), certificates, now });
  const path = `${PUSH_PATH}${id}`;
  const tls = tlsOf(options);
  const road: { current: InstanceType<typeof PushRoad> | undefined } = { current: undefined };
  const endpoint = await openPushEndpoint({
    host,
    port,
    path,
    ...(tls !== undefined && { tls }),
    verifier,
    hasRoom: () => queue.hasRoom(),
    onMessage: async (message) => road.current?.receive(message),
    onRefused: (reason, detail) => road.current?.refuse(reason, detail),
  }).catch((error: unknown) => {
    throw new CliError(`--push-listen ${safe(pushListen)}: ${(error as Error).message}`, EXIT.failed);
  });
  const base = options.pushUrl ?? `${tls === undefined ? 'http' : 'https'}://${host}:${endpoint.port}`;
  road.current = new PushRoad({
    masterId: id,
    endpoint: `${base.replace(/\/$/, '')}${path}`,
    topics,
    subscriptions: new SnsSubscriptions(wired.choice.target),
    store: wired.store,
    clock: systemClock,
    deliver: (messageId, body) => queue.push(messageId, body),
    onChange: (push) => context.dispatch([{ kind: 'push.observed', at: now(), push }]),
    say,
  });
  say(`takes SNS messages at ${host}:${endpoint.port}, as ${road.current.figures.endpoint}`);
  const running = road.current.run(signal);
  return {
    queue,
    async close() {
      await Promise.race([Promise.all([running, road.current?.leave()]), systemClock.sleep(LEAVE_WITHIN_MS)]).catch(
        (error: unknown) => {
          if (!(error instanceof FaultError)) throw error;
          // Another master removes it, when it has not heard of us for a while.
          say(`its subscription stays: ${describeFault(error.fault)}`);
        },
      );
      await endpoint.close();
    },
  };
}

function addressOf(said: string): { readonly host: string; readonly port: number } {
  const [, host = LOOPBACK, port = ''] = /^(?:(\[[\da-f:]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(said) ?? [];
  if (port === '' || Number(port) > 65_535)
    throw new CliError(`--push-listen ${safe(said)}: expected a port, or host:port`, EXIT.usage);
  return { host: host.replace(/[[\]]/g, ''), port: Number(port) };
}

function moreTopics({ pushTopics = '' }: PushOptions): readonly string[] {
  const topics = pushTopics.split(',').filter((arn) => arn !== '');
  const bad = topics.find((arn) => !TOPIC_ARN.test(arn));
  if (bad !== undefined) throw new CliError(`--push-topics ${safe(bad)}: expected ARNs of SNS topics`, EXIT.usage);
  return topics;
}

function tlsOf({ pushCert, pushKey }: PushOptions): { readonly cert: string; readonly key: string } | undefined {
  if (pushCert === undefined && pushKey === undefined) return undefined;
  if (pushCert === undefined || pushKey === undefined)
    throw new CliError('--push-cert and --push-key: say both, or none', EXIT.usage);
  try {
    return { cert: fs.readFileSync(pushCert, 'utf8'), key: fs.readFileSync(pushKey, 'utf8') };
  } catch (error) {
    throw new CliError(`--push-cert, --push-key: ${(error as Error).message}`, EXIT.usage);
  }
}

interface Trust {
  readonly fetch?: FetchBytes;
  readonly roots?: readonly string[];
}

interface Certificates {
  get(url: string, names: readonly string[]): Promise<import('../aws/sns/certificates.ts').Trusted>;
}

/**
 * Amazon's authorities on AWS. The embedded SNS has a root of its own, which does not exist before the first subscription: it is asked
 * for with the first message, from the embedded AWS itself and from nowhere else.
 */
async function trustOf({ choice, deployment }: Wired, make: (trust: Trust) => Certificates): Promise<Certificates> {
  const { endpoint } = choice.target;
  if (deployment.mode !== 'local' || endpoint === undefined) return make({});
  let made: Certificates | undefined;
  return {
    async get(url, names) {
      if (made === undefined) {
        const kept = await embeddedCertificates(endpoint);
        if (kept === undefined) return { ok: false, why: 'the embedded SNS has signed nothing yet' };
        const fetch: FetchBytes = (asked) =>
          new URL(asked).pathname === kept.path
            ? Promise.resolve(Buffer.from(kept.certificate))
            : Promise.reject(new Error('there is none'));
        made = make({ fetch, roots: [kept.root] });
      }
      return made.get(url, names);
    },
  };
}

interface Embedded {
  readonly root: string;
  readonly certificate: string;
  readonly path: string;
}

/** Without `fetch`, which goes through the proxy of the environment. */
async function embeddedCertificates(endpoint: string): Promise<Embedded | undefined> {
  const reply = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(`${endpoint}/_cbas/sns/certificates`, { agent: false }, resolve).on('error', reject);
  });
  const said = await text(reply);
  return reply.statusCode === 200 ? (JSON.parse(said) as Embedded) : undefined;
}
