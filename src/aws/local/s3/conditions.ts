import type { StoredObject } from './store.ts';
import { ServiceError } from '../service.ts';

export interface ReadConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: Date | undefined;
  readonly IfUnmodifiedSince?: Date | undefined;
}

export interface WriteConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

const names = (tags: string, etag: string): boolean =>
  tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '').replaceAll('"', '') === etag);

/** HTTP's preconditions of a read, in the order of RFC 9110 section 13.2.2. Times have whole seconds. */
export function checkRead(object: StoredObject, conditions: ReadConditions): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  const modifiedAt = Math.floor(object.modifiedAt / 1_000) * 1_000;
  if (IfMatch !== undefined) {
    if (!names(IfMatch, object.etag)) throw preconditionFailed();
  } else if (IfUnmodifiedSince !== undefined && modifiedAt > IfUnmodifiedSince.getTime()) {
    throw preconditionFailed();
  }
  if (IfNoneMatch !== undefined) {
    if (names(IfNoneMatch, object.etag)) throw new ServiceError('NotModified', 'Not Modified', 304);
  } else if (IfModifiedSince !== undefined && modifiedAt <= IfModifiedSince.getTime()) {
    throw new ServiceError('NotModified', 'Not Modified', 304);
  }
}

/** S3's conditional writes: only if there is no such object yet, or only over the very one that was read. */
export function checkWrite(existing: StoredObject | undefined, { IfMatch, IfNoneMatch }: WriteConditions): void {
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') {
    throw new ServiceError('NotImplemented', 'If-None-Match on a write takes * only.', 501);
  }
  if (IfNoneMatch === '*' && existing !== undefined) throw preconditionFailed();
  if (IfMatch === undefined) return;
  if (existing === undefined) throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404);
  if (!names(IfMatch, existing.etag)) throw preconditionFailed();
}

const preconditionFailed = (): ServiceError =>
  new ServiceError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);

/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** One range of bytes; undefined for the whole, which is also the answer to what is no single range of bytes. */
export function parseRange(text: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text?.trim() ?? '');
  const [from, to] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (match === null || (from === '' && to === '')) return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (first <= last) return { first, last };
  throw new ServiceError('InvalidRange', 'The requested range is not satisfiable', 416);
}
