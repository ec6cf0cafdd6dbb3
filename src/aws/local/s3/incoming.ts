import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { newDigest } from './digest.ts';
import { ServiceError } from '../service.ts';
import type { IncomingBody } from '../wire/rest-xml.ts';

/** S3's own bound on one PUT; larger objects come in parts. */
const PUT_MAX_BYTES = 5 * 1024 ** 3;

/** Members of PutObject and UploadPart that say what the bytes should be. */
export interface Expected {
  readonly ContentMD5?: string | undefined;
  readonly ChecksumAlgorithm?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

export interface ReceivedFile {
  readonly file: string;
  readonly sizeBytes: number;
  /** MD5 in hexadecimal. */
  readonly etag: string;
  readonly checksums: Readonly<Record<string, string>>;
}

/** Streams a body into a new file of the folder, and keeps it only if it is what the client said it would be. */
export async function receiveFile(
  folder: string,
  body: IncomingBody | undefined,
  expected: Expected,
): Promise<ReceivedFile> {
  const file = path.join(folder, randomUUID());
  try {
    return await receive(file, body, expected);
  } catch (error) {
    await fs.rm(file, { force: true });
    throw error;
  }
}

async function receive(file: string, body: IncomingBody | undefined, expected: Expected): Promise<ReceivedFile> {
  const md5 = createHash('md5');
  const declared = declaredChecksums(expected, body);
  const digests = new Map([...declared.keys()].map((name) => [name, newDigest(name)]));
  let sizeBytes = 0;
  const handle = await fs.open(file, 'wx');
  try {
    for await (const piece of body?.pieces ?? []) {
      sizeBytes += piece.length;
      if (sizeBytes > PUT_MAX_BYTES) throw new ServiceError('EntityTooLarge', 'Your proposed upload is too large.');
      md5.update(piece);
      for (const digest of digests.values()) digest.update(piece);
      await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
  if (body?.sizeBytes !== undefined && body.sizeBytes !== sizeBytes) {
    throw new ServiceError('IncompleteBody', `The body has ${sizeBytes} bytes where ${body.sizeBytes} were declared.`);
  }
  const md5Bytes = md5.digest();
  if (expected.ContentMD5 !== undefined && expected.ContentMD5 !== md5Bytes.toString('base64')) {
    throw new ServiceError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  for (const [trailer, value] of body?.trailers ?? []) declared.set(algorithmOf(trailer) ?? '', value);
  const checksums = Object.fromEntries([...digests].map(([name, digest]) => [name, digest.value()]));
  for (const [name, computed] of Object.entries(checksums)) {
    if ((declared.get(name) ?? computed) === computed) continue;
    throw new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
  }
  return { file, sizeBytes, etag: md5Bytes.toString('hex'), checksums };
}

/** The checksums that the client sends before or after the bytes. One without a value yet is computed all the same. */
function declaredChecksums(expected: Expected, body: IncomingBody | undefined): Map<string, string | undefined> {
  const declared = new Map<string, string | undefined>();
  for (const trailer of body?.trailerNames ?? []) {
    const name = algorithmOf(trailer);
    if (name !== undefined) declared.set(name, undefined);
  }
  if (expected.ChecksumAlgorithm !== undefined) declared.set(expected.ChecksumAlgorithm, undefined);
  const headers: Readonly<Record<string, string | undefined>> = {
    CRC32: expected.ChecksumCRC32,
    CRC32C: expected.ChecksumCRC32C,
    SHA1: expected.ChecksumSHA1,
    SHA256: expected.ChecksumSHA256,
  };
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) declared.set(name, value);
  return declared;
}

const algorithmOf = (header: string): string | undefined => /^x-amz-checksum-(.+)$/.exec(header)?.[1]?.toUpperCase();
