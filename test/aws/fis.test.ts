import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AwsTarget } from '../../src/aws/client-options.ts';
import { FaultInjection } from '../../src/aws/fis.ts';

interface Seen {
  readonly what: string;
  readonly authorization: string;
  readonly body: unknown;
}

type Answer = readonly [status: number, body: object, errorType?: string];

let server: http.Server;
let seen: Seen[];
let answers: Readonly<Record<string, Answer>>;
let target: AwsTarget;
beforeEach(async () => {
  seen = [];
  server = http.createServer((request, reply) => {
    const { method = '', url = '', headers } = request;
    const what = `${method} ${url}`;
    const body: Promise<unknown> = method === 'POST' ? json(request) : Promise.resolve(undefined);
    void body.then((asked) => {
      seen.push({ what, authorization: headers.authorization ?? '', body: asked });
      const [status, answer, errorType] = answers[what] ?? [
        404,
        { message: 'no such thing' },
        'ResourceNotFoundException',
      ];
      reply.writeHead(status, errorType === undefined ? {} : { 'x-amzn-errortype': errorType });
      reply.end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  target = { region: 'us-east-1', endpoint, mode: 'local', credentials: 'dummy' };
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const WISH = {
  instanceArn: 'arn:aws:ec2:us-east-1:123456789012:instance/i-1',
  roleArn: 'arn:aws:iam::123456789012:role/cbas-lab-us-east-1-drill',
  tags: { 'cbas:deployment': 'lab' },
};
const MADE: Readonly<Record<string, Answer>> = {
  'POST /experimentTemplates': [201, { experimentTemplate: { id: 'EXT1' } }],
  'POST /experiments': [201, { experiment: { id: 'EXP1' } }],
  'GET /experiments/EXP1': [200, { experiment: { id: 'EXP1', state: { status: 'failed', reason: 'gone' } } }],
  'DELETE /experimentTemplates/EXT1': [200, {}],
};

test('one instance is named, with two minutes of notice; each call is signed for the service', async () => {
  answers = MADE;
  const service = new FaultInjection(target);
  expect(await service.interrupt(WISH)).toEqual({ template: 'EXT1', experiment: 'EXP1' });
  expect(await service.state('EXP1')).toEqual({ status: 'failed', reason: 'gone' });
  await service.remove('EXT1');
  expect(seen.map(({ what }) => what)).toEqual(Object.keys(MADE));
  expect(seen[0]?.body).toMatchObject({
    roleArn: WISH.roleArn,
    targets: { Worker: { resourceType: 'aws:ec2:spot-instance', resourceArns: [WISH.instanceArn] } },
    actions: {
      Interrupt: {
        actionId: 'aws:ec2:send-spot-instance-interruptions',
        parameters: { durationBeforeInterruption: 'PT2M' },
        targets: { SpotInstances: 'Worker' },
      },
    },
  });
  expect(seen[1]?.body).toMatchObject({ experimentTemplateId: 'EXT1' });
  for (const { authorization } of seen)
    expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=\w+\/\d{8}\/us-east-1\/fis\/aws4_request, /);
});

test('a right that is missing is a fault that names it, and nothing stays behind', async () => {
  answers = { ...MADE, 'POST /experiments': [403, { message: 'not allowed' }, 'AccessDeniedException:http://x'] };
  const service = new FaultInjection(target);
  await expect(service.interrupt(WISH)).rejects.toMatchObject({
    fault: { kind: 'denied', operation: 'fis StartExperiment', detail: 'not allowed' },
  });
  expect(seen.at(-1)?.what).toBe('DELETE /experimentTemplates/EXT1');
});
