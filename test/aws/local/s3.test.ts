import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  paginateListObjectsV2,
  PutBucketLifecycleConfigurationCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  UploadPartCommand,
  waitUntilBucketExists,
  waitUntilObjectExists,
} from '@aws-sdk/client-s3';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3 } from '../../../src/aws/local/s3/s3.ts';
import { errorName, newFolder, startLocal, type Local } from './support.ts';

const folder = newFolder();
const Bucket = 'cbas-test';
let local: Local;
let client: S3Client;

async function start(): Promise<void> {
  local = await startLocal({ services: [createS3({ folder })] });
  client = new S3Client(local.config);
}

beforeAll(async () => {
  await start();
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => local.close());

const put = (Key: string, Body: string | Buffer | Readable, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: object = {}) => client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const text = async (Key: string, more: object = {}): Promise<string> =>
  (await (await get(Key, more)).Body?.transformToString()) ?? '';

async function list(input: object, pageSize?: number): Promise<{ keys: string[]; prefixes: string[]; pages: number }> {
  const [keys, prefixes]: [string[], string[]] = [[], []];
  let pages = 0;
  for await (const page of paginateListObjectsV2({ client, ...(pageSize && { pageSize }) }, { Bucket, ...input })) {
    pages += 1;
    expect(page.KeyCount).toBe((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''));
  }
  return { keys, prefixes, pages };
}

describe('buckets', () => {
  test('are created, waited for, listed and located, and deleted only when empty', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'other-bucket' }));
    await waitUntilBucketExists({ client, maxWaitTime: 10 }, { Bucket: 'other-bucket' });
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket, 'other-bucket']);
    expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
    await client.send(new PutObjectCommand({ Bucket: 'other-bucket', Key: 'x', Body: 'x' }));
    expect(await errorName(client.send(new DeleteBucketCommand({ Bucket: 'other-bucket' })))).toBe('BucketNotEmpty');
    await client.send(new DeleteObjectCommand({ Bucket: 'other-bucket', Key: 'x' }));
    await client.send(new DeleteBucketCommand({ Bucket: 'other-bucket' }));
    expect(await errorName(client.send(new HeadBucketCommand({ Bucket: 'other-bucket' })))).toBe('NotFound');
  });

  test('another region has a location, and its buckets are not created twice', async () => {
    const west = new S3Client({ ...local.config, region: 'eu-west-1' });
    const create = () =>
      west.send(
        new CreateBucketCommand({ Bucket: 'west', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
      );
    await create();
    expect(await errorName(create())).toBe('BucketAlreadyOwnedByYou');
    expect((await west.send(new GetBucketLocationCommand({ Bucket: 'west' }))).LocationConstraint).toBe('eu-west-1');
    expect(await errorName(client.send(new CreateBucketCommand({ Bucket: 'A_B' })))).toBe('InvalidBucketName');
  });

  test('their settings are kept', async () => {
    const lifecycle = () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(await errorName(lifecycle())).toBe('NoSuchLifecycleConfiguration');
    const Rules = [{ ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: 'ckpt/' }, Expiration: { Days: 7 } }];
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    expect((await lifecycle()).Rules).toEqual(Rules);
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true, RestrictPublicBuckets: false };
    await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    const block = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(block.PublicAccessBlockConfiguration).toEqual(PublicAccessBlockConfiguration);
    await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'a', Value: '<&>' }] } }));
    expect((await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([{ Key: 'a', Value: '<&>' }]);
    const encryption = await client.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(encryption.ServerSideEncryptionConfiguration?.Rules).toHaveLength(1);
  });
});

