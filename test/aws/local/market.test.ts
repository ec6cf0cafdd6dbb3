import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMarket, type Market } from '../../../src/aws/local/ec2/market.ts';
import { type PriceSource, recordedSource, syntheticSource } from '../../../src/aws/local/ec2/price-source.ts';
import { parsePrices } from '../../../src/engine/market/parse-prices.ts';
import { pointsOf, priceAt } from '../../../src/engine/market/price-series.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';

const NOW = Date.UTC(2026, 10, 1);
const HOUR_MS = 3_600_000;
const ZONES = ['us-east-1a', 'us-east-1b'];
/** Two days, price 1 an hour but 9 in the hour that begins 30 hours in; its middle is hour 24. */
const RECORDED = recordedSource(
  parsePrices(
    [0, 30, 31, 48]
      .map((hour) => `${hour * 3600},us-east-1a,c5.large,Linux/UNIX,${hour === 30 ? 9 : 1 + hour / 1000}`)
      .join('\n'),
  ),
);

let dir: string;
let clock: FakeClock;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'market-'));
  clock = fakeClock(NOW);
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const open = (source: PriceSource, options: { speed?: number; capacity?: Record<string, number> } = {}): Market =>
  createMarket({ source, clock, region: 'us-east-1', file: path.join(dir, 'market.json'), ...options });
const poolOf = (market: Market) => market.pool('c5.large', 'us-east-1a')!;

describe('two clocks', () => {
  it('compress 90 days of history into 90 days / speed of the past', () => {
    const market = open(syntheticSource({ zones: ZONES, seed: 1 }), { speed: 720 });
    expect(NOW - market.oldestMs()).toBe(3 * HOUR_MS);
    const points = pointsOf(market.history(poolOf(market), { fromMs: 0, toMs: NOW + 1 }));
    expect(points.length).toBeGreaterThan(1500);
    expect(points.every((point) => point.atMs <= NOW && Number.isInteger(point.atMs))).toBe(true);
  });

  it('tell as history what was the price when it was the present', () => {
    const market = open(syntheticSource({ zones: ZONES, seed: 1 }), { speed: 3600 });
    const pool = poolOf(market);
    const seen = Array.from({ length: 200 }, () => {
      clock.advance(1370);
      return { at: clock.now(), price: market.priceAt(pool, clock.now()) };
    });
    const told = market.history(pool, { fromMs: NOW, toMs: clock.now() + 1 });
    for (const { at, price } of seen) expect(priceAt(told, at)).toBe(price);
  });

  it('keep their anchor over a restart, and the present price over a change of speed', () => {
    const source = syntheticSource({ zones: ZONES, seed: 1 });
    const first = open(source, { speed: 1000 });
    clock.advance(HOUR_MS);
    const price = first.priceAt(poolOf(first), clock.now());
    const second = open(source, { speed: 1000 });
    expect(second.history(poolOf(second), { fromMs: NOW, toMs: clock.now() })).toEqual(
      first.history(poolOf(first), { fromMs: NOW, toMs: clock.now() }),
    );
    const third = open(source, { speed: 5 });
    expect(third.priceAt(poolOf(third), clock.now())).toBe(price);
  });
});

describe('recorded prices', () => {
  it('begin in the middle and repeat', () => {
    const market = open(RECORDED);
    const pool = poolOf(market);
    const hourly = Array.from({ length: 100 }, (_, hour) => market.priceAt(pool, NOW + hour * HOUR_MS + 1000));
    expect(hourly.map((price, hour) => (price === 9 ? hour : -1)).filter((hour) => hour >= 0)).toEqual([6, 54]);
    expect(market.priceAt(pool, NOW - 80 * 24 * HOUR_MS)).toBeGreaterThan(0);
  });

  it('need a type that is sold here', () =>
    expect(() => recordedSource(parsePrices('1,us-east-1a,x9.huge,Linux/UNIX,1'))).toThrow(/no Linux price/));
});

describe('watchBid', () => {
  const watched = (usdPerHour: number, speed: number): { told: string[]; stop: () => void } => {
    const market = open(RECORDED, { speed });
    const told: string[] = [];
    const tell = (what: string) => () => told.push(`${what} ${(clock.now() - NOW) / 1000}s`);
    const stop = market.watchBid(
      { pool: poolOf(market), usdPerHour, leadMs: 10_000 },
      { onSoon: tell('soon'), onExceeded: tell('exceeded') },
    );
    return { told, stop };
  };

  it('tells shortly before the crossing and at it, once', () => {
    const { told } = watched(5, 36);
    clock.advance(12 * HOUR_MS);
    expect(told).toEqual(['soon 590s', 'exceeded 600s']);
  });

  it('says nothing while the price equals the bid', () => {
    const { told } = watched(9, 36);
    clock.advance(12 * HOUR_MS);
    expect(told).toEqual([]);
  });

  it('tells at once when the price exceeds the bid already', () => {
    const { told } = watched(0.5, 1);
    clock.advance(1);
    expect(told).toEqual(['exceeded 0s']);
  });

  it('is silent once stopped, also between the two', () => {
    const { told, stop } = watched(5, 36);
    clock.advance(595_000);
    stop();
    clock.advance(12 * HOUR_MS);
    expect(told).toEqual(['soon 590s']);
  });
});

describe('capacity', () => {
  it('is kept, and may be lifted', () => {
    const source = syntheticSource({ zones: ZONES, seed: 1 });
    open(source, { capacity: { 'c5.large/us-east-1a': 2 } }).setCapacity('c5.large/us-east-1b', 0);
    const again = open(source);
    expect(again.capacityOf('c5.large/us-east-1a')).toBe(2);
    expect(again.capacityOf('c5.large/us-east-1b')).toBe(0);
    again.setCapacity('c5.large/us-east-1b', null);
    expect(open(source).capacityOf('c5.large/us-east-1b')).toBeUndefined();
  });

  it('of an unknown pool is an error', () => {
    const market = open(syntheticSource({ zones: ZONES, seed: 1 }));
    expect(() => market.setCapacity('c5.large', 1)).toThrow(/no such pool/);
    expect(() => market.setCapacity('c5.large/us-east-1a', -1)).toThrow(/-1/);
  });
});
