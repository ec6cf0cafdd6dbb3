/** Operations whose right has another name: S3's were named before its operations. */
const OTHERS: Readonly<Record<string, string>> = {
  's3 HeadBucket': 's3:ListBucket',
  's3 ListObjectsV2': 's3:ListBucket',
  's3 HeadObject': 's3:GetObject',
  's3 DeleteObjects': 's3:DeleteObject',
  's3 ListBuckets': 's3:ListAllMyBuckets',
  's3 CreateMultipartUpload': 's3:PutObject',
  's3 UploadPart': 's3:PutObject',
  's3 ListMultipartUploads': 's3:ListBucketMultipartUploads',
  's3 ListParts': 's3:ListMultipartUploadParts',
  's3 CompleteMultipartUpload': 's3:PutObject',
  's3 GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3 PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3 GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3 PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3 GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3 PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  'sqs SendMessageBatch': 'sqs:SendMessage',
  'sqs DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
};

/** The IAM action that an operation needs, e.g. "dynamodb CreateTable" -> "dynamodb:CreateTable" (Service Authorization Reference). */
export function rightFor(operation: string): string {
  return OTHERS[operation] ?? operation.replace(' ', ':');
}
