import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type LocalCloud, startLocalCloud } from '../../../src/aws/local/cloud.ts';
import { configFor } from './support.ts';

/** Everything outside `state` is none of its business; what lies there must be the same afterwards. */
const outer = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-malicious-'));
const folder = path.join(outer, 'a', 'b', 'state');
const faults: unknown[] = [];
let cloud: LocalCloud;
let port: number;

beforeAll(async () => {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(outer, 'secret'), 'not for you');
  cloud = await startLocalCloud({
    folder,
    region: 'us-east-1',
    accountId: '000000000000',
    port: 0,
    speed: 1,
    seed: 1,
    binDirs: [],
    onFatal: (error) => faults.push(error),
    onFault: (trouble) => faults.push(trouble),
  });
  port = Number(new URL(cloud.endpoint).port);
  await new S3Client({ ...configFor(port), forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'bucket' }));
});

afterAll(async () => {
  await cloud.stop({ endInstances: true });
  fs.rmSync(outer, { recursive: true, force: true });
});

/** After each and every one: it lives, found no mistake of its own, polluted nothing, and wrote nothing outside. */
afterEach(async () => {
  expect((await fetch(`${cloud.endpoint}/_cbas/health`)).status).toBe(200);
  expect(faults).toEqual([]);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  const outside = fs
    .readdirSync(outer, { recursive: true })
    .map(String)
    .filter((name) => !name.startsWith(path.join('a', 'b', 'state')));
  expect(outside.sort()).toEqual(['a', path.join('a', 'b'), 'secret']);
  expect(fs.readFileSync(path.join(outer, 'secret'), 'utf8')).toBe('not for you');
});

interface Reply {
  /** 0: it hung up without a word. */
  readonly status: number;
  readonly text: string;
}

/** Bytes as they are, past any client that would put them right; what comes back until it hangs up. */
function send(bytes: string | Buffer): Promise<Reply> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (more: string) => (text += more));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text }));
  });
}

interface Request {
  readonly method?: string;
  readonly target?: string;
  readonly service?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly host?: string;
}

const scope = (service: string): string => `Credential=test/20260101/us-east-1/${service}/aws4_request`;

