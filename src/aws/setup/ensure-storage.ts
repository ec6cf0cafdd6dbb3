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
import { classified, hasKind } from '../errors.ts';
import { TAGS } from '../tags.ts';
import type { Ensured } from './ensured.ts';

/** A checkpoint that its job has not removed after this is nobody's. */
const CHECKPOINT_DAYS = 7;

export async function ensureBucket(target: AwsTarget, bucket: string): Promise<Ensured> {
  const client = new S3Client({ ...clientOptions(target), forcePathStyle: target.endpoint !== undefined });
  const what = `bucket ${bucket}`;
  try {
    await classified('s3 HeadBucket', bucket, () => client.send(new HeadBucketCommand({ Bucket: bucket })));
    return { what, outcome: 'exists' };
  } catch (error) {
    if (!hasKind(error, 'not-found')) throw error;
  }
  const where =
    target.region === 'us-east-1'
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: target.region as BucketLocationConstraint } };
  await classified('s3 CreateBucket', bucket, () =>
    client.send(new CreateBucketCommand({ Bucket: bucket, ...where })),
  ).catch((error: unknown) => {
    if (!hasKind(error, 'conflict')) throw error;
  });
  const PublicAccessBlockConfiguration = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  await classified('s3 PutPublicAccessBlock', bucket, () =>
    client.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration })),
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
  await classified('s3 PutBucketLifecycleConfiguration', bucket, () =>
    client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules } })),
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
  const client = new EC2Client(clientOptions(target));
  const name = workerTemplateName(template.deployment);
  const what = `launch template ${name}`;
  const Filters = [{ Name: 'launch-template-name', Values: [name] }];
  const { LaunchTemplates = [] } = await classified('ec2 DescribeLaunchTemplates', name, () =>
    client.send(new DescribeLaunchTemplatesCommand({ Filters })),
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
  await classified('ec2 CreateLaunchTemplate', name, () =>
    client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData })),
  ).catch((error: unknown) => {
    if (!hasKind(error, 'conflict')) throw error;
  });
  return { what, outcome: 'created' };
}
