import assert from 'node:assert/strict';
import { parsePoolId } from '../../src/engine/model/ids.ts';
import type { ConformanceCase } from './context.ts';

export const PRICE_CASES: readonly ConformanceCase[] = [
  {
    port: 'prices',
    operation: 'DescribeSpotPriceHistory',
    name: 'tells the pool’s prices, among them one in force at the beginning',
    run: async ({ prices, pool }) => {
      const since = Date.now() - 3_600_000;
      const points = await prices.history([pool], since);
      assert.ok(points.length > 0, 'there are prices');
      for (const point of points)
        assert.ok(
          point.pool === pool && point.usdPerHour > 0 && point.at <= Date.now() + 60_000,
          JSON.stringify(point),
        );
      assert.ok(Math.min(...points.map(({ at }) => at)) <= since + 60_000, 'one is from before the beginning');
    },
  },
  {
    port: 'prices',
    operation: 'DescribeInstanceTypes',
    name: 'tells what a type is',
    run: async ({ prices, pool }) => {
      const { instanceType } = parsePoolId(pool);
      const [type] = await prices.types([instanceType, instanceType]);
      assert.equal(type?.type, instanceType);
      assert.ok(type !== undefined && type.vcpus >= 1 && type.memoryMb >= 512 && type.gpus === 0, JSON.stringify(type));
    },
  },
  {
    port: 'prices',
    operation: 'GetProducts',
    name: 'tells the on-demand price',
    run: async ({ prices, pool }) => {
      const [type] = await prices.types([parsePoolId(pool).instanceType]);
      assert.ok(type !== undefined && type.onDemandUsdPerHour > 0, JSON.stringify(type));
    },
  },
];