function request({ method = 'GET', target = '/', service = 's3', headers = [], body = '', host }: Request): string {
  return [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host ?? 'localhost'}`,
    `Authorization: AWS4-HMAC-SHA256 ${scope(service)}, SignedHeaders=host, Signature=0`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...headers,
    '',
    body,
  ].join('\r\n');
}

const json = (service: string, operation: string, body: string): string =>
  request({ method: 'POST', service, headers: [`X-Amz-Target: ${operation}`], body });
const form = (service: string, body: string): string =>
  request({ method: 'POST', service, headers: ['Content-Type: application/x-www-form-urlencoded'], body });

describe('who asks', () => {
  test.each<[string, Request | string, number, RegExp]>([
    ['DNS rebinding: a foreign name', { host: 'evil.example' }, 403, /loopback address only/],
    ['a name that begins like ours', { host: '127.0.0.1.evil.example' }, 403, /loopback/],
    ['a name that ends like ours', { host: 'evil.localhost' }, 403, /loopback/],
    ['a user before the name', { host: 'localhost@evil.example' }, 403, /loopback/],
    ['every address', { host: '0.0.0.0' }, 403, /loopback/],
    ['the address as a number', { host: '2130706433' }, 403, /loopback/],
    ['an empty name', { host: '' }, 403, /loopback/],
    ['a web page', { headers: ['Origin: http://evil.example'] }, 403, /web pages/],
    ['a page without an origin', { headers: ['Origin: null'] }, 403, /web pages/],
    ['a page of this machine', { headers: ['Origin: http://127.0.0.1:3000'] }, 403, /web pages/],
    ['a picture on a page', { headers: ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'] }, 403, /web pages/],
    ['two hosts', { headers: ['Host: evil.example'] }, 400, /./],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, /./],
    ['an address of another server in the request line', { target: 'http://evil.example/' }, 400, /absolute/],
    ['an address of ours there', { target: 'http://127.0.0.1/bucket/k' }, 400, /absolute/],
    ['a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n', 0, /^$/],
    ['a star', { method: 'OPTIONS', target: '*' }, 400, /absolute/],
    ['a control request of a page', { method: 'POST', target: '/_cbas/ec2/interrupt', headers: ['Origin: http://evil.example'], body: '{}' }, 403, /web pages/],
  ])('%s', async (_, given, ...[status, why]) => {
    const reply = await send(typeof given === 'string' ? given : request(given));
    expect([reply.status, reply.text]).toEqual([status, expect.stringMatching(why)]);
  }); // prettier-ignore

  test.each([
    ['nothing', ''],
    ['another scheme', 'Authorization: Basic dGVzdDp0ZXN0'],
    ['a scope that is too short', 'Authorization: AWS4-HMAC-SHA256 Credential=test/s3/aws4_request'],
    ['a scope that ends otherwise', 'Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws5'],
  ])('signed with %s', async (_, header) => {
    const lines = ['GET / HTTP/1.1', 'Host: localhost', 'Connection: close', ...(header === '' ? [] : [header])];
    const reply = await send(`${lines.join('\r\n')}\r\n\r\n`);
    expect([reply.status, reply.text]).toEqual([403, expect.stringContaining('not signed with AWS Signature')]);
  });

  test('a presigned address after its time', async () => {
    const target = `/bucket/k?X-Amz-Credential=test/20200101/us-east-1/s3/aws4_request&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60`;
    const reply = await send(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect([reply.status, reply.text]).toEqual([403, expect.stringContaining('Request has expired')]);
  });
});

describe('paths', () => {
  const UP = '../'.repeat(8);
  test.each([
    ['dot segments', `/bucket/${UP}secret`],
    ['encoded dots', `/bucket/${'%2e%2e/'.repeat(8)}secret`],
    ['encoded slashes', `/bucket/${'..%2f'.repeat(8)}secret`],
    ['twice encoded', `/bucket/${'%252e%252e%252f'.repeat(8)}secret`],
    ['backslashes', `/bucket/${'..%5c'.repeat(8)}secret`],
    ['an absolute path', '/bucket//etc/cbas-was-here'],
    ['overlong UTF-8', '/bucket/%c0%ae%c0%ae/%c0%ae%c0%ae/secret'],
    ['a dot', '/bucket/./../x'],
    ['the folder of odd keys', '/bucket/.odd-keys/../../../secret'],
    ['what belongs to another part of it', '/bucket/../../ec2.log'],
  ])('an object under %s stays in its bucket', async (_, target) => {
    const put = await send(request({ method: 'PUT', target, body: 'owned' }));
    expect([200, 400]).toContain(put.status);
    const got = await send(request({ target }));
    expect(got.text).not.toContain('not for you');
    if (put.status === 200) expect(got.text).toMatch(/\r\n\r\nowned$/);
    expect(fs.existsSync('/etc/cbas-was-here')).toBe(false);
  });

  test.each([
    ['a NUL in a key', 'PUT', '/bucket/a%00b', 400, /NUL/],
    ['half an escape', 'GET', '/bucket/%zz', 400, /InvalidURI/],
    ['a long key', 'PUT', `/bucket/${'k'.repeat(1_100)}`, 400, /KeyTooLong/],
    ['a bucket of dots', 'PUT', '/..', 400, /InvalidBucketName/],
    ['a bucket of encoded dots', 'PUT', '/%2e%2e', 400, /InvalidBucketName/],
    ['a bucket that is a path', 'PUT', '/..%2f..%2fevil', 400, /InvalidBucketName/],
    ['a bucket with a NUL', 'PUT', '/bucket%00', 400, /InvalidBucketName/],
    ['a bucket in capitals', 'PUT', '/BUCKET', 400, /InvalidBucketName/],
    ['an object of a bucket of dots', 'PUT', '/%2e%2e/evil', 404, /NoSuchBucket/],
    ['the parts of an upload that is a path', 'PUT', `/bucket/k?partNumber=1&uploadId=${encodeURIComponent(`../../${UP}`)}`, 404, /NoSuchUpload/],
    ['the end of such an upload', 'DELETE', '/bucket/k?uploadId=..%2f..', 404, /NoSuchUpload/],
    ['a sub-resource that nobody knows', 'GET', '/bucket?evil', 501, /NotImplemented/],
    ['a control path up', 'GET', '/_cbas/../bucket', 404, /there is no/],
  ])('%s', async (_, method, ...[target, status, why]) => {
    const reply = await send(request({ method, target, body: method === 'PUT' && target.includes('/k') ? 'x' : '' }));
    expect([reply.status, reply.text]).toEqual([status, expect.stringMatching(why)]);
  }); // prettier-ignore

  test.each([
    ['an instance', form('ec2', `Action=TerminateInstances&InstanceId.1=${encodeURIComponent(UP)}`), /InvalidInstanceID/],
    ['an image', form('ec2', `Action=DeregisterImage&ImageId=${encodeURIComponent(`${UP}secret`)}`), /InvalidAMIID/],
    ['an instance to be imaged', form('ec2', `Action=CreateImage&Name=x&InstanceId=${encodeURIComponent(UP)}`), /InvalidInstanceID/],
    ['a queue', json('sqs', 'AmazonSQS.CreateQueue', JSON.stringify({ QueueName: UP })), /InvalidParameterValue|Can only include/],
    ['a table', json('dynamodb', 'DynamoDB_20120810.DescribeTable', JSON.stringify({ TableName: UP })), /ValidationException/],
    ['an operation', json('dynamodb', `DynamoDB_20120810.../../${UP}secret`, '{}'), /UnknownOperationException/],
    ['a topic', form('sns', `Action=CreateTopic&Name=${encodeURIComponent(UP)}`), /InvalidParameter/],
    ['a role', form('iam', `Action=CreateRole&AssumeRolePolicyDocument=%7B%7D&RoleName=${encodeURIComponent(UP)}`), /ValidationError/],
    ['a rule', json('events', 'AWSEvents.PutRule', JSON.stringify({ Name: UP, EventPattern: '{"source":["a"]}' })), /ValidationException/],
  ])('%s that is a path is refused by its name', async (_, bytes, why) => {
    const reply = await send(bytes);
    expect([reply.status, reply.text]).toEqual([expect.toSatisfy((one) => one >= 400 && one < 500), expect.stringMatching(why)]);
  }); // prettier-ignore

  test('an instance that is a path is not taken back', async () => {
    const body = JSON.stringify({ instanceId: UP, notice: true });
    const reply = await send(request({ method: 'POST', target: '/_cbas/ec2/interrupt', body }));
    expect(reply.status).toBe(404);
  });
});

describe('too much', () => {
  const chunked = (...chunks: readonly string[]): string =>
    request({ method: 'POST', service: 'sqs', headers: ['X-Amz-Target: AmazonSQS.ListQueues'] }).replace(
      'Content-Length: 0',
      'Transfer-Encoding: chunked',
    ) + chunks.join('');
  const chunk = (bytes: number): string => `${bytes.toString(16)}\r\n${' '.repeat(bytes)}\r\n`;
  const framed = (body: string): string =>
    request({
      method: 'PUT',
      target: '/bucket/framed',
      headers: ['Content-Encoding: aws-chunked', 'X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'X-Amz-Decoded-Content-Length: 5'],
      body,
    }); // prettier-ignore

  test.each([
    ['headers', () => request({ headers: [`X-Long: ${'h'.repeat(20_000)}`] }), 431, /^HTTP/],
    ['many headers', () => request({ headers: Array.from({ length: 3_000 }, (_, at) => `X-${at}: 1`) }), 431, /^HTTP/],
    ['a request line', () => request({ target: `/bucket/${'p'.repeat(20_000)}` }), 431, /^HTTP/],
    ['a body', () => json('sqs', 'AmazonSQS.SendMessage', ' '.repeat(2_200_000)), 413, /RequestEntityTooLarge/],
    ['a body of a control request', () => request({ method: 'POST', target: '/_cbas/ec2/interrupt', body: ' '.repeat(2_200_000) }), 413, /RequestEntityTooLarge/],
    ['chunks without an end', () => chunked(...Array.from({ length: 40 }, () => chunk(60_000))), 413, /RequestEntityTooLarge/],
    ['extensions of a chunk', () => chunked(`1;${'e'.repeat(20_000)}\r\n \r\n0\r\n\r\n`), 413, /^HTTP/],
    ['a chunk that is no number', () => chunked('zz\r\n\r\n'), 400, /^HTTP/],
    ['a body of two lengths', () => request({ headers: ['Content-Length: 5'], body: 'hello world' }), 400, /^HTTP/],
    ['a length and chunks', () => request({ method: 'POST', headers: ['Transfer-Encoding: chunked'], body: '0\r\n\r\n' }), 400, /^HTTP/],
    ['depth of a form', () => form('ec2', `Action=DescribeInstances&${'Filter.'.repeat(5_000)}=1`), 400, /MalformedQueryString/],
    ['depth of JSON', () => json('sqs', 'AmazonSQS.ListQueues', `{"a":${'['.repeat(500_000)}`), 400, /SerializationException/],
    ['depth of a document’s JSON', () => json('dynamodb', 'DynamoDB_20120810.GetItem', `{"a":${'['.repeat(500_000)}`), 400, /SerializationException/],
    ['a frame that is longer than it says', () => framed('2\r\nhello\r\n0\r\n\r\n'), 400, /malformed/],
    ['a frame of a huge chunk', () => framed('ffffffff\r\nhello'), 400, /IncompleteBody/],
    ['a frame without an end', () => framed('5\r\nhello\r\n'), 400, /IncompleteBody/],
    ['a frame with a long line', () => framed(`5;${'s'.repeat(9_000)}\r\nhello\r\n0\r\n\r\n`), 400, /too long/],
    ['a frame with many trailers', () => framed(`5\r\nhello\r\n0\r\n${Array.from({ length: 50 }, (_, at) => `x-${at}:1\r\n`).join('')}\r\n`), 400, /trailer/],
    ['a fleet', () => form('ec2', 'Action=CreateFleet&Type=instant&TargetCapacitySpecification.TotalTargetCapacity=100000&TargetCapacitySpecification.DefaultTargetCapacityType=spot&LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName=x&LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version=1'), 400, /TotalTargetCapacity|LaunchTemplate/],
  ])('%s', async (_, bytes, ...[status, why]) => {
    const reply = await send(bytes());
    expect([reply.status, reply.text]).toEqual([status, expect.stringMatching(why)]);
  }); // prettier-ignore

  test('what a refused upload sent is not kept', () => {
    expect(fs.readdirSync(path.join(folder, 's3-temporary'))).toEqual([]);
  });
});

describe('junk', () => {
  const lifecycle = (body: string): string => request({ method: 'PUT', target: '/bucket?lifecycle', body });
  const laughs = Array.from({ length: 12 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('');
  test.each([
    ['another protocol', '\u0016\u0003\u0001\u0000\u00a5\u0001\u0000', 400, /^HTTP/],
    ['a request of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, /^HTTP/],
    ['lines that are no headers', 'GET / HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n', 400, /^HTTP/],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: localhost\r\n evil: 1\r\n\r\n', 400, /^HTTP/],
  ])('%s', async (_, bytes, ...[status, why]) => {
    const reply = await send(Buffer.from(bytes, 'latin1'));
    expect([reply.status, reply.text]).toEqual([status, expect.stringMatching(why)]);
  });

  test('after a good request in the same connection', async () => {
    const reply = await send('GET /_cbas/health HTTP/1.1\r\nHost: localhost\r\n\r\nDELETE everything\r\n\r\n');
    // Whether it says so or hangs up depends on what has been sent by then.
    expect(reply.text.match(/^HTTP\/1\.1 \d+/gm)?.filter((line) => !line.endsWith('400'))).toEqual(['HTTP/1.1 200']);
  });

  test.each([
    ['no JSON', () => json('sqs', 'AmazonSQS.ListQueues', '{'), 400, /SerializationException/],
    ['a list where an object belongs', () => json('events', 'AWSEvents.ListRules', '[]'), 400, /SerializationException/],
    ['no JSON for tables', () => json('dynamodb', 'DynamoDB_20120810.GetItem', '\u0000'), 400, /SerializationException/],
    ['CBOR where JSON is spoken', () => json('sqs', 'AmazonSQS.ListQueues', '\u00bf\u00ff'), 400, /SerializationException/],
    ['no operation', () => json('sqs', '', '{}'), 400, /UnknownOperation/],
    ['an operation of every object', () => json('sqs', 'AmazonSQS.constructor', '{}'), 400, /UnknownOperation/],
    ['such an operation of tables', () => json('dynamodb', 'DynamoDB_20120810.__proto__', '{}'), 400, /UnknownOperation/],
    ['an action of every object', () => form('ec2', 'Action=toString'), 400, /InvalidAction/],
    ['a service that there is not', () => request({ service: '__proto__' }), 400, /UnknownOperation/],
    ['half a document', () => lifecycle('<LifecycleConfiguration><Rule>'), 400, /MalformedXML/],
    ['no XML', () => lifecycle('\u0000\u0001'), 400, /MalformedXML/],
    ['entities that multiply', () => lifecycle(`<!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]><LifecycleConfiguration><Rule><ID>&l12;</ID></Rule></LifecycleConfiguration>`), 400, /MalformedXML/],
    ['an entity that is a file', () => lifecycle(`<!DOCTYPE a [<!ENTITY f SYSTEM "file://${path.join(outer, 'secret')}">]><LifecycleConfiguration><Rule><ID>&f;</ID></Rule></LifecycleConfiguration>`), 400, /MalformedXML/],
    ['a number that is none', () => form('ec2', 'Action=DescribeInstances&MaxResults=NaN'), 400, /InvalidParameterValue/],
  ])('%s', async (_, bytes, ...[status, why]) => {
    const reply = await send(bytes());
    expect([reply.status, reply.text]).toEqual([status, expect.stringMatching(why)]);
    expect(reply.text).not.toContain('not for you');
  }); // prettier-ignore

  test.each([
    ['JSON', () => json('sqs', 'AmazonSQS.CreateQueue', '{"QueueName":"q1","Attributes":{"__proto__":"x"},"__proto__":{"polluted":"1"},"constructor":{"prototype":{"polluted":"1"}}}')],
    ['tags', () => json('sqs', 'AmazonSQS.CreateQueue', '{"QueueName":"q2","tags":{"__proto__":"x","polluted":"1"}}')],
    ['a form', () => form('ec2', 'Action=CreateLaunchTemplate&LaunchTemplateName=t&__proto__.polluted=1&constructor.prototype.polluted=1&LaunchTemplateData.ImageId=ami-1&TagSpecification.1.ResourceType=launch-template&TagSpecification.1.Tag.1.Key=__proto__&TagSpecification.1.Tag.1.Value=polluted')],
    ['an item', () => json('dynamodb', 'DynamoDB_20120810.PutItem', '{"TableName":"none","Item":{"__proto__":{"M":{"polluted":{"S":"1"}}}}}')],
    ['metadata of an object', () => request({ method: 'PUT', target: '/bucket/meta', headers: ['x-amz-meta-__proto__: polluted'], body: 'x' })],
    ['the query', () => request({ target: '/bucket?list-type=2&__proto__[polluted]=1' })],
  ])('%s cannot change every object', async (_, bytes) => {
    const reply = await send(bytes());
    expect(reply.status).toBeGreaterThanOrEqual(200);
    expect(reply.status).toBeLessThan(502);
    expect(reply.status).not.toBe(500);
  }); // prettier-ignore
});
