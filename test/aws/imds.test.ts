import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Imds } from '../../src/aws/imds.ts';

/** A metadata service that answers as it is told, and counts its tokens. */
let server: http.Server;
let tokens: { given: number; valid: number };
let answers: Readonly<Record<string, { readonly status: number; readonly body: string }>>;
let imds: Imds;

beforeEach(async () => {
  tokens = { given: 0, valid: 1 };
  answers = {};
  server = http.createServer((request, response) => {
    const path = (request.url ?? '').replace('/latest/', '');
    if (path === 'api/token') {
      tokens.given += 1;
      return void response.end(`token-${tokens.given}`);
    }
    const isKnown = request.headers['x-aws-ec2-metadata-token'] === `token-${tokens.valid}`;
    const { status, body } = isKnown ? (answers[path] ?? { status: 404, body: '' }) : { status: 401, body: '' };
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  imds = new Imds(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ACTION = 'meta-data/spot/instance-action';
const REBALANCE = 'meta-data/events/recommendations/rebalance';
const AT = '2026-11-22T14:04:11Z';

test.each<[what: string, body: string, takeAt: number | undefined]>([
  ['as AWS writes it', JSON.stringify({ action: 'terminate', time: AT }), Date.parse(AT)],
  ['no JSON', '<html>', undefined],
  ['nothing at all', '', undefined],
  ['null', 'null', undefined],
  ['another shape', '[1]', undefined],
  ['a time that is none', JSON.stringify({ action: 'terminate', time: 'soon' }), undefined],
  ['a time that is no text', JSON.stringify({ action: 'terminate', time: 12 }), undefined],
])('a notice is one whatever it says: %s', async (...[, body, takeAt]) => {
  answers = { [ACTION]: { status: 200, body } };
  expect(await imds.interruption()).toEqual({ takeAt });
});

test('a recommendation, and that there is neither', async () => {
  expect([await imds.interruption(), await imds.rebalance()]).toEqual([undefined, undefined]);
  answers = { [REBALANCE]: { status: 200, body: JSON.stringify({ noticeTime: AT }) } };
  expect(await imds.rebalance()).toEqual({ at: Date.parse(AT) });
  answers = { [REBALANCE]: { status: 200, body: '{}' } };
  expect(await imds.rebalance()).toEqual({ at: undefined });
});

describe('its token', () => {
  test('is asked for once, and anew when it is refused', async () => {
    await imds.interruption();
    await imds.rebalance();
    expect(tokens.given).toBe(1);
    tokens.valid = 2;
    expect(await imds.interruption()).toBeUndefined();
    expect(tokens.given).toBe(2);
  });

  test('that is refused twice is a fault, and no notice; the next question asks anew', async () => {
    tokens.valid = 5;
    await expect(imds.interruption()).rejects.toThrow(/status 401/);
    tokens.valid = tokens.given + 1;
    expect(await imds.interruption()).toBeUndefined();
  });
});

test.each([500, 503, 429, 302])('status %i is a fault, and no notice', async (status) => {
  answers = { [ACTION]: { status, body: '' } };
  await expect(imds.interruption()).rejects.toThrow(`status ${status}`);
});

test('a service that is not there is a fault, and no notice', async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await expect(new Imds(`http://127.0.0.1:${port}`).interruption()).rejects.toThrow(/imds/);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
