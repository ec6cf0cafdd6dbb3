import http from 'node:http';
import { DeleteTopicCommand, CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOptions } from '../../../src/aws/client-options.ts';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { openPushEndpoint, type PushEndpoint } from '../../../src/aws/sns/push-endpoint.ts';
import { PUSH_PATH, PushRoad } from '../../../src/aws/sns/push-road.ts';
import { SigningCertificates } from '../../../src/aws/sns/certificates.ts';
import { SnsSubscriptions } from '../../../src/aws/sns/subscriptions.ts';
import { SnsVerifier } from '../../../src/aws/sns/verify.ts';
import { systemClock } from '../../../src/aws/system-clock.ts';
import type { PushFigures } from '../../../src/engine/model/push.ts';
import { emptySnapshot } from '../../../src/engine/model/snapshot.ts';
import { checksOf } from '../../../src/engine/select/doctor.ts';
import { eventually, holds } from '../../support/eventually.ts';
import { ACCOUNT, REGION, type TestCloud, testCloud } from '../setup/fixture.ts';

const WITHIN_MS = 90_000;
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:cbas-lab-nudge`;

let under: TestCloud;
let sns: SNSClient;
beforeAll(async () => {
  under = await testCloud();
  sns = new SNSClient(clientOptions(under.target()));
}, WITHIN_MS);
afterAll(() => under.close());

const makeTopic = () =>
  sns.send(new CreateTopicCommand({ Name: 'cbas-lab-nudge', Attributes: { SignatureVersion: '2' } }));

interface Road {
  readonly road: PushRoad;
  readonly endpoint: PushEndpoint;
  readonly delivered: string[];
  readonly figures: () => PushFigures;
  room: boolean;
}

/** What the embedded SNS signs with, asked for with the first message. */
async function trust(): Promise<SigningCertificates> {
  const kept = (await (await fetch(`${under.cloud.endpoint}/_cbas/sns/certificates`)).json()) as Readonly<
    Record<string, string>
  >;
  return new SigningCertificates({
    now: Date.now,
    roots: [kept['root'] ?? ''],
    fetch: () => Promise.resolve(Buffer.from(kept['certificate'] ?? '')),
  });
}

async function open(masterId: string, store: MemoryTable): Promise<Road> {
  const delivered: string[] = [];
  const state = { room: true };
  let certificates: Promise<SigningCertificates> | undefined;
  const verifier = new SnsVerifier({
    topics: new Set([TOPIC]),
    now: Date.now,
    certificates: {
      get: async (url, names) => (await (certificates ??= trust())).get(url, names),
    },
  });
  const holder: { road?: PushRoad } = {};
  const endpoint = await openPushEndpoint({
    host: '127.0.0.1',
    port: 0,
    path: `${PUSH_PATH}${masterId}`,
    verifier,
    hasRoom: () => state.room,
    onMessage: async (message) => holder.road?.receive(message),
    onRefused: (reason, detail) => holder.road?.refuse(reason, detail),
  });
  const road = new PushRoad({
    masterId,
    endpoint: `http://127.0.0.1:${endpoint.port}${PUSH_PATH}${masterId}`,
    topics: [TOPIC],
    subscriptions: new SnsSubscriptions(under.target()),
    store,
    clock: systemClock,
    deliver: (_, body) => void delivered.push(body),
    onChange: () => undefined,
    say: () => undefined,
  });
  holder.road = road;
  return {
    road,
    endpoint,
    delivered,
    figures: () => road.figures,
    get room() {
      return state.room;
    },
    set room(room) {
      state.room = room;
    },
  };
}

const confirmed = (road: Road) =>
  eventually('it is subscribed', () => holds(road.figures().confirmed === 1), {
    withinMs: WITHIN_MS,
    instead: () => JSON.stringify(road.figures()),
  });

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly type?: string;
}

