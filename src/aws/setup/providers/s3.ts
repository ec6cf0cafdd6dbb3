import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type LifecycleRule,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type AwsTarget, clientOptions, endpointOf } from '../../client-options.ts';
import type { Resource } from '../model/resource.ts';
import {
  type Found,
  ifThere,
  parsed,
  propertiesOf,
  type Provider,
  type ProviderContext,
  type TagPair,
  tagPairs,
  unlessThere,
} from './provider.ts';

/** A rule of a bucket's lifecycle in CloudFormation's words. */
interface Rule {
  readonly Id: string;
  readonly Status: 'Enabled' | 'Disabled';
  readonly Prefix: string;
  readonly ExpirationInDays?: number;
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
}

interface BucketProperties {
  readonly BucketEncryption: {
    readonly ServerSideEncryptionConfiguration: {
      readonly ServerSideEncryptionByDefault: { readonly SSEAlgorithm: 'AES256' };
    }[];
  };
  readonly PublicAccessBlockConfiguration: Readonly<Record<string, boolean>>;
  readonly LifecycleConfiguration: { readonly Rules: readonly Rule[] };
  readonly Tags: TagPair[];
}

function clientOf(target: AwsTarget): S3Client {
  return new S3Client({ ...clientOptions(target, 'S3'), forcePathStyle: endpointOf(target, 'S3') !== undefined });
}

export class BucketProvider implements Provider {
  readonly fixed = [];
  readonly #ask: ProviderContext['ask'];
  readonly #target: AwsTarget;
  readonly #client: S3Client;

  constructor({ target, ask }: ProviderContext) {
    this.#ask = ask;
    this.#target = target;
    this.#client = clientOf(target);
  }

  async read({ name: Bucket }: Resource): Promise<Found | undefined> {
    const client = this.#client;
    const head = await ifThere(
      this.#ask('s3 HeadBucket', Bucket, (abortSignal) =>
        client.send(new HeadBucketCommand({ Bucket }), { abortSignal }),
      ),
    );
    if (head === undefined) return undefined;
    const [encryption, access, lifecycle, tagging] = await Promise.all([
      this.#setting('GetBucketEncryption', Bucket, (abortSignal) =>
        client.send(new GetBucketEncryptionCommand({ Bucket }), { abortSignal }),
      ),
      this.#setting('GetPublicAccessBlock', Bucket, (abortSignal) =>
        client.send(new GetPublicAccessBlockCommand({ Bucket }), { abortSignal }),
      ),
      this.#setting('GetBucketLifecycleConfiguration', Bucket, (abortSignal) =>
        client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }), { abortSignal }),
      ),
      this.#setting('GetBucketTagging', Bucket, (abortSignal) =>
        client.send(new GetBucketTaggingCommand({ Bucket }), { abortSignal }),
      ),
    ]);
    const algorithms = (encryption?.ServerSideEncryptionConfiguration?.Rules ?? []).map((rule) => ({
      ServerSideEncryptionByDefault: { SSEAlgorithm: rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm },
    }));
    return {
      attributes: {},
      properties: {
        BucketName: Bucket,
        BucketEncryption: { ServerSideEncryptionConfiguration: algorithms },
        PublicAccessBlockConfiguration: { ...access?.PublicAccessBlockConfiguration },
        LifecycleConfiguration: { Rules: (lifecycle?.Rules ?? []).map(ruleFrom) as never },
        Tags: tagPairs(tagging?.TagSet) as never,
      },
    };
  }

  async create(resource: Resource): Promise<void> {
    const Bucket = resource.name;
    const where =
      this.#target.region === 'us-east-1'
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: this.#target.region as BucketLocationConstraint } };
    await unlessThere(
      this.#ask('s3 CreateBucket', Bucket, (abortSignal) =>
        this.#client.send(new CreateBucketCommand({ Bucket, ...where }), { abortSignal }),
      ),
    );
    await this.mend(resource, ['PublicAccessBlockConfiguration', 'BucketEncryption', 'LifecycleConfiguration', 'Tags']);
  }

  async mend(resource: Resource, changed: readonly string[]): Promise<void> {
    const Bucket = resource.name;
    const properties = propertiesOf<BucketProperties>(resource);
    const client = this.#client;
    if (changed.includes('PublicAccessBlockConfiguration')) {
      const { PublicAccessBlockConfiguration } = properties;
      await this.#ask('s3 PutPublicAccessBlock', Bucket, (abortSignal) =>
        client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }), { abortSignal }),
      );
    }
    if (changed.includes('BucketEncryption')) {
      const Rules = properties.BucketEncryption.ServerSideEncryptionConfiguration.map(
        ({ ServerSideEncryptionByDefault }) => ({ ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault }),
      );
      const command = new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } });
      await this.#ask('s3 PutBucketEncryption', Bucket, (abortSignal) => client.send(command, { abortSignal }));
    }
    if (changed.includes('LifecycleConfiguration')) {
      const Rules = properties.LifecycleConfiguration.Rules.map(ruleTo);
      const command = new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } });
      await this.#ask('s3 PutBucketLifecycleConfiguration', Bucket, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
    }
    if (changed.includes('Tags'))
      await this.#ask('s3 PutBucketTagging', Bucket, (abortSignal) =>
        client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: properties.Tags } }), { abortSignal }),
      );
  }

  /** With all that is in it: whoever asks for this has typed the name. */
  async remove({ name: Bucket }: Resource): Promise<void> {
    for (;;) {
      const page = await ifThere(
        this.#ask('s3 ListObjectsV2', Bucket, (abortSignal) =>
          this.#client.send(new ListObjectsV2Command({ Bucket }), { abortSignal }),
        ),
      );
      if (page === undefined) return;
      const Objects = (page.Contents ?? []).map(({ Key }) => ({ Key }));
      if (Objects.length === 0) break;
      await this.#ask('s3 DeleteObjects', Bucket, (abortSignal) =>
        this.#client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }), { abortSignal }),
      );
    }
    await ifThere(
      this.#ask('s3 DeleteBucket', Bucket, (abortSignal) =>
        this.#client.send(new DeleteBucketCommand({ Bucket }), { abortSignal }),
      ),
    );
  }

  /** A part of the configuration; undefined where it was never set. */
  #setting<T>(operation: string, bucket: string, act: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    return ifThere(this.#ask(`s3 ${operation}`, bucket, act));
  }
}

