import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SNSClient, ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3 } from '../../../src/aws/local/s3/s3.ts';
import { operation } from '../../../src/aws/local/service.ts';
import { createSqs } from '../../../src/aws/local/sqs/sqs.ts';
import { GetCallerIdentity$ } from '@aws-sdk/client-sts';
import { errorName, newFolder, startLocal, type Local } from './support.ts';

const folder = newFolder();
const faults: unknown[] = [];
let local: Local;

beforeAll(async () => {
  const broken = operation(GetCallerIdentity$, () => {
    throw new TypeError('a mistake in a handler');
  });
  const sts = { scope: 'sts', protocol: 'awsQuery' as const, operations: [broken] };
  local = await startLocal({
    services: [createSqs({ folder }), createS3({ folder }), sts],
    onFault: (error) => faults.push(error),
    headersTimeoutMs: 150,
    requestTimeoutMs: 300,
  });
});
afterAll(() => local.close());

interface Reply {
  readonly status: number | undefined;
  readonly text: string;
}

interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const raw = ({ method = 'GET', path = '/', headers = {}, body }: RawRequest): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: local.port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', reject);
    request.end(body);
  });

const signedFor = (scope: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${scope}/aws4_request, SignedHeaders=host, Signature=0`;

describe('who is answered', () => {
  test('tools ask for health', async () => {
    const { status, text } = await raw({ path: '/_cbas/health' });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ ok: true, services: ['sqs', 's3', 'sts'] });
  });

  test.each([
    ['a foreign host', { host: 'evil.example' }, 403],
    ['a foreign host that looks like ours', { host: '127.0.0.1.evil.example' }, 403],
    ['a web page', { origin: 'http://evil.example' }, 403],
    ['localhost by name', { host: 'localhost:80' }, 200],
  ])('%s', async (_, headers, status) => {
    expect((await raw({ path: '/_cbas/health', headers })).status).toBe(status);
  });

  test('only the loopback address is bound', async () => {
    const elsewhere = await new Promise<string | undefined>((resolve) => {
      const socket = net.connect(local.port, '127.0.0.2');
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.on('connect', () => resolve(undefined));
    });
    expect(elsewhere).toBe('ECONNREFUSED');
  });

  test('an unsigned request and an unknown service are refused in words that the client understands', async () => {
    expect((await raw({})).text).toContain('<Code>MissingAuthenticationToken</Code>');
    const sns = new SNSClient(local.config);
    expect(await errorName(sns.send(new ListTopicsCommand({})))).toBe('UnknownOperationException');
  });
});

describe('what is too much', () => {
  test('a long body is refused before it is read', async () => {
    const headers = { authorization: signedFor('sqs'), 'x-amz-target': 'AmazonSQS.SendMessage' };
    const { status, text } = await raw({ method: 'POST', headers, body: Buffer.alloc(3 * 1024 * 1024, ' ') });
    expect(status).toBe(413);
    expect(text).toContain('RequestEntityTooLarge');
  });

  test.each([
    ['its headers', 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '],
    [
      'its body',
      `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${signedFor('sqs')}\r\nX-Amz-Target: AmazonSQS.ListQueues\r\nContent-Length: 9\r\n\r\n{`,
    ],
  ])('a client that never finishes %s is cut off', async (_, beginning) => {
    await new Promise<void>((resolve) => {
      const socket = net.connect(local.port, '127.0.0.1', () => socket.write(beginning));
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
      socket.resume();
    });
    expect((await raw({ path: '/_cbas/health' })).status).toBe(200);
  });
});

describe('what is malformed', () => {
  test.each([
    ['no JSON', '{', 'SerializationException'],
    ['a list', '[]', 'SerializationException'],
    ['a wrong type', '{"QueueName":5}', 'SerializationException'],
    ['a wrong type deep inside', '{"QueueName":"a","Attributes":{"x":{}}}', 'SerializationException'],
    ['a missing member', '{}', 'MissingParameter'],
  ])('%s', async (_, body, code) => {
    const headers = { authorization: signedFor('sqs'), 'x-amz-target': 'AmazonSQS.CreateQueue' };
    const { status, text } = await raw({ method: 'POST', headers, body });
    expect(status).toBe(400);
    expect((JSON.parse(text) as { __type: string }).__type).toBe(code);
  });

  test('bad XML and a bad path are the client’s fault', async () => {
    const headers = { authorization: signedFor('s3') };
    const bad = await raw({ method: 'PUT', path: '/bucket?tagging', headers, body: '<Tagging><TagSet>' });
    expect(bad.status).toBe(400);
    expect((await raw({ path: '/bucket/%zz', headers })).text).toContain('InvalidURI');
  });

  test('a mistake of ours is a 500 and is reported', async () => {
    const sts = new STSClient(local.config);
    expect(await errorName(sts.send(new GetCallerIdentityCommand({})))).toBe('InternalFailure');
    expect(faults).toHaveLength(1);
    const sqs = new SQSClient(local.config);
    await sqs.send(new ListQueuesCommand({}));
    const QueueUrl = `http://127.0.0.1:${local.port}/000000000000/none`;
    expect(await errorName(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })))).toBe('QueueDoesNotExist');
  });
});

describe('presigned URLs', () => {
  const presigned = (at: Date, expiresS: number): string => {
    const date = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
    const credential = encodeURIComponent(`test/${date.slice(0, 8)}/us-east-1/s3/aws4_request`);
    const signature = `X-Amz-Date=${date}&X-Amz-Expires=${expiresS}&X-Amz-SignedHeaders=host&X-Amz-Signature=0`;
    return `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Credential=${credential}&${signature}`;
  };

  test('put and get an object until they expire', async () => {
    const client = new S3Client(local.config);
    await client.send(new CreateBucketCommand({ Bucket: 'presigned' }));
    const valid = presigned(new Date(), 60);
    const put = await raw({
      method: 'PUT',
      path: `/presigned/k%20e/y?${valid}&x-amz-meta-a=1&x-id=PutObject`,
      body: 'hello',
    });
    expect(put.status).toBe(200);
    const got = await client.send(new GetObjectCommand({ Bucket: 'presigned', Key: 'k e/y' }));
    expect(got.Metadata).toEqual({ a: '1' });
    expect(await raw({ path: `/presigned/k%20e/y?${valid}&x-id=GetObject` })).toEqual({ status: 200, text: 'hello' });
    const expired = presigned(new Date(Date.now() - 61_000), 60);
    expect((await raw({ path: `/presigned/k%20e/y?${expired}` })).text).toContain('Request has expired');
  });
});
