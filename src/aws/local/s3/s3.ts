import {
  AbortMultipartUpload$,
  CompleteMultipartUpload$,
  CopyObject$,
  CreateBucket$,
  CreateMultipartUpload$,
  DeleteBucket$,
  DeleteObject$,
  DeleteObjects$,
  GetBucketLocation$,
  GetObject$,
  HeadBucket$,
  HeadObject$,
  ListBuckets$,
  ListMultipartUploads$,
  ListObjectsV2$,
  ListParts$,
  PutObject$,
  UploadPart$,
} from '@aws-sdk/client-s3';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { listObjects } from './list.ts';
import { abortUpload, completeUpload, createUpload, listParts, listUploads, uploadPart } from './multipart.ts';
import { copyObject, deleteObject, deleteObjects, getObject, headObject, putObject } from './objects.ts';
import { settingOperations } from './settings.ts';
import { ObjectStore } from './store.ts';
import { operation, type LocalService, type Operation } from '../service.ts';

/** The embedded S3: objects are plain files under the folder's "s3", what is known about them is in one log. */
export function createS3({ folder }: { readonly folder: string }): LocalService {
  const store = new ObjectStore(folder);
  return {
    scope: 's3',
    protocol: 'restXml',
    operations: [
      ...bucketOperations(store),
      ...objectOperations(store),
      ...uploadOperations(store),
      ...settingOperations(store),
    ],
    close: () => store.close(),
  };
}

const bucketOperations = (store: ObjectStore): Operation[] => [
  operation(CreateBucket$, createBucket.bind(undefined, store)),
  operation(HeadBucket$, headBucket.bind(undefined, store)),
  operation(DeleteBucket$, deleteBucket.bind(undefined, store)),
  operation(ListBuckets$, listBuckets.bind(undefined, store)),
  operation(GetBucketLocation$, getBucketLocation.bind(undefined, store)),
  operation(ListObjectsV2$, listObjects.bind(undefined, store)),
];

const objectOperations = (store: ObjectStore): Operation[] => [
  operation(PutObject$, putObject.bind(undefined, store)),
  operation(GetObject$, getObject.bind(undefined, store)),
  operation(HeadObject$, headObject.bind(undefined, store)),
  operation(DeleteObject$, deleteObject.bind(undefined, store)),
  operation(DeleteObjects$, deleteObjects.bind(undefined, store)),
  operation(CopyObject$, copyObject.bind(undefined, store)),
];

const uploadOperations = (store: ObjectStore): Operation[] => [
  operation(CreateMultipartUpload$, createUpload.bind(undefined, store)),
  operation(UploadPart$, uploadPart.bind(undefined, store)),
  operation(CompleteMultipartUpload$, completeUpload.bind(undefined, store)),
  operation(AbortMultipartUpload$, abortUpload.bind(undefined, store)),
  operation(ListParts$, listParts.bind(undefined, store)),
  operation(ListMultipartUploads$, listUploads.bind(undefined, store)),
];
