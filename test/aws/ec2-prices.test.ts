import { afterAll, beforeAll, expect, test } from 'vitest';
import { Ec2Prices } from '../../src/aws/ec2-prices.ts';
import { REFUSALS, type Refusal, refusingProxy } from '../support/refusing-proxy.ts';
import { REGION, type TestCloud, testCloud } from './setup/fixture.ts';

let under: TestCloud;
beforeAll(async () => {
  under = await testCloud();
});
afterAll(() => under.close());

test.each(Object.keys(REFUSALS) as Refusal[])(
  'where the server has no Pricing, a type is known all the same, its price on demand is not: %s',
  async (refusal) => {
    const proxy = await refusingProxy(under.cloud.endpoint, ['pricing'], refusal);
    try {
      const prices = new Ec2Prices({ region: REGION, endpoint: proxy.endpoint, mode: 'local', credentials: 'dummy' });
      expect(await prices.types(['c5.large'])).toEqual([
        { type: 'c5.large', vcpus: 2, memoryMb: 4_096, arch: 'x86_64', gpus: 0, onDemandUsdPerHour: 0 },
      ]);
      expect(await prices.history(['c5.large/us-east-1a'], Date.now() - 3_600_000)).not.toEqual([]);
    } finally {
      await proxy.close();
    }
  },
);

test('what is refused otherwise stays a fault: nobody takes a missing right for an unknown price', async () => {
  const denied = { status: 400, type: 'application/x-amz-json-1.1', body: '{"__type":"AccessDeniedException","message":"no"}' }; // prettier-ignore
  const proxy = await refusingProxy(under.cloud.endpoint, ['pricing'], denied);
  try {
    const prices = new Ec2Prices({ region: REGION, endpoint: proxy.endpoint, mode: 'local', credentials: 'dummy' });
    await expect(prices.types(['c5.large'])).rejects.toMatchObject({ fault: { kind: 'denied' } });
  } finally {
    await proxy.close();
  }
});
