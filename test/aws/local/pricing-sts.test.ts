import { DescribeServicesCommand, paginateGetProducts, PricingClient, type Filter } from '@aws-sdk/client-pricing';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSTANCE_TYPES } from '../../../src/aws/local/instance-types.ts';
import { createPricing } from '../../../src/aws/local/pricing.ts';
import { createSts } from '../../../src/aws/local/sts.ts';
import { ACCOUNT, errorName, startLocal, type Local } from './support.ts';

let local: Local;
let pricing: PricingClient;

beforeAll(async () => {
  local = await startLocal({ services: [createPricing(), createSts()] });
  pricing = new PricingClient(local.config);
});
afterAll(() => local.close());

interface Entry {
  readonly product: { readonly attributes: Readonly<Record<string, string>> };
  readonly terms: {
    readonly OnDemand: Record<string, { priceDimensions: Record<string, { pricePerUnit: { USD: string } }> }>;
  };
}

async function products(filters: readonly Filter[], pageSize = 100): Promise<Entry[]> {
  const entries: Entry[] = [];
  const input = { ServiceCode: 'AmazonEC2', Filters: [...filters] };
  for await (const { PriceList = [] } of paginateGetProducts({ client: pricing, pageSize }, input)) {
    entries.push(...PriceList.map((text: unknown) => JSON.parse(String(text)) as Entry));
  }
  return entries;
}

test('the price of a type in a region is found as on AWS', async () => {
  const found = await products([
    { Type: 'TERM_MATCH', Field: 'instanceType', Value: 'm5.large' },
    { Type: 'TERM_MATCH', Field: 'regionCode', Value: 'us-east-1' },
    { Type: 'TERM_MATCH', Field: 'operatingSystem', Value: 'Linux' },
  ]);
  expect(found).toHaveLength(1);
  const [term] = Object.values(found[0]?.terms.OnDemand ?? {});
  expect(Object.values(term?.priceDimensions ?? {})[0]?.pricePerUnit.USD).toBe('0.0960000000');
});

test('several values and pages', async () => {
  const any: Filter = { Type: 'ANY_OF', Field: 'instanceType', Value: 'm5.large,c5.large' };
  const region: Filter = { Type: 'EQUALS', Field: 'regionCode', Value: 'us-east-1' };
  const types = (await products([any, region])).map(({ product }) => product.attributes.instanceType);
  expect(types.sort()).toEqual(['c5.large', 'm5.large']);
  expect(await products([region], 5)).toHaveLength(INSTANCE_TYPES.length);
  expect(await products([{ Type: 'TERM_MATCH', Field: 'instanceType', Value: 'x' }])).toEqual([]);
});

test('one service is listed, another is not found', async () => {
  const { Services } = await pricing.send(new DescribeServicesCommand({}));
  expect(Services?.map(({ ServiceCode }) => ServiceCode)).toEqual(['AmazonEC2']);
  const other = new DescribeServicesCommand({ ServiceCode: 'AmazonS3' });
  expect(await errorName(pricing.send(other))).toBe('NotFoundException');
});

test('the caller has an identity and may assume a role', async () => {
  const sts = new STSClient(local.config);
  expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(ACCOUNT);
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/path/worker`;
  const role = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 's', DurationSeconds: 900 }));
  expect(role.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/worker/s`);
  expect(role.Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now());
  const bad = new AssumeRoleCommand({ RoleArn: 'x'.repeat(20), RoleSessionName: 's2' });
  expect(await errorName(sts.send(bad))).toBe('ValidationError');
});
