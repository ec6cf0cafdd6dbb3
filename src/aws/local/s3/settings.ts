import {
  DeleteBucketEncryption$,
  DeleteBucketLifecycle$,
  DeleteBucketPolicy$,
  DeleteBucketTagging$,
  DeletePublicAccessBlock$,
  GetBucketEncryption$,
  GetBucketLifecycleConfiguration$,
  GetBucketPolicy$,
  GetBucketTagging$,
  GetPublicAccessBlock$,
  PutBucketEncryption$,
  PutBucketLifecycleConfiguration$,
  PutBucketPolicy$,
  PutBucketTagging$,
  PutPublicAccessBlock$,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from './store.ts';
import { operation, ServiceError, type Operation } from '../service.ts';

/** A part of a bucket's configuration that is kept and given back. None of them changes what the embedded S3 does. */
interface Setting {
  readonly name: string;
  readonly put: unknown;
  readonly get: unknown;
  readonly remove: unknown;
  /** Member of the put's input that is stored. */
  readonly member: string;
  /** What Get returns of the stored value. */
  readonly output: (stored: never) => object;
  /** Error code of Get when nothing was put. */
  readonly missing: string;
  readonly initial?: unknown;
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'lifecycle',
    put: PutBucketLifecycleConfiguration$,
    get: GetBucketLifecycleConfiguration$,
    remove: DeleteBucketLifecycle$,
    member: 'LifecycleConfiguration',
    output: ({ Rules }: { readonly Rules?: readonly object[] }) => ({ Rules: Rules?.map(reviveDate) }),
    missing: 'NoSuchLifecycleConfiguration',
  },
  {
    name: 'publicAccessBlock',
    put: PutPublicAccessBlock$,
    get: GetPublicAccessBlock$,
    remove: DeletePublicAccessBlock$,
    member: 'PublicAccessBlockConfiguration',
    output: (PublicAccessBlockConfiguration) => ({ PublicAccessBlockConfiguration }),
    missing: 'NoSuchPublicAccessBlockConfiguration',
  },
  {
    name: 'encryption',
    put: PutBucketEncryption$,
    get: GetBucketEncryption$,
    remove: DeleteBucketEncryption$,
    member: 'ServerSideEncryptionConfiguration',
    output: (ServerSideEncryptionConfiguration) => ({ ServerSideEncryptionConfiguration }),
    missing: 'ServerSideEncryptionConfigurationNotFoundError',
    // Every bucket of S3 has this one since 2023.
    initial: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
  },
  {
    name: 'tagging',
    put: PutBucketTagging$,
    get: GetBucketTagging$,
    remove: DeleteBucketTagging$,
    member: 'Tagging',
    output: ({ TagSet }: { readonly TagSet: unknown }) => ({ TagSet }),
    missing: 'NoSuchTagSet',
  },
  {
    name: 'policy',
    put: PutBucketPolicy$,
    get: GetBucketPolicy$,
    remove: DeleteBucketPolicy$,
    member: 'Policy',
    output: (Policy) => ({ Policy }),
    missing: 'NoSuchBucketPolicy',
  },
];

/** A rule's date, which the log keeps as text. */
function reviveDate(rule: { readonly Expiration?: { readonly Date?: string | Date } }): object {
  const date = rule.Expiration?.Date;
  return date === undefined ? rule : { ...rule, Expiration: { ...rule.Expiration, Date: new Date(date) } };
}

type Input = Readonly<Record<string, unknown>> & { readonly Bucket?: string };

export const settingOperations = (store: ObjectStore): Operation[] =>
  SETTINGS.flatMap(({ name, put, get, remove, member, output, missing, initial }) => {
    const set = (input: Input, value: unknown): void => {
      store.record({ op: 'set', bucket: store.bucket(input.Bucket ?? '').name, name, value });
    };
    return [
      operation(put, (input: Input) => {
        if (input[member] === undefined) throw new ServiceError('MalformedXML', `The body has no ${member}.`);
        set(input, input[member]);
      }),
      operation(remove, (input: Input) => set(input, null)),
      operation(get, (input: Input) => {
        const stored = store.bucket(input.Bucket ?? '').settings.get(name) ?? initial;
        if (stored === undefined) throw new ServiceError(missing, `The bucket has no ${name} configuration.`, 404);
        return output(stored as never);
      }),
    ];
  });
