import http from 'node:http';
import net from 'node:net';
import { EC2Client, type Reservation } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Ec2 } from '../../../src/aws/local/ec2/ec2.ts';
import { openStore } from '../../../src/aws/local/ec2/store.ts';
import { type Imds, openImds } from '../../../src/aws/local/instances/imds.ts';
import { call, ENDPOINT, eventually, type Ec2Fixture, ec2Fixture, ONE, script, SPOT } from './ec2-fixture.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';

describe('an instance sees', () => {
  let fixture: Ec2Fixture;
  let ec2: Ec2;
  let id: string;
  let base: string;
  let token: string;
  beforeEach(async () => {
    fixture = ec2Fixture();
    ec2 = fixture.open({ noticeMs: 3_600_000 });
    await ec2.start(ENDPOINT);
    const reply = await call<Reservation>(ec2, 'RunInstances', {
      ...ONE,
      ...SPOT,
      UserData: script('sleep 1000'),
      IamInstanceProfile: { Name: 'worker-role' },
      Placement: { AvailabilityZone: 'us-east-1b' },
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'cbas:pool', Value: 'p 1' }] }],
    });
    id = reply.Instances![0]!.InstanceId!;
    const log = `${fixture.dir}/ec2.log`;
    const port = await eventually('its metadata port is known', () => {
      const store = openStore(log);
      store.close();
      return store.instances.get(id)?.placed?.imdsPort;
    });
    base = `http://127.0.0.1:${port}/latest`;
    token = await (await fetch(`${base}/api/token`, tokenRequest(60))).text();
  });
  afterEach(() => fixture.cleanUp());

  const tokenRequest = (ttlS: number | string): RequestInit => ({
    method: 'PUT',
    headers: { 'X-aws-ec2-metadata-token-ttl-seconds': String(ttlS) },
  });
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`${base}/${path}`, { headers: { 'X-aws-ec2-metadata-token': token } });
    return [response.status, await response.text()];
  };

  it.each([
    ['meta-data/instance-id', () => id],
    ['meta-data/instance-type', () => 'c5.large'],
    ['meta-data/instance-life-cycle', () => 'spot'],
    ['meta-data/placement/region', () => 'us-east-1'],
    ['meta-data/placement/availability-zone', () => 'us-east-1b'],
    ['meta-data/iam/security-credentials/', () => 'worker-role'],
    ['meta-data/tags/instance/', () => 'cbas:pool'],
    ['meta-data/tags/instance/cbas:pool', () => 'p 1'],
    ['meta-data/tags/instance/cbas%3Apool', () => 'p 1'],
    ['user-data', () => '#!/bin/sh\nsleep 1000\n'],
  ])('%s', async (path, expected) => expect(await get(path)).toEqual([200, expected()]));

  it('who it is, as a document', async () => {
    const [, text] = await get('dynamic/instance-identity/document');
    expect(JSON.parse(text)).toMatchObject({ instanceId: id, region: 'us-east-1', architecture: 'x86_64' });
  });

  it.each(['meta-data/nothing', 'meta-data/tags/instance/none', 'meta-data/constructor', 'constructor'])(
    'nothing at %s',
    async (path) => expect((await get(path))[0]).toBe(404),
  );

  it('keys that the SDK finds by itself', async () => {
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', new URL(base).origin);
    vi.stubEnv('HOME', fixture.dir);
    const bare = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_EC2_METADATA_DISABLED'];
    for (const name of bare) vi.stubEnv(name, undefined);
    try {
      const client = new EC2Client({ region: 'us-east-1' });
      const keys = await client.config.credentials();
      expect(keys.accessKeyId).toMatch(/^ASIALOCAL/);
      expect(keys.expiration!.getTime() - Date.now()).toBeGreaterThan(5 * 3_600_000);
      client.destroy();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('no notice, and then one', async () => {
    expect((await get('meta-data/spot/instance-action'))[0]).toBe(404);
    expect((await get('meta-data/spot/termination-time'))[0]).toBe(404);
    expect((await get('meta-data/events/recommendations/rebalance'))[0]).toBe(404);
    expect(ec2.control.interrupt(id, { notice: true })).toBe(true);
    const [status, text] = await get('meta-data/spot/instance-action');
    expect(status).toBe(200);
    const { action, time } = JSON.parse(text) as { action: string; time: string };
    expect(action).toBe('terminate');
    expect(Date.parse(time) - Date.now()).toBeGreaterThan(3_590_000);
    expect(await get('meta-data/spot/termination-time')).toEqual([200, time]);
  });
});

describe('IMDS', () => {
  let clock: FakeClock;
  let imds: Imds;
  beforeEach(async () => {
    clock = fakeClock(Date.UTC(2026, 10, 1));
    const document = (path: string): string | undefined => (path === 'meta-data/x' ? 'found' : undefined);
    imds = await openImds({ port: 0, clock, document, headersTimeoutMs: 150 });
  });
  afterEach(() => imds.close());

  const ask = (path: string, options: http.RequestOptions = {}): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: imds.port, path, ...options }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.on('error', reject);
      request.end();
    });
  const issue = (ttl: string) =>
    ask('/latest/api/token', { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': ttl } });
  const read = async (token: string, headers = {}) =>
    (await ask('/latest/meta-data/x', { headers: { 'x-aws-ec2-metadata-token': token, ...headers } })).status;

  it.each([
    ['0', 400],
    ['21601', 400],
    ['x', 400],
    ['-1', 400],
    ['1.5', 400],
    ['1e400', 400],
    ['', 400],
    ['1', 200],
    ['21600', 200],
  ])('gives a token of %s s with %d', async (ttl, status) => expect((await issue(ttl)).status).toBe(status));

  it('answers nobody without a token, with a forged one, or with an old one', async () => {
    const token = (await issue('60')).body;
    expect(await read(token)).toBe(200);
    expect((await ask('/latest/meta-data/x')).status).toBe(401);
    expect(await read(Buffer.from('99999999999999.eHh4').toString('base64url'))).toBe(401);
    clock.advance(60_000);
    expect(await read(token)).toBe(401);
  });

  it('answers no other host name and no proxy', async () => {
    const token = (await issue('60')).body;
    expect(await read(token, { host: 'evil.example' })).toBe(403);
    expect(await read(token, { 'x-forwarded-for': '10.0.0.1' })).toBe(403);
  });

  it.each([
    ['//', 404],
    ['//evil.example/latest/api/token', 404],
    ['http://evil.example/latest/meta-data/x', 400],
    ['/latest/../latest/meta-data/x', 200],
    ['/latest/meta-data/%2e%2e/%2e%2e/etc/passwd', 404],
    ['/latest/meta-data/%zz', 404],
    ['/latest/meta-data/__proto__', 404],
    [`/latest/${'x/'.repeat(4_000)}`, 404],
  ])('%s is answered with %d', async (path, status) => {
    const token = (await issue('60')).body;
    expect((await ask(path, { headers: { 'x-aws-ec2-metadata-token': token } })).status).toBe(status);
    expect(await read(token)).toBe(200);
  });

  it('gives tokens for PUT alone, and takes nothing else than GET and HEAD', async () => {
    expect((await ask('/latest/api/token')).status).toBe(405);
    expect((await ask('/latest/meta-data/x', { method: 'DELETE' })).status).toBe(405);
    const forwarded = { 'x-aws-ec2-metadata-token-ttl-seconds': '60', 'X-Forwarded-For': '10.0.0.1' };
    expect((await ask('/latest/api/token', { method: 'PUT', headers: forwarded })).status).toBe(403);
  });

  it.each([
    ['its headers', 'GET /latest/meta-data/x HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '],
    ['its first line', 'GET /lat'],
  ])('a client that never ends %s is cut off', async (_, beginning) => {
    await new Promise<void>((resolve) => {
      const socket = net.connect(imds.port, '127.0.0.1', () => socket.write(beginning));
      socket.on('close', () => resolve());
      socket.on('error', () => undefined);
      socket.resume();
    });
    expect((await issue('60')).status).toBe(200);
  });

  it('refuses a port that is taken', async () =>
    expect(openImds({ port: imds.port, clock, document: () => undefined })).rejects.toThrow('EADDRINUSE'));
});
