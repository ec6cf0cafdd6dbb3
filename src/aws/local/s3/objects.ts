import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type {
  CopyObjectOutput,
  CopyObjectRequest,
  DeleteObjectRequest,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
  GetObjectOutput,
  GetObjectRequest,
  HeadObjectOutput,
  HeadObjectRequest,
  PutObjectOutput,
  PutObjectRequest,
} from '@aws-sdk/client-s3';
import { only } from '../only.ts';
import { checkRead, checkWrite, parseRange } from './conditions.ts';
import { receiveFile } from './incoming.ts';
import { checkKey } from './layout.ts';
import type { ObjectHeaders, ObjectStore, StoredObject } from './store.ts';
import { ServiceError, type Call } from '../service.ts';
import type { IncomingBody } from '../wire/rest-xml.ts';

const DELETE_MAX = 1_000;

/** Members of a write that describe the object. */
export const HEADER_MEMBERS = [
  'ContentType',
  'ContentEncoding',
  'ContentDisposition',
  'CacheControl',
  'Metadata',
  'ServerSideEncryption',
] as const;

/** Members that say what the bytes should be. */
export const CHECKSUM_MEMBERS = [
  'ContentLength',
  'ContentMD5',
  'ChecksumAlgorithm',
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumSHA1',
  'ChecksumSHA256',
] as const;

type HeaderInput = Pick<PutObjectRequest, (typeof HEADER_MEMBERS)[number]>;

export function headersOf(input: HeaderInput): ObjectHeaders {
  const encoding = input.ContentEncoding?.split(',').filter((part) => part.trim() !== 'aws-chunked');
  return {
    contentType: input.ContentType,
    contentEncoding: encoding?.join(',').trim() || undefined,
    contentDisposition: input.ContentDisposition,
    cacheControl: input.CacheControl,
    encryption: input.ServerSideEncryption,
    metadata: input.Metadata ?? {},
  };
}

type PutInput = Omit<PutObjectRequest, 'Body'> & { readonly Body?: IncomingBody };
const PUT_MEMBERS = [
  'Bucket',
  'Key',
  'Body',
  'IfMatch',
  'IfNoneMatch',
  ...HEADER_MEMBERS,
  ...CHECKSUM_MEMBERS,
] as const;

export async function putObject(store: ObjectStore, input: PutInput, { at }: Call): Promise<PutObjectOutput> {
  const { Bucket = '', Key = '', Body, ...rest } = only(input, PUT_MEMBERS);
  checkKey(Key);
  const existing = (): StoredObject | undefined => store.bucket(Bucket).objects.get(Key);
  checkWrite(existing(), rest);
  const received = await receiveFile(store.layout.temporary, Body, rest);
  try {
    // Again, now that the bytes are here: from here to the commit nothing else runs.
    checkWrite(existing(), rest);
    const { sizeBytes, etag, checksums } = received;
    const described = { key: Key, sizeBytes, etag, checksums, modifiedAt: at, ...headersOf(rest) };
    const object = store.commit(Bucket, received.file, described);
    return { ETag: `"${etag}"`, ...checksumOutput(object), ...encryptionOutput(object) };
  } catch (error) {
    fs.rmSync(received.file, { force: true });
    throw error;
  }
}

export const checksumOutput = ({ checksums }: Pick<StoredObject, 'checksums'>): Record<string, string> =>
  Object.fromEntries(Object.entries(checksums).map(([name, value]) => [`Checksum${name}`, value]));

export const encryptionOutput = ({ encryption }: ObjectHeaders): { ServerSideEncryption?: 'AES256' } =>
  encryption === undefined ? {} : { ServerSideEncryption: encryption as 'AES256' };

const READ_MEMBERS = [
  'Bucket',
  'Key',
  'Range',
  'IfMatch',
  'IfNoneMatch',
  'IfModifiedSince',
  'IfUnmodifiedSince',
  'ChecksumMode',
] as const;

type Head = Omit<HeadObjectOutput, 'Expires'>;
type Got = Omit<GetObjectOutput, 'Body' | 'Expires'> & { readonly Body: Readable | Uint8Array };

