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
import type { BlobInfo, BlobStore, BlobTail } from '../engine/model/ports.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';
import { classified, hasKind } from './errors.ts';
import { tailText } from './tail-text.ts';

const DELETE_BATCH_MAX = 1_000;
/** A file up to this is sent from memory: at half the cost of a stream, and the SDK can send it again. */
const WHOLE_MAX_BYTES = 256 * 1024;

/** The deployment's bucket. */
export class S3Blobs implements BlobStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(target: AwsTarget, bucket: string) {
    // A large object may take its time; the connection timeout still guards against silence at the start.
    this.#client = new S3Client({
      ...clientOptions(target, { longPollMs: 300_000 }),
      forcePathStyle: target.endpoint !== undefined,
    });
    this.#bucket = bucket;
  }

  async putText(key: string, text: string, options?: { readonly onlyIfAbsent: true }): Promise<'written' | 'exists'> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: Buffer.from(text),
      ...(options?.onlyIfAbsent === true && { IfNoneMatch: '*' }),
    });
    try {
      await this.#send('PutObject', key, () => this.#client.send(command));
      return 'written';
    } catch (error) {
      if (options?.onlyIfAbsent === true && hasKind(error, 'conflict')) return 'exists';
      throw error;
    }
  }

  async putFile(key: string, file: string): Promise<void> {
    const { size } = await fs.promises.stat(file);
    if (size <= WHOLE_MAX_BYTES) {
      const Body = await fs.promises.readFile(file);
      await this.#send('PutObject', key, () =>
        this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body })),
      );
      return;
    }
    // A stream can be sent once only: the command is made anew for each call, and the SDK does not retry streams.
    await this.#send('PutObject', key, () =>
      this.#client.send(
        new PutObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          Body: fs.createReadStream(file),
          ContentLength: size,
        }),
      ),
    );
  }

  async getText(key: string): Promise<string | undefined> {
    try {
      return await this.#send('GetObject', key, async () => {
        const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
        return Body?.transformToString() ?? '';
      });
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  async getTail(key: string, bytesMax: number): Promise<BlobTail | undefined> {
    try {
      return await this.#send('GetObject', key, async () => {
        const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range: `bytes=-${bytesMax}` });
        const { Body, ContentRange, ContentLength = 0 } = await this.#client.send(command);
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
      await this.#send('GetObject', key, async () => {
        const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
        await fs.promises.mkdir(path.dirname(file), { recursive: true });
        await pipeline(Body as Readable, fs.createWriteStream(temporary));
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
      const { Contents = [], NextContinuationToken } = await this.#send('ListObjectsV2', prefix, () =>
        this.#client.send(command),
      );
      found.push(...Contents.map(({ Key, Size, ETag }) => ({ key: Key ?? '', sizeBytes: Size ?? 0, tag: ETag ?? '' })));
      ContinuationToken = NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return found;
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += DELETE_BATCH_MAX) {
      const Objects = keys.slice(start, start + DELETE_BATCH_MAX).map((Key) => ({ Key }));
      await this.#send('DeleteObjects', keys[start] ?? '', () =>
        this.#client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } })),
      );
    }
  }

  #send<T>(operation: string, key: string, call: () => Promise<T>): Promise<T> {
    return classified(`s3 ${operation}`, `${this.#bucket}/${key}`, call);
  }
}