describe('objects', () => {
  test('come back as they were put, as plain files too', async () => {
    const Metadata = { owner: 'ana', 'two-words': 'x y' };
    const sent = await put('out/a.json', '{"n":1}', { ContentType: 'application/json', Metadata });
    await waitUntilObjectExists({ client, maxWaitTime: 10 }, { Bucket, Key: 'out/a.json' });
    const got = await get('out/a.json');
    expect(await got.Body?.transformToString()).toBe('{"n":1}');
    expect(got).toMatchObject({ ContentType: 'application/json', Metadata, ETag: sent.ETag, ContentLength: 7 });
    expect(got.ChecksumCRC32).toBe(sent.ChecksumCRC32);
    expect(fs.readFileSync(path.join(folder, 's3', Bucket, 'out/a.json'), 'utf8')).toBe('{"n":1}');
  });

  test('a stream arrives without the framing that the SDK gives it', async () => {
    const bytes = Buffer.alloc(3_000_000, 'abcdefg');
    const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 70_000), bytes.subarray(70_000)];
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
      await put('stream', Readable.from(pieces), { ContentLength: bytes.length, ChecksumAlgorithm });
      const got = await get('stream', { ChecksumMode: 'ENABLED' });
      expect(got.ContentEncoding).toBeUndefined();
      expect(got[`Checksum${ChecksumAlgorithm}`]).toBeDefined();
      expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    }
  });

  test('an empty object is an object', async () => {
    await put('empty', '', { ContentLength: 0 });
    expect(await text('empty')).toBe('');
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'empty' }))).ContentLength).toBe(0);
  });

  test.each([
    ['bytes=0-2', 'abc', 'bytes 0-2/7'],
    ['bytes=5-', 'fg', 'bytes 5-6/7'],
    ['bytes=-3', 'efg', 'bytes 4-6/7'],
    ['bytes=3-99', 'defg', 'bytes 3-6/7'],
    ['bytes=4-3', 'abcdefg', undefined],
  ])('range %s is %s', async (Range, expected, ContentRange) => {
    await put('range', 'abcdefg');
    const got = await get('range', { Range });
    expect(await got.Body?.transformToString()).toBe(expected);
    expect(got.ContentRange).toBe(ContentRange);
    expect(got.$metadata.httpStatusCode).toBe(ContentRange === undefined ? 200 : 206);
  });

  test('conditions of reads and writes hold', async () => {
    const { ETag } = await put('conditional', '1', { IfNoneMatch: '*' });
    expect(await errorName(put('conditional', '2', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    expect(await errorName(put('conditional', '2', { IfMatch: '"x"' }))).toBe('PreconditionFailed');
    await put('conditional', '2', { IfMatch: ETag });
    expect(await errorName(get('conditional', { IfMatch: ETag }))).toBe('PreconditionFailed');
    expect(await text('conditional', { IfNoneMatch: ETag })).toBe('2');
    const same = get('conditional', { IfNoneMatch: (await get('conditional')).ETag });
    await expect(same).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    expect(await errorName(get('range', { Range: 'bytes=9-' }))).toBe('InvalidRange');
    const claims = Array.from({ length: 20 }, (_, n) => put('claim', `${n}`, { IfNoneMatch: '*' }));
    const settled = await Promise.allSettled(claims);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('what does not exist or is not implemented has its name', async () => {
    expect(await errorName(get('none'))).toBe('NoSuchKey');
    expect(await errorName(client.send(new HeadObjectCommand({ Bucket, Key: 'none' })))).toBe('NotFound');
    expect(await errorName(client.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'x' })))).toBe('NoSuchBucket');
    expect(await errorName(client.send(new GetObjectAclCommand({ Bucket, Key: 'range' })))).toBe('NotImplemented');
    expect(await errorName(put('x', 'x', { StorageClass: 'GLACIER' }))).toBe('InvalidParameterValue');
    expect(await errorName(put('x', 'x', { ContentMD5: 'AAAA' }))).toBe('BadDigest');
    expect(await errorName(put('x', 'x', { ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest');
    expect(await errorName(get('x'))).toBe('NoSuchKey');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'none' }));
  });

  test('copies keep or replace what is said about them', async () => {
    await put('source/ä b', 'content', { Metadata: { a: '1' }, ContentType: 'text/plain' });
    const CopySource = `${Bucket}/${encodeURIComponent('source/ä b')}`;
    await client.send(new CopyObjectCommand({ Bucket, Key: 'kept', CopySource }));
    expect(await get('kept')).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/plain' });
    const replace = { MetadataDirective: 'REPLACE' as const, Metadata: { b: '2' } };
    await client.send(new CopyObjectCommand({ Bucket, Key: 'replaced', CopySource, ...replace }));
    expect((await get('replaced')).Metadata).toEqual({ b: '2' });
    expect(await text('replaced')).toBe('content');
  });
});

describe('keys that a file system does not like', () => {
  const hostile = [
    ...[
      '../escape',
      'a/../../escape',
      '/absolute',
      'a//b',
      'trailing/',
      '.',
      '..',
      './x',
      '-rf',
      'C:\\x',
      '~',
      '%2e%2e',
    ],
    ...[
      'clash',
      'clash/below',
      'clash/below/deeper',
      'CLASH',
      '.odd-keys',
      '.odd-keys/x',
      'ünï/ço dé+&=?#',
      '\u{1f600}',
    ],
    ...['s'.repeat(300), `deep/${'d/'.repeat(200)}x`, 'new\nline', 'a/b/', '  ', 'nul'],
  ];

  test('all work, list in order, and none leaves the bucket', async () => {
    const before = fs.readdirSync(folder).sort();
    for (const [index, key] of hostile.entries()) await put(`h/${key}`, `${index}`);
    for (const [index, key] of hostile.entries()) await put(key, `${index}`);
    for (const [index, key] of hostile.entries()) {
      expect(await text(key), key).toBe(String(index));
      expect(await text(`h/${key}`), key).toBe(String(index));
    }
    const { keys } = await list({ Prefix: 'h/' });
    const expected = hostile.map((key) => Buffer.from(`h/${key}`)).sort((a, b) => Buffer.compare(a, b));
    expect(keys).toEqual(expected.map(String));
    expect(fs.readdirSync(folder).sort()).toEqual(before);
    expect(fs.readdirSync(path.join(folder, 's3')).sort()).toEqual([Bucket]);
    const Objects = hostile.flatMap((key) => [{ Key: key }, { Key: `h/${key}` }]);
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toHaveLength(Objects.length);
    for (const key of hostile) expect(await errorName(get(key)), key).toBe('NoSuchKey');
    expect(fs.existsSync(path.join(folder, 's3', Bucket, '.odd-keys'))).toBe(false);
  });

  test('are refused where they cannot be kept or shown', async () => {
    expect(await errorName(put('k'.repeat(1_025), 'x'))).toBe('KeyTooLongError');
    expect(await errorName(put('a\0b', 'x'))).toBe('InvalidArgument');
  });
});

describe('lists', () => {
  test('pages count keys and common prefixes together', async () => {
    for (const key of ['l/a', 'l/b/1', 'l/b/2', 'l/c/1', 'l/d', 'l/e/1']) await put(key, 'x');
    const all = await list({ Prefix: 'l/', Delimiter: '/' }, 2);
    expect(all).toEqual({ keys: ['l/a', 'l/d'], prefixes: ['l/b/', 'l/c/', 'l/e/'], pages: 3 });
    expect((await list({ Prefix: 'l/', StartAfter: 'l/b/2' })).keys).toEqual(['l/c/1', 'l/d', 'l/e/1']);
    expect((await list({ Prefix: 'l/' }, 4)).keys).toHaveLength(6);
    expect((await list({ Prefix: 'none/' })).keys).toEqual([]);
  });
});

describe('multipart uploads', () => {
  const begin = async (Key: string): Promise<string> =>
    (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'x/y' }))).UploadId ?? '';
  const part = async (Key: string, UploadId: string, [PartNumber, Body]: [number, Buffer]) => {
    const { ETag, ChecksumCRC32 } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
    );
    return { PartNumber, ETag, ChecksumCRC32 };
  };

  test('are put together in order, once, and can be repeated', async () => {
    const big = Buffer.alloc(5 * 1024 * 1024, 'p');
    const UploadId = await begin('multi');
    const second = await part('multi', UploadId, [2, Buffer.from('tail')]);
    const first = await part('multi', UploadId, [1, big]);
    const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key: 'multi', UploadId }));
    expect(Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2]);
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toHaveLength(1);
    const complete = (parts: object[], more: object = {}) =>
      client.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key: 'multi',
          UploadId,
          MultipartUpload: { Parts: parts },
          ...more,
        }),
      );
    expect(await errorName(complete([second, first]))).toBe('InvalidPartOrder');
    expect(await errorName(complete([{ ...first, ETag: '"x"' }]))).toBe('InvalidPart');
    const { ETag } = await complete([first, second], { IfNoneMatch: '*' });
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await complete([first, second])).ETag).toBe(ETag);
    const got = await get('multi', { Range: `bytes=${big.length - 1}-` });
    expect(await got.Body?.transformToString()).toBe('ptail');
    expect(got.ContentType).toBe('x/y');
  });

  test('are aborted, and small parts refused', async () => {
    const UploadId = await begin('aborted');
    const parts = [
      await part('aborted', UploadId, [1, Buffer.from('a')]),
      await part('aborted', UploadId, [2, Buffer.from('b')]),
    ];
    const complete = () =>
      client.send(
        new CompleteMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId, MultipartUpload: { Parts: parts } }),
      );
    expect(await errorName(complete())).toBe('EntityTooSmall');
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }));
    expect(await errorName(complete())).toBe('NoSuchUpload');
    expect(fs.readdirSync(path.join(folder, 's3-parts'))).toEqual([]);
  });
});

describe('after kill -9', () => {
  test('objects and uploads are there; an unfinished upload leaves nothing; a committed one is finished', async () => {
    await put('durable/x', 'kept', { Metadata: { a: '1' } });
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'half' }));
    // As if the process had died between the log's line and the rename, and in the middle of another upload.
    const object = { key: 'redo', file: 'redo', sizeBytes: 4, etag: 'e', modifiedAt: 1, checksums: {}, metadata: {} };
    fs.appendFileSync(
      path.join(folder, 's3.jsonl'),
      `${JSON.stringify({ op: 'put', bucket: Bucket, object, temporary: 'committed' })}\n{"op":"put","bu`,
    );
    fs.writeFileSync(path.join(folder, 's3-temporary/committed'), 'redo');
    fs.writeFileSync(path.join(folder, 's3-temporary/unfinished'), 'x');
    await start();
    expect(await text('durable/x')).toBe('kept');
    expect(await text('redo')).toBe('redo');
    expect(fs.readdirSync(path.join(folder, 's3-temporary'))).toEqual([]);
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads?.map((upload) => upload.UploadId)).toEqual([UploadId]);
  });
});
