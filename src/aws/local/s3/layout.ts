import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ServiceError } from '../service.ts';

const KEY_MAX_BYTES = 1_024;
const SEGMENT_MAX_BYTES = 255;
/** Holds the objects whose key cannot be a path; no plain key may begin with it. */
const ODD_FOLDER = '.odd-keys';

/** The three folder trees of the embedded S3. All lie on one file system, so that a rename moves between them. */
export interface Layout {
  /** Objects as plain files, by bucket and key: for people to look at. */
  readonly objects: string;
  /** Uploads under way; whatever no log entry speaks of is removed at the next start. */
  readonly temporary: string;
  /** Parts of multipart uploads, a folder per upload. */
  readonly parts: string;
}

export function openLayout(folder: string): Layout {
  const under = (name: string): string => path.join(folder, name);
  const layout = { objects: under('s3'), temporary: under('s3-temporary'), parts: under('s3-parts') };
  for (const directory of Object.values(layout)) fs.mkdirSync(directory, { recursive: true });
  return layout;
}

export function checkBucketName(name: string): void {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')) return;
  throw new ServiceError('InvalidBucketName', `The specified bucket is not valid: ${name.slice(0, 80)}.`);
}

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > KEY_MAX_BYTES) throw new ServiceError('KeyTooLongError', 'Your key is too long.');
  // XML 1.0 has no way to write it, so no list could ever show it.
  if (key.includes('\0')) throw new ServiceError('InvalidArgument', 'The embedded S3 takes no key with a NUL in it.');
}

/**
 * Where a new object goes, relative to its bucket's folder: its key itself where that is a path of its own; otherwise a
 * name made from its hash. "a" and "a/b", "A" and "a" on a disk that does not tell them apart, "..", and names that are
 * too long all end there, so no key can reach another object's file, or one outside the bucket.
 */
export function placeFor(layout: Layout, bucket: string, key: string): string {
  const odd = path.join(ODD_FOLDER, createHash('sha256').update(key).digest('hex'));
  const segments = key.split('/');
  const plain = segments[0] !== ODD_FOLDER && segments.every(isPlainSegment);
  return plain && isFree(path.join(layout.objects, bucket), segments) ? key : odd;
}

const isPlainSegment = (segment: string): boolean =>
  segment !== '' &&
  segment !== '.' &&
  segment !== '..' &&
  !/[\\\0]/.test(segment) &&
  Buffer.byteLength(segment) <= SEGMENT_MAX_BYTES;

/** Every folder on the way is a folder or missing, and nothing has the name itself. */
function isFree(bucketFolder: string, segments: readonly string[]): boolean {
  let current = bucketFolder;
  for (const [index, segment] of segments.entries()) {
    current = path.join(current, segment);
    const found = fs.lstatSync(current, { throwIfNoEntry: false });
    if (found === undefined) return true;
    if (index === segments.length - 1 || !found.isDirectory()) return false;
  }
  return true;
}

/** Removes a file and the folders that it leaves empty, up to its bucket's. */
export function removePruning(root: string, file: string): void {
  fs.rmSync(path.join(root, file), { force: true });
  for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder)) {
    try {
      fs.rmdirSync(path.join(root, folder));
    } catch {
      return; // Not empty, or gone: either way there is nothing more to prune.
    }
  }
}
