import fs from 'node:fs';
import path from 'node:path';
import type {
  BucketLocationConstraint,
  CreateBucketOutput,
  CreateBucketRequest,
  DeleteBucketRequest,
  GetBucketLocationOutput,
  GetBucketLocationRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  ListBucketsOutput,
  ListBucketsRequest,
} from '@aws-sdk/client-s3';
import { only } from '../only.ts';
import { checkBucketName } from './layout.ts';
import type { ObjectStore } from './store.ts';
import { ServiceError, type Call } from '../service.ts';

/** The region whose buckets have no location constraint, and may be created twice. */
const FIRST_REGION = 'us-east-1';

export function createBucket(store: ObjectStore, input: CreateBucketRequest, call: Call): CreateBucketOutput {
  const { Bucket = '', CreateBucketConfiguration } = only(input, ['Bucket', 'CreateBucketConfiguration']);
  checkBucketName(Bucket);
  const region = CreateBucketConfiguration?.LocationConstraint ?? call.region;
  if (region !== call.region) {
    throw new ServiceError(
      'IllegalLocationConstraintException',
      `The location constraint ${region} is not ${call.region}.`,
    );
  }
  if (!store.buckets.has(Bucket)) store.record({ op: 'bucket', bucket: Bucket, region, at: call.at });
  else if (region !== FIRST_REGION) {
    throw new ServiceError('BucketAlreadyOwnedByYou', 'The bucket exists already, and you own it.', 409);
  }
  return { Location: `/${Bucket}` };
}

export const headBucket = (store: ObjectStore, { Bucket }: HeadBucketRequest): HeadBucketOutput => ({
  BucketRegion: store.bucket(Bucket ?? '').region,
});

export function deleteBucket(store: ObjectStore, { Bucket = '' }: DeleteBucketRequest): void {
  const bucket = store.bucket(Bucket);
  if (bucket.objects.size > 0) {
    throw new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty.', 409);
  }
  for (const upload of store.uploads.values()) {
    if (upload.bucket === Bucket) store.record({ op: 'end', id: upload.id });
  }
  store.record({ op: 'drop', bucket: Bucket });
  fs.rmSync(path.join(store.layout.objects, Bucket), { recursive: true, force: true });
}

export function listBuckets(store: ObjectStore, input: ListBucketsRequest): ListBucketsOutput {
  const { Prefix = '' } = only(input, ['Prefix']);
  const buckets = [...store.buckets.values()].filter(({ name }) => name.startsWith(Prefix));
  return {
    Buckets: buckets
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, createdAt, region }) => ({ Name: name, CreationDate: new Date(createdAt), BucketRegion: region })),
    Owner: { ID: 'local', DisplayName: 'local' },
  };
}

export function getBucketLocation(store: ObjectStore, { Bucket }: GetBucketLocationRequest): GetBucketLocationOutput {
  const { region } = store.bucket(Bucket ?? '');
  return region === FIRST_REGION ? {} : { LocationConstraint: region as BucketLocationConstraint };
}
