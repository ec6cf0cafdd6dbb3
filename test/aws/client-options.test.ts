import { afterEach, expect, test, vi } from 'vitest';
import { type AwsTarget, clientOptions, endpointOf } from '../../src/aws/client-options.ts';

const AWS: AwsTarget = { region: 'us-east-1', endpoint: 'http://all:1', mode: 'aws', credentials: 'chain' };
const LOCAL: AwsTarget = { ...AWS, endpoint: 'http://127.0.0.1:1', mode: 'local', credentials: 'dummy' };

afterEach(() => vi.unstubAllEnvs());

test('a service may have an address of its own, before that of all', () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', 'https://s3:2');
  expect(endpointOf(AWS, 'S3')).toBe('https://s3:2');
  expect(clientOptions(AWS, 'S3')).toMatchObject({ endpoint: 'https://s3:2' });
  expect(endpointOf(AWS, 'SQS')).toBe('http://all:1');
  expect(endpointOf({ ...AWS, endpoint: undefined }, 'S3')).toBe('https://s3:2');
  expect(endpointOf({ ...AWS, endpoint: undefined }, 'SQS')).toBeUndefined();
  vi.stubEnv('AWS_ENDPOINT_URL_S3', '');
  expect(endpointOf(AWS, 'S3')).toBe('http://all:1');
});

test('local mode has one address, which is of this machine', () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', 'https://elsewhere.example');
  expect(endpointOf(LOCAL, 'S3')).toBe('http://127.0.0.1:1');
  expect(() => clientOptions({ ...LOCAL, endpoint: 'https://elsewhere.example' })).toThrow(/this machine only/);
});
