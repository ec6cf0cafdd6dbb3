import fs from 'node:fs';
import path from 'node:path';
import { DiskFull } from '../durable-log.ts';
import { openState, type LoggedState } from '../logged-state.ts';
import { openLayout, placeFor, removePruning, type Layout } from './layout.ts';
import { SortedKeys } from './sorted-keys.ts';
import { ServiceError } from '../service.ts';

/** What the client said about an object's content, given back with it. */
export interface ObjectHeaders {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly encryption?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StoredObject extends ObjectHeaders {
  readonly key: string;
  /** Relative to the bucket's folder. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  /** Epoch ms. */
  readonly modifiedAt: number;
  /** Base64 by algorithm, e.g. CRC32; those that the client sent. */
  readonly checksums: Readonly<Record<string, string>>;
  /** The multipart upload that made it, so that a repeated completion is recognised. */
  readonly uploadId?: string | undefined;
}

export interface StoredPart {
  readonly number: number;
  readonly file: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedAt: number;
  readonly checksums: Readonly<Record<string, string>>;
}

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly startedAt: number;
  readonly headers: ObjectHeaders;
  readonly parts: Map<number, StoredPart>;
}

export interface Bucket {
  readonly name: string;
  readonly region: string;
  readonly createdAt: number;
  readonly objects: Map<string, StoredObject>;
  readonly keys: SortedKeys;
  /** Lifecycle, encryption, tags and the like, as they were put. */
  readonly settings: Map<string, unknown>;
}

type Entry =
  | { readonly op: 'bucket'; readonly bucket: string; readonly region: string; readonly at: number }
  | { readonly op: 'drop'; readonly bucket: string }
  | { readonly op: 'set'; readonly bucket: string; readonly name: string; readonly value: unknown }
  | { readonly op: 'put'; readonly bucket: string; readonly object: StoredObject; readonly temporary?: string }
  | { readonly op: 'delete'; readonly bucket: string; readonly key: string; readonly file: string }
  | { readonly op: 'upload'; readonly upload: Omit<Upload, 'parts'> }
  | { readonly op: 'part'; readonly id: string; readonly part: StoredPart }
  | { readonly op: 'end'; readonly id: string };

/**
 * Buckets, objects and uploads. The log is the truth and its append the commit; the files follow. What a crash left
 * between the two is finished at the next start: a committed temporary file is moved to its place, a deleted one removed.
 */
export class ObjectStore {
  readonly layout: Layout;
  readonly buckets = new Map<string, Bucket>();
  readonly uploads = new Map<string, Upload>();
  private readonly state: LoggedState<Entry>;

