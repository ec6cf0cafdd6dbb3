import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { syncOnDemand } from '../../src/cli/on-demand-sync.ts';
import { PriceCache } from '../../src/cli/price-cache.ts';
import { type PriceTeller, syncPrices } from '../../src/cli/price-sync.ts';
import { pointsOf } from '../../src/engine/market/price-series.ts';
import type { PricePoint } from '../../src/engine/model/market.ts';
import { DAY_MS, HOUR_MS } from '../../src/engine/model/units.ts';

const POOL = 'c5.large/us-east-1a';
const NOW = Date.UTC(2026, 5, 1);
const WANTED = [{ type: 'c5.large', zones: ['us-east-1a'] }];

let home: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-sync-'));
  vi.stubEnv('XDG_STATE_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(home, { recursive: true });
});

/** As DescribeSpotPriceHistory answers: what came in [since, now], and the price in force at its start. */
function tellerOf(all: readonly PricePoint[], now: { ms: number }): PriceTeller & { readonly since: number[] } {
  const since: number[] = [];
  return {
    since,
    historyOf: async (_, fromMs) => {
      since.push(fromMs);
      const past = all.filter(({ at }) => at <= now.ms);
      const inForce = past.filter(({ at }) => at <= fromMs).sort((a, b) => b.at - a.at)[0];
      return past.filter((point) => point.at > fromMs || point === inForce);
    },
  };
}

const kept = (cache: PriceCache) => cache.read().markets.flatMap(({ series }) => pointsOf(series));

test('many small syncs of answers in any order keep what one would have', async () => {
  const hours = fc.uniqueArray(fc.integer({ min: 1, max: 60 * 24 }), { minLength: 2, maxLength: 30 });
  const pauses = fc.array(fc.integer({ min: 1, max: 20 * 24 }), { minLength: 1, maxLength: 5 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(hours, pauses, async (changes, waits) => {
      // In no order, as pages may come; each price but the first repeats now and then.
      const all = changes.map((hour) => ({ pool: POOL, at: NOW - 60 * DAY_MS + hour * HOUR_MS, usdPerHour: 1 + (hour % 3) })); // prettier-ignore
      const clock = { ms: NOW - 60 * DAY_MS };
      const teller = tellerOf(all, clock);
      const sync = (cache: PriceCache) =>
        syncPrices({ cache, teller, wanted: WANTED, fromMs: clock.ms - 90 * DAY_MS, nowMs: clock.ms });
      const often = new PriceCache(`often-${run}`);
      for (const wait of waits) {
        clock.ms = Math.min(NOW, clock.ms + wait * HOUR_MS);
        expect((await sync(often)).remarks).toEqual([]);
      }
      const once = new PriceCache(`once-${run++}`);
      await sync(once);
      expect(kept(often)).toEqual(kept(once));
    }),
    { numRuns: 25 },
  );
});

test('what EC2 no longer tells stays kept, and a gap is told', async () => {
  const all = [0, 50, 199].map((day) => ({ pool: POOL, at: NOW + day * DAY_MS, usdPerHour: 1 + day }));
  const clock = { ms: NOW + 60 * DAY_MS };
  const teller = tellerOf(all, clock);
  const cache = new PriceCache('123456789012');
  const sync = () => syncPrices({ cache, teller, wanted: WANTED, fromMs: clock.ms - 90 * DAY_MS, nowMs: clock.ms });
  await sync();
  clock.ms = NOW + 200 * DAY_MS;
  const { remarks } = await sync();
  expect(remarks).toEqual([
    `prices of ${POOL} between 2026-07-31T00:00:00.000Z and 2026-09-19T00:00:00.000Z are missing: EC2 tells 90 days`,
  ]);
  expect(kept(cache)).toHaveLength(3);
  // Nothing new: asked from an hour before the newest, and nothing is missing any more.
  expect((await sync()).remarks).toEqual([]);
  expect(teller.since.at(-1)).toBe(NOW + 199 * DAY_MS - HOUR_MS);
});

test('on-demand prices are asked once a day; days between of one price are not kept', async () => {
  const cache = new PriceCache('123456789012');
  const asked: string[][] = [];
  let usd = 0.1;
  const teller = {
    types: async (types: readonly string[]) => {
      asked.push([...types]);
      return types.map((type) => ({ type, onDemandUsdPerHour: type === 'x9.large' ? 0 : usd }));
    },
  };
  const onDay = (day: number, types: readonly string[]) =>
    syncOnDemand({ cache, teller, region: 'us-east-1', types, nowMs: NOW + day * DAY_MS });
  await onDay(0, ['c5.large']);
  await onDay(0.9, ['c5.large', 'm5.large', 'x9.large']);
  for (const day of [1, 2, 3]) await onDay(day, ['c5.large']);
  usd = 0.09;
  await onDay(4, ['c5.large']);
  expect(asked.slice(0, 2)).toEqual([['c5.large'], ['m5.large', 'x9.large']]);
  expect(asked).toHaveLength(6);
  const rows = cache.onDemand().get('us-east-1/c5.large/Linux/UNIX') ?? [];
  expect(rows.map(({ era, usdPerHour }) => `${era} ${usdPerHour}`)).toEqual([
    '2026-06-01 0.1',
    '2026-06-04 0.1',
    '2026-06-05 0.09',
  ]);
  expect(cache.onDemand().has('us-east-1/x9.large/Linux/UNIX')).toBe(false);
});
