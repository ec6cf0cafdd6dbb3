import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type {
  AbortMultipartUploadRequest,
  CompletedPart,
  CompleteMultipartUploadOutput,
  CompleteMultipartUploadRequest,
  CreateMultipartUploadOutput,
  CreateMultipartUploadRequest,
  ListMultipartUploadsOutput,
  ListMultipartUploadsRequest,
  ListPartsOutput,
  ListPartsRequest,
  UploadPartOutput,
  UploadPartRequest,
} from '@aws-sdk/client-s3';
import { only } from '../only.ts';
import { checkWrite } from './conditions.ts';
import { receiveFile } from './incoming.ts';
import { checkKey } from './layout.ts';
import { CHECKSUM_MEMBERS, checksumOutput, encryptionOutput, HEADER_MEMBERS, headersOf } from './objects.ts';
import { compareKeys } from './sorted-keys.ts';
import type { ObjectStore, StoredPart, Upload } from './store.ts';
import { ServiceError, type Call } from '../service.ts';
import type { IncomingBody } from '../wire/rest-xml.ts';

const PART_NUMBER_MAX = 10_000;
/** Every part but the last has at least this. */
const PART_MIN_BYTES = 5 * 1024 * 1024;
const LIST_MAX = 1_000;

export function createUpload(
  store: ObjectStore,
  input: CreateMultipartUploadRequest,
  { at }: Call,
): CreateMultipartUploadOutput {
  const known = only(input, ['Bucket', 'Key', 'ChecksumAlgorithm', 'ChecksumType', ...HEADER_MEMBERS]);
  const { Bucket = '', Key = '', ...rest } = known;
  checkKey(Key);
  store.bucket(Bucket);
  const upload = { id: randomUUID(), bucket: Bucket, key: Key, startedAt: at, headers: headersOf(rest) };
  fs.mkdirSync(path.join(store.layout.parts, upload.id));
  store.record({ op: 'upload', upload });
  return { Bucket, Key, UploadId: upload.id, ...encryptionOutput(upload.headers) };
}

type PartInput = Omit<UploadPartRequest, 'Body'> & { readonly Body?: IncomingBody };
const PART_MEMBERS = ['Bucket', 'Key', 'UploadId', 'PartNumber', 'Body', ...CHECKSUM_MEMBERS] as const;

export async function uploadPart(store: ObjectStore, input: PartInput, { at }: Call): Promise<UploadPartOutput> {
  const { Body, PartNumber: number = 0, ...rest } = only(input, PART_MEMBERS);
  const upload = findUpload(store, rest);
  if (number < 1 || number > PART_NUMBER_MAX) {
    throw new ServiceError('InvalidArgument', `Part number must be 1 to ${PART_NUMBER_MAX}.`);
  }
  const { file, sizeBytes, etag, checksums } = await receiveFile(path.join(store.layout.parts, upload.id), Body, rest);
  const replaced = findUpload(store, rest).parts.get(number);
  const part = { number, file: path.basename(file), sizeBytes, etag, modifiedAt: at, checksums };
  store.record({ op: 'part', id: upload.id, part });
  if (replaced !== undefined) fs.rmSync(partPath(store, upload, replaced), { force: true });
  return { ETag: `"${etag}"`, ...checksumOutput(part) };
}

const COMPLETE_MEMBERS = [
  'Bucket',
  'Key',
  'UploadId',
  'MultipartUpload',
  'IfMatch',
  'IfNoneMatch',
  'ChecksumType',
] as const;

