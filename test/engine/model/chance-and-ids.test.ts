import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePoolId, poolId, shardOf, uuidV7 } from '../../../src/engine/model/ids.ts';
import { seededRng } from '../../../src/engine/model/rng.ts';

const seeds = fc.nat();
const times = fc.integer({ min: 0, max: 2 ** 47 });

test('an id is a UUID of version 7 that tells its time', () => {
  fc.assert(
    fc.property(seeds, times, (seed, at) => {
      const id = uuidV7(at, seededRng(seed));
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(at);
    }),
  );
});

test('ids sort by their time', () => {
  fc.assert(
    fc.property(seeds, fc.uniqueArray(times, { maxLength: 30 }), (seed, ats) => {
      const rng = seededRng(seed);
      const ids = ats.map((at) => ({ at, id: uuidV7(at, rng) }));
      const byId = ids.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ at }) => at);
      expect(byId).toEqual(ats.toSorted((a, b) => a - b));
    }),
  );
});

test('the same seed gives the same chance, another name or seed another', () => {
  const draw = (seed: number, name?: string): readonly number[] => {
    const rng = name === undefined ? seededRng(seed) : seededRng(seed).fork(name);
    return Array.from({ length: 50 }, rng.next);
  };
  fc.assert(
    fc.property(seeds, (seed) => {
      expect(draw(seed)).toEqual(draw(seed));
      expect(draw(seed, 'prices')).toEqual(draw(seed, 'prices'));
      expect(draw(seed, 'prices')).not.toEqual(draw(seed, 'faults'));
      expect(draw(seed)).not.toEqual(draw(seed + 1));
    }),
  );
});

test('chance stays in its range and is even enough', () => {
  const rng = seededRng(7);
  const counts = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < 10_000; draw++) counts[rng.below(10)]! += 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  const normals = Array.from({ length: 10_000 }, rng.normal);
  const mean = normals.reduce((sum, value) => sum + value, 0) / normals.length;
  const variance = normals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normals.length;
  expect(Math.abs(mean)).toBeLessThan(0.05);
  expect(Math.abs(variance - 1)).toBeLessThan(0.1);
});

test('shards are used evenly, and an id has one shard everywhere', () => {
  const rng = seededRng(1);
  const counts = Array.from({ length: 16 }, () => 0);
  for (let at = 0; at < 16_000; at++) counts[shardOf(uuidV7(at, rng), 16)]! += 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  expect(shardOf('0192f0c4-0000-7000-8000-0000000000c4', 16)).toBe(shardOf('0192f0c4-0000-7000-8000-0000000000c4', 16));
});

test('a pool is a type in a zone', () => {
  expect(parsePoolId(poolId('c5.large', 'us-east-1a'))).toEqual({ instanceType: 'c5.large', zone: 'us-east-1a' });
});