  constructor(folder: string) {
    this.layout = openLayout(folder);
    const [moves, deletions] = [new Map<string, string>(), new Set<string>()];
    let replaying = true;
    this.state = openState<Entry>({
      file: path.join(folder, 's3.jsonl'),
      apply: (entry) => {
        if (replaying) noteUnfinished(entry, moves, deletions);
        this.apply(entry);
      },
      entries: () => this.entries(),
    });
    replaying = false;
    this.finish(moves, deletions);
  }

  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket !== undefined) return bucket;
    throw new ServiceError('NoSuchBucket', `The specified bucket does not exist: ${name.slice(0, 80)}.`, 404);
  }

  object(bucketName: string, key: string): StoredObject {
    const object = this.bucket(bucketName).objects.get(key);
    if (object !== undefined) return object;
    throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404);
  }

  pathOf(bucketName: string, object: StoredObject): string {
    return path.join(this.layout.objects, bucketName, object.file);
  }

  /** For what has no file: buckets, settings, uploads and their parts. */
  record(entry: Exclude<Entry, { op: 'put' | 'delete' }>): void {
    this.state.record(entry);
  }

  /** Makes a finished temporary file an object: in one step for every reader, and for a crash. */
  commit(bucketName: string, temporary: string, described: Omit<StoredObject, 'file'>): StoredObject {
    const bucket = this.bucket(bucketName);
    const file = bucket.objects.get(described.key)?.file ?? placeFor(this.layout, bucketName, described.key);
    const object = { ...described, file };
    const place = path.join(this.layout.objects, bucketName, file);
    try {
      fs.mkdirSync(path.dirname(place), { recursive: true });
      this.state.record({ op: 'put', bucket: bucketName, object, temporary: path.basename(temporary) });
      fs.renameSync(temporary, place);
    } catch (error) {
      throw error instanceof DiskFull ? error : new DiskFull(place, error);
    }
    return object;
  }

  delete(bucketName: string, key: string): void {
    const object = this.bucket(bucketName).objects.get(key);
    if (object === undefined) return;
    this.state.record({ op: 'delete', bucket: bucketName, key, file: object.file });
    removePruning(path.join(this.layout.objects, bucketName), object.file);
  }

  close(): void {
    this.state.close();
  }

  private finish(moves: ReadonlyMap<string, string>, deletions: ReadonlySet<string>): void {
    for (const temporary of fs.readdirSync(this.layout.temporary)) {
      const from = path.join(this.layout.temporary, temporary);
      const place = moves.get(temporary);
      if (place === undefined) fs.rmSync(from, { recursive: true });
      else fs.renameSync(from, path.join(this.layout.objects, place));
    }
    for (const place of deletions) removePruning(this.layout.objects, place);
    for (const id of fs.readdirSync(this.layout.parts)) {
      if (!this.uploads.has(id)) fs.rmSync(path.join(this.layout.parts, id), { recursive: true });
    }
  }

  private apply(entry: Entry): void {
    switch (entry.op) {
      case 'bucket': {
        const { bucket: name, region, at: createdAt } = entry;
        const empty = { objects: new Map(), keys: new SortedKeys(), settings: new Map() };
        this.buckets.set(name, { name, region, createdAt, ...empty });
        break;
      }
      case 'drop':
        this.buckets.delete(entry.bucket);
        break;
      case 'set':
        this.buckets.get(entry.bucket)?.settings.set(entry.name, entry.value);
        break;
      case 'put':
        this.buckets.get(entry.bucket)?.objects.set(entry.object.key, entry.object);
        this.buckets.get(entry.bucket)?.keys.add(entry.object.key);
        if (entry.object.uploadId !== undefined) this.uploads.delete(entry.object.uploadId);
        break;
      case 'delete':
        this.buckets.get(entry.bucket)?.objects.delete(entry.key);
        this.buckets.get(entry.bucket)?.keys.delete(entry.key);
        break;
      case 'upload':
        this.uploads.set(entry.upload.id, { ...entry.upload, parts: new Map() });
        break;
      case 'part':
        this.uploads.get(entry.id)?.parts.set(entry.part.number, entry.part);
        break;
      case 'end':
        this.uploads.delete(entry.id);
        break;
    }
  }

  private *entries(): Iterable<Entry> {
    for (const { name, region, createdAt, objects, settings } of this.buckets.values()) {
      yield { op: 'bucket', bucket: name, region, at: createdAt };
      for (const [setting, value] of settings) yield { op: 'set', bucket: name, name: setting, value };
      for (const object of objects.values()) yield { op: 'put', bucket: name, object };
    }
    for (const { parts, ...upload } of this.uploads.values()) {
      yield { op: 'upload', upload };
      for (const part of parts.values()) yield { op: 'part', id: upload.id, part };
    }
  }
}

/** Gathers, in the order of the log, which file moves and removals may not have happened yet. */
function noteUnfinished(entry: Entry, moves: Map<string, string>, deletions: Set<string>): void {
  if (entry.op === 'put') {
    const place = path.join(entry.bucket, entry.object.file);
    deletions.delete(place);
    if (entry.temporary !== undefined) moves.set(entry.temporary, place);
  } else if (entry.op === 'delete') {
    deletions.add(path.join(entry.bucket, entry.file));
  }
}
