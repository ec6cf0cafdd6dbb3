import type { ListObjectsV2Output, ListObjectsV2Request } from '@aws-sdk/client-s3';
import { only } from '../only.ts';
import { compareKeys } from './sorted-keys.ts';
import type { Bucket, ObjectStore } from './store.ts';
import { ServiceError } from '../service.ts';

const PAGE_MAX = 1_000;
const MEMBERS = [
  'Bucket',
  'Prefix',
  'Delimiter',
  'MaxKeys',
  'ContinuationToken',
  'StartAfter',
  'EncodingType',
] as const satisfies readonly (keyof ListObjectsV2Request)[];

/** One page in the order of keys. A common prefix counts as one entry, as on AWS. */
export function listObjects(store: ObjectStore, input: ListObjectsV2Request): ListObjectsV2Output {
  const asked = only(input, MEMBERS);
  const { Prefix: prefix = '', Delimiter: delimiter, StartAfter, ContinuationToken } = asked;
  const bucket = store.bucket(asked.Bucket ?? '');
  const pageSize = Math.min(asked.MaxKeys ?? PAGE_MAX, PAGE_MAX);
  const after = ContinuationToken === undefined ? (StartAfter ?? '') : decodeToken(ContinuationToken);
  const page = collect(bucket, { prefix, delimiter, after, pageSize });
  const encode = asked.EncodingType === 'url' ? encodeKey : (key: string): string => key;
  return {
    Name: bucket.name,
    Prefix: encode(prefix),
    ...(delimiter !== undefined && { Delimiter: encode(delimiter) }),
    ...(StartAfter !== undefined && { StartAfter: encode(StartAfter) }),
    ...(ContinuationToken !== undefined && { ContinuationToken }),
    ...(asked.EncodingType !== undefined && { EncodingType: asked.EncodingType }),
    MaxKeys: pageSize,
    KeyCount: page.keys.length + page.prefixes.length,
    IsTruncated: page.next !== undefined,
    ...(page.next !== undefined && { NextContinuationToken: Buffer.from(page.next).toString('base64url') }),
    Contents: page.keys.flatMap((key) => {
      const object = bucket.objects.get(key);
      if (object === undefined) return [];
      const { sizeBytes: Size, etag, modifiedAt } = object;
      return [
        { Key: encode(key), Size, ETag: `"${etag}"`, LastModified: new Date(modifiedAt), StorageClass: 'STANDARD' },
      ];
    }),
    CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
  };
}

interface Listing {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  /** The page begins after this key, or after everything under this common prefix. */
  readonly after: string;
  readonly pageSize: number;
}

interface KeyPage {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  /** The last entry of the page; undefined when there is no more. */
  readonly next: string | undefined;
}

function collect(bucket: Bucket, { prefix, delimiter, after, pageSize }: Listing): KeyPage {
  const [keys, prefixes]: [string[], string[]] = [[], []];
  let last = after;
  for (const key of bucket.keys.from(compareKeys(after, prefix) > 0 ? after : prefix)) {
    if (!key.startsWith(prefix)) break;
    const common = commonPrefix(key, prefix, delimiter);
    if (key === after || (common !== undefined && common === last)) continue;
    if (keys.length + prefixes.length >= pageSize) return { keys, prefixes, next: pageSize === 0 ? undefined : last };
    last = common ?? key;
    if (common === undefined) keys.push(key);
    else prefixes.push(common);
  }
  return { keys, prefixes, next: undefined };
}

function commonPrefix(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

const encodeKey = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/');

function decodeToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString('utf8');
  if (key !== '') return key;
  throw new ServiceError('InvalidArgument', 'The continuation token provided is incorrect');
}
