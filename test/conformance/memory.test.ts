import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { MemoryBlobs } from '../../src/aws/memory/memory-blobs.ts';
import { MemoryCompute } from '../../src/aws/memory/memory-compute.ts';
import { MemoryPrices } from '../../src/aws/memory/memory-prices.ts';
import { MemoryQueue } from '../../src/aws/memory/memory-queue.ts';
import { MemoryTable } from '../../src/aws/memory/memory-table.ts';
import { systemClock } from '../../src/cli/clock.ts';
import { C5_LARGE, POOL } from '../support/memory-cloud.ts';
import { CASES } from './cases.ts';
import type { ConformanceContext } from './context.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-memory-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const prices = new MemoryPrices([C5_LARGE]);
prices.add([{ pool: POOL, at: Date.now() - 7_200_000, usdPerHour: 0.03 }, { pool: POOL, at: Date.now() - 60_000, usdPerHour: 0.04 }]); // prettier-ignore
let number = 0;
const context: ConformanceContext = {
  store: new MemoryTable(),
  queue: new MemoryQueue({ clock: systemClock, visibilityMs: 300 }),
  blobs: new MemoryBlobs(),
  compute: new MemoryCompute({ clock: systemClock }),
  prices,
  pool: POOL,
  bidUsdPerHour: 10,
  folder,
  unique: (name) => `${++number}-${name}`,
  setup: undefined,
};

describe('in-memory AWS', () => {
  for (const { port, operation, name, run } of CASES) test(`${port} ${operation} ${name}`, () => run(context));
});