function send(
  { endpoint }: Road,
  { method = 'POST', path = `${PUSH_PATH}m-a`, body = '', type }: Sent,
): Promise<number> {
  const headers = type === undefined ? {} : { 'x-amz-sns-message-type': type };
  return new Promise((resolve, reject) => {
    http
      .request({ host: '127.0.0.1', port: endpoint.port, method, path, headers, agent: false }, (reply) => {
        reply.resume();
        resolve(reply.statusCode ?? 0);
      })
      .on('error', reject)
      .end(body);
  });
}

test('an endpoint is subscribed by its token, hears what is published, counts what is refused, and goes in order', async () => {
  await makeTopic();
  const store = new MemoryTable();
  const road = await open('m-a', store);
  await road.road.check();
  await confirmed(road);
  const arn = road.road.arnOf(TOPIC) ?? '';
  expect(arn.startsWith(`${TOPIC}:`)).toBe(true);

  await sns.send(new PublishCommand({ TopicArn: TOPIC, Message: '{"hello":"wörld"}', Subject: 's' }));
  await eventually('it has come', () => holds(road.delivered.length === 1), { withinMs: WITHIN_MS });
  expect(road.delivered).toEqual(['{"hello":"wörld"}']);

  const refused: readonly (readonly [Sent, status: number])[] = [
    [{ method: 'GET' }, 403],
    [{ path: '/' }, 403],
    [{ path: `${PUSH_PATH}m-b` }, 403],
    [{ body: 'x'.repeat(700_000) }, 403],
    [{ body: '{', type: 'Notification' }, 403],
  ];
  for (const [sent, status] of refused) expect(await send(road, sent)).toBe(status);
  road.room = false;
  expect(await send(road, { body: '{}' })).toBe(503);
  road.room = true;
  expect(road.figures()).toMatchObject({
    accepted: 2,
    refused: { request: 3, size: 1, form: 1, full: 1 },
    newest: { reason: 'full' },
  });
  const [check] = checksOf({ ...emptySnapshot(), push: road.figures() }, Date.now()).filter(({ id }) => id === 'push');
  expect(check).toMatchObject({
    state: 'attention',
    note: '2 taken; 6 refused: 3 request, 1 size, 1 form, 1 full; newest full: nobody takes what came before',
  });

  await road.road.leave();
  expect(await new SnsSubscriptions(under.target()).list(TOPIC)).toEqual([]);
  await road.endpoint.close();
}, 300_000);

test('a subscription that is gone is made again; those of masters that are gone are removed, and nobody else’s', async () => {
  await makeTopic();
  const store = new MemoryTable();
  const road = await open('m-c', store);
  const dead = await open('m-dead', new MemoryTable());
  await dead.road.check();
  await confirmed(dead);
  await dead.endpoint.close();
  await road.road.check();
  await confirmed(road);
  const subscriptions = new SnsSubscriptions(under.target());
  const endpoints = async () => (await subscriptions.list(TOPIC)).map(({ endpoint }) => endpoint).sort();
  // It was found in the same round.
  expect(await endpoints()).toEqual([road.figures().endpoint]);
  await subscriptions.subscribe(TOPIC, 'http://127.0.0.1:9/somebody-elses');
  await road.road.check();
  expect(await endpoints()).toHaveLength(2);

  await sns.send(new DeleteTopicCommand({ TopicArn: TOPIC }));
  await makeTopic();
  await road.road.check();
  await confirmed(road);
  expect(await endpoints()).toEqual([road.figures().endpoint]);
  await road.endpoint.close();
}, 300_000);

test('a confirmation that nobody asked for is refused: anybody may subscribe our address to a topic', async () => {
  await makeTopic();
  const road = await open('m-e', new MemoryTable());
  await new SnsSubscriptions(under.target()).subscribe(TOPIC, road.figures().endpoint);
  await eventually('it is refused', () => holds(road.figures().refused['unasked'] === 1), {
    withinMs: WITHIN_MS,
    instead: () => JSON.stringify(road.figures()),
  });
  expect(road.figures()).toMatchObject({ confirmed: 0, accepted: 0 });
  await road.endpoint.close();
}, 300_000);
