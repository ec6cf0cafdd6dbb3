import assert from 'node:assert/strict';
import { BLOB_CASES } from './blobs.ts';
import { COMPUTE_CASES } from './compute.ts';
import type { ConformanceCase } from './context.ts';
import { PRICE_CASES } from './prices.ts';
import { QUEUE_CASES } from './queue.ts';
import { TABLE_CASES } from './table-store.ts';

const SETUP_CASES: readonly ConformanceCase[] = [
  {
    port: 'setup',
    operation: 'init',
    name: 'that runs again creates nothing',
    run: async ({ setup }) => {
      await setup?.();
      const again = await setup?.();
      assert.deepEqual(again?.filter(({ outcome }) => outcome === 'created') ?? [], []);
    },
  },
];

export const CASES: readonly ConformanceCase[] = [
  ...TABLE_CASES,
  ...QUEUE_CASES,
  ...BLOB_CASES,
  ...COMPUTE_CASES,
  ...PRICE_CASES,
  ...SETUP_CASES,
];
