import { afterAll, beforeAll, expect, test } from 'vitest';
import { notHere, otherRegions, REGIONS } from '../../src/cli/other-regions.ts';
import { openDeployment } from '../../src/cli/wire.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { type TestDeployment, testDeployment } from './deployment.ts';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
});
afterAll(() => deployment.close());

test('a region without the deployment says where it is', async () => {
  const asked: string[] = [];
  const holds = (region: string): Promise<boolean> => {
    asked.push(region);
    if (region === 'us-west-1') return Promise.reject(new Error('not allowed here'));
    return region === 'sa-east-1' ? new Promise(() => undefined) : Promise.resolve(region === 'eu-west-1');
  };
  const found = await otherRegions('us-east-1', holds, 20);
  expect(found).toEqual(['eu-west-1']);
  expect(asked).toEqual(REGIONS.filter((region) => region !== 'us-east-1'));
  expect(notHere('lab', 'us-east-1', found)).toBe('there is no deployment lab in us-east-1; it is in eu-west-1: say --region eu-west-1'); // prettier-ignore
});

test('where it is nowhere, it says how it is made: a table that is not there is no fault', async () => {
  expect(notHere('lab', 'us-east-1', [])).toContain('make it with: cbas init --deployment lab');
  const { choice } = deployment.wired;
  await expect(openDeployment({ ...choice, name: 'nowhere' })).rejects.toMatchObject({
    message: 'there is no deployment nowhere in us-east-1; make it with: cbas init --deployment nowhere',
    code: EXIT.notFound,
  });
});