export function headObject(store: ObjectStore, input: HeadObjectRequest): Head {
  const asked = only(input, READ_MEMBERS);
  const object = store.object(asked.Bucket ?? '', asked.Key ?? '');
  checkRead(object, asked);
  const range = parseRange(asked.Range, object.sizeBytes);
  return {
    AcceptRanges: 'bytes',
    ContentLength: range === undefined ? object.sizeBytes : range.last - range.first + 1,
    ...(range !== undefined && { ContentRange: `bytes ${range.first}-${range.last}/${object.sizeBytes}` }),
    ETag: `"${object.etag}"`,
    LastModified: new Date(object.modifiedAt),
    ContentType: object.contentType ?? 'application/octet-stream',
    ContentEncoding: object.contentEncoding,
    ContentDisposition: object.contentDisposition,
    CacheControl: object.cacheControl,
    Metadata: { ...object.metadata },
    ...encryptionOutput(object),
    // The checksum of the whole says nothing about a part.
    ...(asked.ChecksumMode === 'ENABLED' && range === undefined && checksumOutput(object)),
  };
}

export function getObject(store: ObjectStore, input: GetObjectRequest): Got {
  const head = headObject(store, input);
  const object = store.object(input.Bucket ?? '', input.Key ?? '');
  if (head.ContentLength === 0) return { ...head, Body: new Uint8Array() };
  const range = parseRange(input.Range, object.sizeBytes);
  // Opened in the same breath as the lookup: a later overwrite replaces the file and leaves this one whole.
  const fd = fs.openSync(store.pathOf(input.Bucket ?? '', object), 'r');
  const bounds = range === undefined ? {} : { start: range.first, end: range.last };
  return { ...head, Body: fs.createReadStream('', { fd, ...bounds }) };
}

export function deleteObject(store: ObjectStore, input: DeleteObjectRequest): void {
  const { Bucket = '', Key = '', ...conditions } = only(input, ['Bucket', 'Key', 'IfMatch']);
  if (conditions.IfMatch !== undefined) checkWrite(store.bucket(Bucket).objects.get(Key), conditions);
  store.delete(Bucket, Key);
}

export function deleteObjects(store: ObjectStore, input: DeleteObjectsRequest): DeleteObjectsOutput {
  const { Bucket = '', Delete } = only(input, ['Bucket', 'Delete', 'ChecksumAlgorithm']);
  const objects = Delete?.Objects ?? [];
  if (objects.length === 0 || objects.length > DELETE_MAX) {
    throw new ServiceError('MalformedXML', `DeleteObjects takes 1 to ${DELETE_MAX} keys.`);
  }
  store.bucket(Bucket);
  for (const { Key = '' } of objects.map((object) => only(object, ['Key']))) store.delete(Bucket, Key);
  return Delete?.Quiet === true ? {} : { Deleted: objects.map(({ Key }) => ({ Key })) };
}

const COPY_MEMBERS = [
  'Bucket',
  'Key',
  'CopySource',
  'MetadataDirective',
  'IfMatch',
  'IfNoneMatch',
  ...HEADER_MEMBERS,
] as const;

export async function copyObject(
  store: ObjectStore,
  input: CopyObjectRequest,
  { at }: Call,
): Promise<CopyObjectOutput> {
  const { Bucket = '', Key = '', CopySource = '', MetadataDirective, ...rest } = only(input, COPY_MEMBERS);
  checkKey(Key);
  const [bucket, ...key] = decodeSource(CopySource).split('/');
  const source = store.object(bucket ?? '', key.join('/'));
  const existing = (): StoredObject | undefined => store.bucket(Bucket).objects.get(Key);
  checkWrite(existing(), rest);
  const temporary = path.join(store.layout.temporary, randomUUID());
  try {
    await fs.promises.copyFile(store.pathOf(bucket ?? '', source), temporary, fs.constants.COPYFILE_FICLONE);
    checkWrite(existing(), rest);
    const { sizeBytes, etag, checksums } = source;
    const headers = MetadataDirective === 'REPLACE' ? headersOf(rest) : source;
    const { contentType, contentEncoding, contentDisposition, cacheControl, encryption, metadata } = headers;
    const kept = { contentType, contentEncoding, contentDisposition, cacheControl, encryption, metadata };
    store.commit(Bucket, temporary, { key: Key, sizeBytes, etag, checksums, modifiedAt: at, ...kept });
    return { CopyObjectResult: { ETag: `"${etag}"`, LastModified: new Date(at), ...checksumOutput(source) } };
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

function decodeSource(source: string): string {
  if (source.includes('?')) throw new ServiceError('NotImplemented', 'The embedded S3 keeps no versions.', 501);
  try {
    return decodeURIComponent(source.replace(/^\//, ''));
  } catch {
    throw new ServiceError('InvalidArgument', 'The copy source is not percent-encoded.');
  }
}
