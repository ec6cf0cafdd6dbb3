import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FaultError } from '../engine/model/fault.ts';
import type { BlobInfo, BlobStore, BlobTail, PendingUpload } from '../engine/model/blob-store.ts';
import type { Call, CallPolicy, Try } from './call-policy.ts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions, endpointOf } from './client-options.ts';
import { hasKind } from './errors.ts';
import { abortUpload, PARTS_FROM_BYTES, type PartsPort, pendingUploads, uploadInParts } from './s3-parts.ts';
import { tailText } from './tail-text.ts';

const DELETE_BATCH_MAX = 1_000;
/** A file up to this is sent from memory: at half the cost of a stream. */
const WHOLE_MAX_BYTES = 256 * 1024;

/** The deployment's bucket. */
export class S3Blobs implements BlobStore {
  readonly #client: S3Client;
  readonly #calls: CallPolicy;
  readonly #bucket: string;

  constructor(target: AwsTarget, bucket: string) {
    this.#client = new S3Client({
      ...clientOptions(target, 'S3'),
      forcePathStyle: endpointOf(target, 'S3') !== undefined,
    });
    this.#calls = callsOf(target);
    this.#bucket = bucket;
  }

  async putText(key: string, text: string, options?: { readonly onlyIfAbsent: true }): Promise<'written' | 'exists'> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: Buffer.from(text),
      ...(options?.onlyIfAbsent === true && { IfNoneMatch: '*' }),
    });
    let mayBeEcho = false;
    try {
      await this.#send({ operation: 'PutObject', key }, ({ signal, doubted }) => {
        mayBeEcho = doubted;
        return this.#client.send(command, { abortSignal: signal });
      });
      return 'written';
    } catch (error) {
      if (options?.onlyIfAbsent !== true || !hasKind(error, 'conflict')) throw error;
      // Our own first try, whose answer was lost, would have written just this.
      return mayBeEcho && (await this.getText(key)) === text ? 'written' : 'exists';
    }
  }

  async putBytes(key: string, bytes: Uint8Array): Promise<void> {
    const command = new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes });
    await this.#send({ operation: 'PutObject', key, kind: 'transfer' }, ({ signal }) =>
      this.#client.send(command, { abortSignal: signal }),
    );
  }

  async putFile(key: string, file: string, goesOn: () => boolean = () => true): Promise<'written' | 'stopped'> {
    const { size } = await fs.promises.stat(file);
    if (size >= PARTS_FROM_BYTES) return uploadInParts(this.#parts, { key, file, sizeBytes: size }, goesOn);
    if (size <= WHOLE_MAX_BYTES) {
      await this.putBytes(key, await fs.promises.readFile(file));
      return 'written';
    }
    // A stream can be sent once only: each try gets a new one, and the one before lets go of the file.
    await this.#send({ operation: 'PutObject', key, kind: 'transfer' }, async ({ signal }) => {
      const Body = fs.createReadStream(file);
      const command = new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body, ContentLength: size });
      try {
        await this.#client.send(command, { abortSignal: signal });
      } finally {
        Body.destroy();
      }
    });
    return 'written';
  }

  pendingUploads(): Promise<readonly PendingUpload[]> {
    return pendingUploads(this.#parts, '');
  }

  abortUpload(upload: PendingUpload): Promise<void> {
    return abortUpload(this.#parts, upload);
  }

  async getText(key: string): Promise<string | undefined> {
    try {
      return await this.#send({ operation: 'GetObject', key }, async ({ signal }) => {
        const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
        const { Body } = await this.#client.send(command, { abortSignal: signal });
        return Body?.transformToString() ?? '';
      });
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  async getTail(key: string, bytesMax: number): Promise<BlobTail | undefined> {
    try {
      return await this.#send({ operation: 'GetObject', key }, async ({ signal }) => {
        const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range: `bytes=-${bytesMax}` });
        const { Body, ContentRange, ContentLength = 0 } = await this.#client.send(command, { abortSignal: signal });
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        const sizeBytes = Number(/\/(\d+)$/.exec(ContentRange ?? '')?.[1] ?? ContentLength);
        return { text: tailText(bytes, bytes.length >= sizeBytes), sizeBytes };
      });
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      // S3 answers so when the object is empty: no byte of it can be asked for.
      if (error instanceof FaultError && error.fault.code === 'InvalidRange') return { text: '', sizeBytes: 0 };
      throw error;
    }
  }

  async getFile(key: string, file: string): Promise<'written' | 'missing'> {
    const temporary = `${file}.part`;
    try {
      await this.#send({ operation: 'GetObject', key, kind: 'transfer' }, async ({ signal }) => {
        const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
        const { Body } = await this.#client.send(command, { abortSignal: signal });
        await fs.promises.mkdir(path.dirname(file), { recursive: true });
        await pipeline(Body as Readable, fs.createWriteStream(temporary), { signal });
      });
    } catch (error) {
      await fs.promises.rm(temporary, { force: true });
      if (hasKind(error, 'not-found')) return 'missing';
      throw error;
    }
    await fs.promises.rename(temporary, file);
    return 'written';
  }

  async list(prefix: string): Promise<readonly BlobInfo[]> {
    const found: BlobInfo[] = [];
    let ContinuationToken: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        ...(ContinuationToken !== undefined && { ContinuationToken }),
      });
      const { Contents = [], NextContinuationToken } = await this.#send(
        { operation: 'ListObjectsV2', key: prefix, kind: 'list' },
        ({ signal }) => this.#client.send(command, { abortSignal: signal }),
      );
      found.push(
        ...Contents.map(({ Key = '', Size = 0, ETag = '', LastModified }) => ({
          key: Key,
          sizeBytes: Size,
          tag: ETag,
          changedAt: LastModified?.getTime() ?? 0,
        })),
      );
      ContinuationToken = NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return found;
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += DELETE_BATCH_MAX) {
      const Objects = keys.slice(start, start + DELETE_BATCH_MAX).map((Key) => ({ Key }));
      const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } });
      await this.#send({ operation: 'DeleteObjects', key: keys[start] ?? '', kind: 'list' }, ({ signal }) =>
        this.#client.send(command, { abortSignal: signal }),
      );
    }
  }

  get #parts(): PartsPort {
    return { client: this.#client, bucket: this.#bucket, send: (call, act) => this.#send(call, act) };
  }

  #send<T>(
    { operation, key, ...how }: Pick<Call, 'operation' | 'kind'> & { readonly key: string },
    act: (attempt: Try) => Promise<T>,
  ): Promise<T> {
    return this.#calls.run({ operation: `s3 ${operation}`, target: `${this.#bucket}/${key}`, ...how }, act);
  }
}
