import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { callsOf } from '../../src/aws/calls.ts';
import type { AwsTarget } from '../../src/aws/client-options.ts';
import { DynamoStore } from '../../src/aws/dynamo.ts';
import { isRepeatable } from '../../src/aws/repeatable.ts';
import { S3Blobs } from '../../src/aws/s3.ts';
import type { ConditionalWrite } from '../../src/engine/model/command.ts';
import { pulseItem, renewLead, resignLead, writeSettings } from '../../src/engine/protocol/misc-item.ts';
import { heartbeat } from '../../src/engine/protocol/worker-job-writes.ts';
import { PULSE } from '../support/snapshots.ts';

type Answer = 'lost' | { readonly status: number; readonly body: string };

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** An AWS that carries out whatever it is asked and answers as told: `lost` cuts the connection instead. */
async function awsThatAnswers(...answers: readonly Answer[]) {
  const asked: { readonly what: string; readonly body: string }[] = [];
  const server = http.createServer((request, response) => {
    void text(request).then((body) => {
      const answer = answers[asked.length] ?? { status: 200, body: '{}' };
      asked.push({ what: String(request.headers['x-amz-target'] ?? `${request.method}`).replace(/.*\./, ''), body });
      if (answer === 'lost') return void response.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => (server.closeAllConnections(), server.close()));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target: AwsTarget = { region: 'us-east-1', endpoint, mode: 'local', credentials: 'dummy' };
  return { asked, target, store: new DynamoStore(target, 'cbas-lab-') };
}

function refused(code: string): Answer {
  return { status: 400, body: JSON.stringify({ __type: `com.amazonaws.dynamodb#${code}`, message: code }) };
}

const CLAIM: ConditionalWrite = {
  table: 'jobs',
  key: 'j1',
  conditions: [{ op: 'absent', attribute: 'leaseOwner' }],
  set: { leaseOwner: 'w1' },
  add: { epoch: 1 },
  remove: [],
};
const RENEWAL = renewLead({ id: 'm1', epoch: 3 }, 99);

describe('a conditional write whose answer is lost', () => {
  test('is not sent again behind its maker’s back: the refusal of the second would hide that the first was granted', async () => {
    const { asked, store, target } = await awsThatAnswers('lost', refused('ConditionalCheckFailedException'));
    await expect(store.write(CLAIM)).rejects.toMatchObject({ fault: { kind: 'timeout' } });
    expect(asked.map(({ what }) => what)).toEqual(['UpdateItem']);
    expect(callsOf(target).figures()['dynamodb']).toMatchObject({ calls: 1, retries: 0, faults: { timeout: 1 } });
  });

  test('is sent again when twice is the same as once', async () => {
    const { asked, store } = await awsThatAnswers('lost', { status: 200, body: '{"Attributes":{"epoch":{"N":"3"}}}' });
    expect(await store.write(RENEWAL)).toEqual({ epoch: 3 });
    expect(asked).toHaveLength(2);
  });

  test('is sent again when it was throttled, for then it was not carried out', async () => {
    const { asked, store } = await awsThatAnswers(refused('ThrottlingException'), refused('ConditionalCheckFailedException'));
    expect(await store.write(CLAIM)).toBeUndefined();
    expect(asked).toHaveLength(2);
  }); // prettier-ignore
});

describe('an object that may only be written once, and whose answer was lost', () => {
  const exists: Answer = {
    status: 412,
    body: '<Error><Code>PreconditionFailed</Code><Message>it exists</Message></Error>',
  };

  test.each([
    ['ours', 'written'],
    ['another’s', 'exists'],
  ] as const)('when what is there is %s: %s', async (there, outcome) => {
    const { asked, target } = await awsThatAnswers('lost', exists, { status: 200, body: there });
    const blobs = new S3Blobs(target, 'bucket');
    expect(await blobs.putText('manifest', 'ours', { onlyIfAbsent: true })).toBe(outcome);
    expect(asked.map(({ what }) => what)).toEqual(['PUT', 'PUT', 'GET']);
  });

  test('a plain refusal is believed', async () => {
    const { asked, target } = await awsThatAnswers(exists);
    expect(await new S3Blobs(target, 'bucket').putText('manifest', 'ours', { onlyIfAbsent: true })).toBe('exists');
    expect(asked).toHaveLength(1);
  });
});

describe('repeatable writes of the protocol', () => {
  const beat = { at: 1, leaseUntil: 9, progressPct: 5, atRiskMs: 0 };
  const write = (change: Partial<ConditionalWrite>): ConditionalWrite => ({
    ...{ table: 'misc', key: 'x', conditions: [], set: {}, add: {}, remove: [] },
    ...change,
  });

  test.each([
    ['a renewed leader lease', RENEWAL, true],
    ['a heartbeat', heartbeat({ jobId: 'j1', epoch: 2, workerId: 'w1' }, beat), true],
    ['a pulse', pulseItem(PULSE), true],
    ['a resigned lead', resignLead({ id: 'm1', epoch: 3 }), false],
    ['settings', writeSettings({ rev: 1, accepting: true, targetWorkers: 1, slotsPerWorker: 1, pools: [], maxPoolSharePct: 9, changedBy: '', changedAt: 1 }), false],
    ['what adds', CLAIM, false],
    ['a condition that it falsifies', write({ conditions: [{ op: 'absent', attribute: 'a' }], set: { a: 1 } }), false],
    ['a condition that it fulfils', write({ conditions: [{ op: '=', attribute: 'a', value: 1 }], set: { a: 1 } }), true],
    ['a removed attribute that it wanted', write({ conditions: [{ op: 'exists', attribute: 'a' }], remove: ['a'] }), false],
    ['a number that is raised over its limit', write({ conditions: [{ op: '<', attribute: 'a', value: 5 }], set: { a: 5 } }), false],
    ['one branch that it falsifies, another that it does not touch', write({ conditions: [{ op: 'any', of: [{ op: 'absent', attribute: 'a' }, { op: '<=', attribute: 'b', value: 3 }] }], set: { a: 1 } }), false],
    ['a state that it leaves', write({ conditions: [{ op: 'in', attribute: 's', values: ['A'] }], set: { s: 'B' } }), false],
  ] as const)('%s: %s', (_, made, expected) => {
    expect(isRepeatable(made)).toBe(expected);
  }); // prettier-ignore
});
