/** The AWS clients that every process needs, behind one door: importing this file is what costs the time. */
export { DynamoStore } from '../aws/dynamo.ts';
export { S3Blobs } from '../aws/s3.ts';
export { names } from '../aws/setup/names.ts';
export { SqsQueue } from '../aws/sqs.ts';
