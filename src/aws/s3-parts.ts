import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type CompletedPart,
  type ListMultipartUploadsCommandOutput,
  type ListPartsCommandOutput,
  type Part,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { PendingUpload } from '../engine/model/blob-store.ts';
import type { Call, Try } from './call-policy.ts';
import { hasKind } from './errors.ts';

const MIB = 1024 * 1024;
/** Of one part; what is lost when a connection breaks is at most this. */
const PART_BYTES = 16 * MIB;
/** S3 takes 10,000. */
const PARTS_MAX = 9_000;
/** From this size on a file goes in parts. */
export const PARTS_FROM_BYTES = 2 * PART_BYTES;

export interface PartsPort {
  readonly client: S3Client;
  readonly bucket: string;
  readonly send: <T>(
    call: Pick<Call, 'operation' | 'kind'> & { readonly key: string },
    act: (attempt: Try) => Promise<T>,
  ) => Promise<T>;
}

interface LocalPart {
  readonly number: number;
  readonly from: number;
  readonly bytes: number;
}

export function partsOf(sizeBytes: number): readonly LocalPart[] {
  const bytes = Math.max(PART_BYTES, Math.ceil(sizeBytes / PARTS_MAX / MIB) * MIB);
  return Array.from({ length: Math.ceil(sizeBytes / bytes) }, (_, at) => ({
    number: at + 1,
    from: at * bytes,
    bytes: Math.min(bytes, sizeBytes - at * bytes),
  }));
}

/**
 * Sends a large file in parts, each with its SHA-256. An upload of this key that was begun before goes on: a part that is there
 * with the same checksum is not sent again. `goesOn` is asked before each part; 'stopped' leaves the parts for whoever goes on.
 */
export async function uploadInParts(
  port: PartsPort,
  { key, file, sizeBytes }: { readonly key: string; readonly file: string; readonly sizeBytes: number },
  goesOn: () => boolean,
): Promise<'written' | 'stopped'> {
  const begun = (await pendingUploads(port, key)).filter((upload) => upload.key === key).at(-1);
  const id = begun?.id ?? (await beginUpload(port, key));
  const there = begun === undefined ? [] : await listParts(port, { key, id });
  const done: CompletedPart[] = [];
  const handle = await fs.promises.open(file, 'r');
  try {
    for (const part of partsOf(sizeBytes)) {
      if (!goesOn()) return 'stopped';
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(part.bytes), 0, part.bytes, part.from);
      const Body = buffer.subarray(0, bytesRead);
      const ChecksumSHA256 = createHash('sha256').update(Body).digest('base64');
      const known = there.find(({ PartNumber }) => PartNumber === part.number);
      const isThere = known?.Size === bytesRead && known.ChecksumSHA256 === ChecksumSHA256;
      const ETag = isThere ? known.ETag : await sendPart(port, { key, id }, { ...part, Body, ChecksumSHA256 });
      done.push({ PartNumber: part.number, ETag, ChecksumSHA256 });
    }
  } finally {
    await handle.close();
  }
  await complete(port, { key, id }, done);
  return 'written';
}

async function beginUpload({ client, bucket, send }: PartsPort, key: string): Promise<string> {
  const command = new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ChecksumAlgorithm: 'SHA256' });
  const { UploadId = '' } = await send({ operation: 'CreateMultipartUpload', key }, ({ signal }) =>
    client.send(command, { abortSignal: signal }),
  );
  return UploadId;
}

async function sendPart(
  { client, bucket, send }: PartsPort,
  { key, id }: { readonly key: string; readonly id: string },
  part: LocalPart & { readonly Body: Uint8Array; readonly ChecksumSHA256: string },
): Promise<string | undefined> {
  const { number, Body, ChecksumSHA256 } = part;
  const name = { Bucket: bucket, Key: key, UploadId: id, PartNumber: number };
  const command = new UploadPartCommand({ ...name, Body, ChecksumSHA256 });
  const { ETag } = await send({ operation: 'UploadPart', key, kind: 'transfer' }, ({ signal }) =>
    client.send(command, { abortSignal: signal }),
  );
  return ETag;
}

async function complete(
  { client, bucket, send }: PartsPort,
  { key, id }: { readonly key: string; readonly id: string },
  parts: CompletedPart[],
): Promise<void> {
  const command = new CompleteMultipartUploadCommand({
    Bucket: bucket,
    Key: key,
    UploadId: id,
    MultipartUpload: { Parts: parts },
  });
  let mayBeEcho = false;
  try {
    // S3 may take minutes to put ten thousand parts together.
    await send({ operation: 'CompleteMultipartUpload', key, kind: 'transfer' }, ({ signal, doubted }) => {
      mayBeEcho = doubted;
      return client.send(command, { abortSignal: signal });
    });
  } catch (error) {
    // Our own first try, whose answer was lost, has put it together: nobody else ends an upload of this key.
    if (!mayBeEcho || !hasKind(error, 'not-found')) throw error;
  }
}

/** Uploads that were begun and not ended, of keys with this prefix, the oldest first. */
export async function pendingUploads(
  { client, bucket, send }: PartsPort,
  prefix: string,
): Promise<readonly PendingUpload[]> {
  const found: PendingUpload[] = [];
  let after: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | undefined = {};
  while (after !== undefined) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after });
    const page: ListMultipartUploadsCommandOutput = await send(
      { operation: 'ListMultipartUploads', key: prefix, kind: 'list' },
      ({ signal }) => client.send(command, { abortSignal: signal }),
    );
    found.push(
      ...(page.Uploads ?? []).map(({ Key = '', UploadId = '', Initiated }) => ({
        key: Key,
        id: UploadId,
        beganAt: Initiated?.getTime() ?? 0,
      })),
    );
    const { NextKeyMarker = '', NextUploadIdMarker = '' } = page;
    after = page.IsTruncated === true ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
  }
  return found.sort((a, b) => a.beganAt - b.beganAt);
}

async function listParts(
  { client, bucket, send }: PartsPort,
  { key, id }: { readonly key: string; readonly id: string },
): Promise<readonly Part[]> {
  const found: Part[] = [];
  let PartNumberMarker: string | undefined = '';
  while (PartNumberMarker !== undefined) {
    const name = { Bucket: bucket, Key: key, UploadId: id };
    const command = new ListPartsCommand({ ...name, ...(PartNumberMarker !== '' && { PartNumberMarker }) });
    const page: ListPartsCommandOutput = await send({ operation: 'ListParts', key, kind: 'list' }, ({ signal }) =>
      client.send(command, { abortSignal: signal }),
    );
    found.push(...(page.Parts ?? []));
    PartNumberMarker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  }
  return found;
}

/** One that is gone already is as good as aborted. */
export async function abortUpload({ client, bucket, send }: PartsPort, { key, id }: PendingUpload): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id });
  try {
    await send({ operation: 'AbortMultipartUpload', key }, ({ signal }) =>
      client.send(command, { abortSignal: signal }),
    );
  } catch (error) {
    if (!hasKind(error, 'not-found')) throw error;
  }
}