export async function completeUpload(
  store: ObjectStore,
  input: CompleteMultipartUploadRequest,
  call: Call,
): Promise<CompleteMultipartUploadOutput> {
  const { Bucket = '', Key = '', UploadId = '', MultipartUpload, ...conditions } = only(input, COMPLETE_MEMBERS);
  const existing = store.bucket(Bucket).objects.get(Key);
  const location = { Bucket, Key, Location: `${call.endpoint ?? ''}/${Bucket}/${encodeURIComponent(Key)}` };
  // The first reply was lost and the client asks again: it is told what it was told.
  if (existing?.uploadId === UploadId) return { ...location, ETag: `"${existing.etag}"` };
  const upload = findUpload(store, { Bucket, Key, UploadId });
  checkWrite(existing, conditions);
  const parts = chooseParts(upload, MultipartUpload?.Parts ?? []);
  const temporary = path.join(store.layout.temporary, randomUUID());
  try {
    await concatenate(
      parts.map((part) => partPath(store, upload, part)),
      temporary,
    );
    findUpload(store, { Bucket, Key, UploadId });
    checkWrite(store.bucket(Bucket).objects.get(Key), conditions);
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    const described = { key: Key, sizeBytes, etag: combinedEtag(parts), checksums: {}, modifiedAt: call.at };
    store.commit(Bucket, temporary, { ...described, ...upload.headers, uploadId: UploadId });
    removeParts(store, UploadId);
    return { ...location, ETag: `"${described.etag}"`, ...encryptionOutput(upload.headers) };
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** The parts as the client lists them: ascending, each one uploaded and meant. */
function chooseParts(upload: Upload, listed: readonly CompletedPart[]): StoredPart[] {
  if (listed.length === 0)
    throw new ServiceError('MalformedXML', 'A multipart upload is completed with its parts listed.');
  const ascending = listed.every(({ PartNumber = 0 }, index) => PartNumber > (listed[index - 1]?.PartNumber ?? 0));
  if (!ascending) throw new ServiceError('InvalidPartOrder', 'The list of parts was not in ascending order.');
  return listed.map((entry, index) => {
    const part = upload.parts.get(entry.PartNumber ?? 0);
    const meant = part !== undefined && entry.ETag?.replaceAll('"', '') === part.etag;
    if (!meant || !checksumsAgree(entry, part)) {
      throw new ServiceError(
        'InvalidPart',
        `Part ${entry.PartNumber} was not uploaded, or is another one than you list.`,
      );
    }
    if (index < listed.length - 1 && part.sizeBytes < PART_MIN_BYTES) {
      throw new ServiceError('EntityTooSmall', `Part ${part.number} is smaller than ${PART_MIN_BYTES} bytes.`);
    }
    return part;
  });
}

const checksumsAgree = (listed: CompletedPart, part: StoredPart): boolean =>
  Object.entries(checksumOutput(part)).every(([name, value]) => {
    const claimed = (listed as Readonly<Record<string, unknown>>)[name];
    return claimed === undefined || claimed === value;
  });

/** S3's ETag of a multipart object: the MD5 of its parts' MD5s, and their number. */
function combinedEtag(parts: readonly StoredPart[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part.etag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}

async function concatenate(files: readonly string[], target: string): Promise<void> {
  await fs.promises.writeFile(target, '');
  for (const file of files) await pipeline(fs.createReadStream(file), fs.createWriteStream(target, { flags: 'a' }));
}

export function abortUpload(store: ObjectStore, input: AbortMultipartUploadRequest): void {
  const upload = findUpload(store, only(input, ['Bucket', 'Key', 'UploadId']));
  store.record({ op: 'end', id: upload.id });
  removeParts(store, upload.id);
}

export function listParts(store: ObjectStore, input: ListPartsRequest): ListPartsOutput {
  const asked = only(input, ['Bucket', 'Key', 'UploadId', 'MaxParts', 'PartNumberMarker']);
  const upload = findUpload(store, asked);
  const after = Number(asked.PartNumberMarker ?? 0);
  const sorted = [...upload.parts.values()].filter(({ number }) => number > after).sort((a, b) => a.number - b.number);
  const page = sorted.slice(0, Math.min(asked.MaxParts ?? LIST_MAX, LIST_MAX));
  const isTruncated = page.length < sorted.length;
  return {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.id,
    IsTruncated: isTruncated,
    ...(isTruncated && { NextPartNumberMarker: String(page.at(-1)?.number ?? after) }),
    Parts: page.map((part) => ({
      PartNumber: part.number,
      ETag: `"${part.etag}"`,
      Size: part.sizeBytes,
      LastModified: new Date(part.modifiedAt),
      ...checksumOutput(part),
    })),
  };
}

export function listUploads(store: ObjectStore, input: ListMultipartUploadsRequest): ListMultipartUploadsOutput {
  const { Bucket = '', Prefix = '' } = only(input, ['Bucket', 'Prefix']);
  store.bucket(Bucket);
  const uploads = [...store.uploads.values()].filter(({ bucket, key }) => bucket === Bucket && key.startsWith(Prefix));
  uploads.sort((a, b) => compareKeys(a.key, b.key) || a.startedAt - b.startedAt);
  return {
    Bucket,
    Prefix,
    IsTruncated: false,
    Uploads: uploads.map(({ id, key, startedAt }) => ({ UploadId: id, Key: key, Initiated: new Date(startedAt) })),
  };
}

type UploadName = Pick<AbortMultipartUploadRequest, 'Bucket' | 'Key' | 'UploadId'>;

function findUpload(store: ObjectStore, { Bucket, Key, UploadId }: UploadName): Upload {
  store.bucket(Bucket ?? '');
  const upload = store.uploads.get(UploadId ?? '');
  if (upload !== undefined && upload.bucket === Bucket && upload.key === Key) return upload;
  throw new ServiceError('NoSuchUpload', 'The specified multipart upload does not exist.', 404);
}

const partPath = (store: ObjectStore, upload: Upload, part: StoredPart): string =>
  path.join(store.layout.parts, upload.id, part.file);

const removeParts = (store: ObjectStore, id: string): void =>
  fs.rmSync(path.join(store.layout.parts, id), { recursive: true, force: true });
