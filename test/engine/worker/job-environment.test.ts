import { expect, test } from 'vitest';
import { jobEnvironment } from '../../../src/engine/worker/attempt-context.ts';

type Options = Parameters<typeof jobEnvironment>[0];

const OWN = {
  PATH: '/usr/bin',
  AWS_ACCESS_KEY_ID: 'secret',
  AWS_SESSION_TOKEN: 'secret',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://secret',
  AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://169.254.169.254',
  SSH_AUTH_SOCK: '/secret',
};
const environment = (env: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  jobEnvironment({
    own: OWN,
    folders: { work: '/w', tmp: '/t', checkpoint: '/c', progress: '/p' },
    row: { name: 'job', attempt: 0 },
    holder: { jobId: 'j', epoch: 1 },
    document: { run: { env }, checkpoint: { signal: 'none' } },
    restoredGeneration: 0,
    graceMs: 1_000,
  } as unknown as Options);

test('a job gets no key of its worker, nor anything that leads to one, and its SDKs do not ask the metadata service', () => {
  const env = environment({});
  expect(Object.values(env).join(' ')).not.toMatch(/secret|169\.254/);
  expect(Object.keys(env).filter((name) => name.startsWith('AWS_'))).toEqual(['AWS_EC2_METADATA_DISABLED']);
  expect(env['AWS_EC2_METADATA_DISABLED']).toBe('true');
});

test('a document may say otherwise, for jobs that are meant to use the instance’s role', () => {
  const { AWS_EC2_METADATA_DISABLED, PATH } = environment({ AWS_EC2_METADATA_DISABLED: 'false' });
  expect([AWS_EC2_METADATA_DISABLED, PATH]).toEqual(['false', '/usr/bin']);
});
