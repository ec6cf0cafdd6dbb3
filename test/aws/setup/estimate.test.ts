import { expect, test } from 'vitest';
import { estimateOf } from '../../../src/aws/setup/estimate.ts';
import { deploymentResources } from '../../../src/aws/setup/model/index.ts';
import { specNamed } from './fixture.ts';

test('an idle deployment costs at most $1 a month, and has nothing that is paid by the hour', () => {
  expect(estimateOf().idleUsdPerMonth).toBeLessThanOrEqual(1);
  expect(estimateOf().idleUsdPerMonth).toBe(estimateOf().lines.find(({ what }) => what.startsWith('idle'))?.usd);
  const resources = deploymentResources(specNamed('idle'));
  // Of all types only a table can be paid by the hour: by provisioned capacity.
  const tables = resources.filter(({ type }) => type === 'AWS::DynamoDB::Table');
  expect(new Set(tables.map(({ properties }) => properties['BillingMode']))).toEqual(new Set(['PAY_PER_REQUEST']));
});
