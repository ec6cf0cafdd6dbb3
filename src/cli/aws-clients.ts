/** Everything that pulls in the AWS SDK, behind one door: importing this file is what costs the time. */
export { DynamoStore } from '../aws/dynamo.ts';
export { Ec2Compute } from '../aws/ec2-compute.ts';
export { Ec2Prices } from '../aws/ec2-prices.ts';
export { callerIdentity } from '../aws/identity.ts';
export { S3Blobs } from '../aws/s3.ts';
export { initDeployment } from '../aws/setup/init.ts';
export { names } from '../aws/setup/names.ts';
export { SqsQueue } from '../aws/sqs.ts';
