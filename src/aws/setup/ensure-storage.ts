import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type BucketLocationConstraint,
} from '@aws-sdk/client-s3';
import { CreateLaunchTemplateCommand, DescribeLaunchTemplatesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { type AwsTarget, clientOptions } from '../client-options.ts';
import { workerTemplateName } from '../ec2-compute.ts';
import { hasKind } from '../errors.ts';
import { TAGS } from '../tags.ts';
import { askerOf } from './ask.ts';
import type { Ensured } from './ensured.ts';

/** A checkpoint that its job has not removed after this is nobody's. */
const CHECKPOINT_DAYS = 7;

export async function ensureBucket(target: AwsTarget, bucket: string): Promise<Ensured> {
  const ask = askerOf(target);
  const client = new S3Client({ ...clientOptions(target), forcePathStyle: target.endpoint !== undefined });
  const what = `bucket ${bucket}`;
  try {
    await ask('s3 HeadBucket', bucket, (abortSignal) =>
      client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal }),
    );
    return { what, outcome: 'exists' };
  } catch (error) {
    if (!hasKind(error, 'not-found')) throw error;
  }
  const where =
    target.region === 'us-east-1'
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: target.region as BucketLocationConstraint } };
  await ask('s3 CreateBucket', bucket, (abortSignal) =>
    client.send(new CreateBucketCommand({ Bucket: bucket, ...where }), { abortSignal }),
  ).catch((error: unknown) => {
    if (!hasKind(error, 'conflict')) throw error;
  });
  const PublicAccessBlockConfiguration = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  await ask('s3 PutPublicAccessBlock', bucket, (abortSignal) =>
    client.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }), { abortSignal }),
  );
  const Rules = [
    {
      ID: 'checkpoints',
      Status: 'Enabled' as const,
      Filter: { Prefix: 'ckpt/' },
      Expiration: { Days: CHECKPOINT_DAYS },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    },
  ];
  await ask('s3 PutBucketLifecycleConfiguration', bucket, (abortSignal) =>
    client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules } }), {
      abortSignal,
    }),
  );
  return { what, outcome: 'created' };
}

export interface WorkerTemplate {
  readonly deployment: string;
  readonly imageId: string;
  readonly userData: string;
}

/** The launch template of all workers: metadata service version 2 only, tags readable there, and shutdown means terminate. */
export async function ensureTemplate(target: AwsTarget, template: WorkerTemplate): Promise<Ensured> {
  const ask = askerOf(target);
  const client = new EC2Client(clientOptions(target));
  const name = workerTemplateName(template.deployment);
  const what = `launch template ${name}`;
  const Filters = [{ Name: 'launch-template-name', Values: [name] }];
  const { LaunchTemplates = [] } = await ask('ec2 DescribeLaunchTemplates', name, (abortSignal) =>
    client.send(new DescribeLaunchTemplatesCommand({ Filters }), { abortSignal }),
  );
  if (LaunchTemplates.length > 0) return { what, outcome: 'exists' };
  const LaunchTemplateData = {
    ImageId: template.imageId,
    UserData: Buffer.from(template.userData).toString('base64'),
    InstanceInitiatedShutdownBehavior: 'terminate' as const,
    MetadataOptions: {
      HttpTokens: 'required' as const,
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: 'enabled' as const,
    },
    TagSpecifications: [
      { ResourceType: 'instance' as const, Tags: [{ Key: TAGS.deployment, Value: template.deployment }] },
    ],
  };
  await ask('ec2 CreateLaunchTemplate', name, (abortSignal) =>
    client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData }), { abortSignal }),
  ).catch((error: unknown) => {
    if (!hasKind(error, 'conflict')) throw error;
  });
  return { what, outcome: 'created' };
}
