import type { DescribeSpotPriceHistoryResult, SpotPrice } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ec2 } from '../../../src/aws/local/ec2/ec2.ts';
import { call, codeOf, ENDPOINT, type Ec2Fixture, ec2Fixture } from './ec2-fixture.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';

const NOW = Date.UTC(2026, 10, 1);
const HOUR_MS = 3_600_000;

let fixture: Ec2Fixture;
let ec2: Ec2;
let clock: FakeClock;
beforeEach(async () => {
  fixture = ec2Fixture();
  clock = fakeClock(NOW);
  ec2 = fixture.open({ clock, speed: 720 });
  await ec2.start(ENDPOINT);
});
afterEach(() => fixture.cleanUp());

/** All pages; between two of them time goes on. */
async function history(input: object): Promise<SpotPrice[]> {
  const rows: SpotPrice[] = [];
  let NextToken: string | undefined;
  do {
    const reply: DescribeSpotPriceHistoryResult = await call(ec2, 'DescribeSpotPriceHistory', { ...input, NextToken });
    rows.push(...reply.SpotPriceHistory!);
    NextToken = reply.NextToken;
    clock.advance(7_000);
  } while (NextToken !== '');
  return rows;
}

const key = (row: SpotPrice) =>
  `${row.Timestamp!.toISOString()} ${row.InstanceType}/${row.AvailabilityZone} ${row.SpotPrice}`;

describe('DescribeSpotPriceHistory', () => {
  it('gives the price now of every pool when start and end are now', async () => {
    const rows = await history({
      StartTime: new Date(NOW),
      EndTime: new Date(NOW),
      InstanceTypes: ['c5.large', 'm5.large'],
    });
    expect(rows.map((row) => `${row.InstanceType}/${row.AvailabilityZone}`).sort()).toEqual([
      'c5.large/us-east-1a',
      'c5.large/us-east-1b',
      'm5.large/us-east-1a',
      'm5.large/us-east-1b',
    ]);
    for (const row of rows) {
      const pool = ec2.market.pool(row.InstanceType!, row.AvailabilityZone!)!;
      expect(row.SpotPrice).toBe(ec2.market.priceAt(pool, NOW).toFixed(6));
      expect(row.Timestamp!.getTime()).toBeLessThanOrEqual(NOW);
    }
  });

  it('pages through all of 90 days, newest first, each price once, however large the page', async () => {
    const input = { InstanceTypes: ['c5.large'], EndTime: new Date(NOW), StartTime: new Date(NOW - 2 * HOUR_MS + 500) };
    const small = await history({ ...input, MaxResults: 137 });
    const large = await history({ ...input, MaxResults: 1000 });
    expect(small.map(key)).toEqual(large.map(key));
    expect(new Set(small.map(key)).size).toBe(small.length);
    expect(small.length).toBeGreaterThan(2000);
    const times = small.map((row) => row.Timestamp!.getTime());
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const before = small.filter((row) => row.Timestamp! < input.StartTime);
    expect(before.map((row) => row.AvailabilityZone).sort()).toEqual(['us-east-1a', 'us-east-1b']);
  });

  it('filters by zone and product', async () => {
    const now = { StartTime: new Date(NOW), EndTime: new Date(NOW), InstanceTypes: ['c5.large'] };
    expect(await history({ ...now, AvailabilityZone: 'us-east-1b' })).toHaveLength(1);
    expect(await history({ ...now, ProductDescriptions: ['Linux/UNIX (Amazon VPC)'] })).toHaveLength(2);
    expect(await history({ ...now, ProductDescriptions: ['Windows'] })).toEqual([]);
    expect(await history({ ...now, Filters: [{ Name: 'availability-zone', Values: ['*a'] }] })).toHaveLength(1);
  });

  it('refuses a token of another making', async () => {
    expect(await codeOf(call(ec2, 'DescribeSpotPriceHistory', { NextToken: 'x' }))).toBe('InvalidPaginationToken');
  });
});
