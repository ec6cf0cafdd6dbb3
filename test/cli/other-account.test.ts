import { afterAll, beforeAll, expect, test } from 'vitest';
import { initDeployment } from '../../src/aws/setup/init.ts';
import { openDeployment } from '../../src/cli/wire.ts';
import { SETTINGS, specNamed, type TestCloud, testCloud } from '../aws/setup/fixture.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await testCloud();
  const spec = { ...specNamed('theirs'), accountId: '111111111111' };
  await initDeployment(cloud.target(), { spec, settings: SETTINGS, version: 'test' });
});
afterAll(() => cloud.close());

test('credentials of another account open no deployment', async () => {
  const target = { ...cloud.target(), mode: 'aws' as const };
  const choice = { name: 'theirs', target, why: 'the test', local: undefined, ambiguous: false };
  await expect(openDeployment(choice)).rejects.toThrow(
    'deployment theirs belongs to account 111111111111, but these credentials are of 000000000000',
  );
});