function ruleFrom({
  ID = '',
  Status,
  Filter,
  Prefix,
  Expiration,
  AbortIncompleteMultipartUpload,
}: LifecycleRule): Rule {
  const DaysAfterInitiation = AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  return {
    Id: ID,
    Status: Status ?? 'Disabled',
    Prefix: Filter?.Prefix ?? Prefix ?? '',
    ...(Expiration?.Days !== undefined && { ExpirationInDays: Expiration.Days }),
    ...(DaysAfterInitiation !== undefined && { AbortIncompleteMultipartUpload: { DaysAfterInitiation } }),
  };
}

function ruleTo({ Id, Status, Prefix, ExpirationInDays, AbortIncompleteMultipartUpload }: Rule): LifecycleRule {
  return {
    ID: Id,
    Status,
    Filter: { Prefix },
    ...(ExpirationInDays !== undefined && { Expiration: { Days: ExpirationInDays } }),
    ...(AbortIncompleteMultipartUpload !== undefined && { AbortIncompleteMultipartUpload }),
  };
}

export class BucketPolicyProvider implements Provider {
  readonly fixed = [];
  readonly #ask: ProviderContext['ask'];
  readonly #client: S3Client;

  constructor({ target, ask }: ProviderContext) {
    this.#ask = ask;
    this.#client = clientOf(target);
  }

  async read({ name: Bucket }: Resource): Promise<Found | undefined> {
    const reply = await ifThere(
      this.#ask('s3 GetBucketPolicy', Bucket, (abortSignal) =>
        this.#client.send(new GetBucketPolicyCommand({ Bucket }), { abortSignal }),
      ),
    );
    const PolicyDocument = parsed(reply?.Policy);
    return PolicyDocument === undefined ? undefined : { attributes: {}, properties: { Bucket, PolicyDocument } };
  }

  async create({ name: Bucket, properties }: Resource): Promise<void> {
    const Policy = JSON.stringify(properties['PolicyDocument']);
    await this.#ask('s3 PutBucketPolicy', Bucket, (abortSignal) =>
      this.#client.send(new PutBucketPolicyCommand({ Bucket, Policy }), { abortSignal }),
    );
  }

  mend(resource: Resource): Promise<void> {
    return this.create(resource);
  }

  async remove({ name: Bucket }: Resource): Promise<void> {
    await ifThere(
      this.#ask('s3 DeleteBucketPolicy', Bucket, (abortSignal) =>
        this.#client.send(new DeleteBucketPolicyCommand({ Bucket }), { abortSignal }),
      ),
    );
  }
}
