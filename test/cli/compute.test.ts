import { expect, it } from 'vitest';
import { compute } from '../../src/cli/compute.ts';
import type { RecordedMarket } from '../../src/engine/market/recorded-market.ts';
import { priceSeries } from '../../src/engine/market/price-series.ts';

const HOUR_MS = 3_600_000;

function market(hours: number): RecordedMarket {
  const points = Array.from({ length: hours + 1 }, (_, at) => ({
    atMs: at * HOUR_MS,
    usdPerHour: 0.01 * (1 + (at % 7)),
  }));
  return { type: 'c5.large', zone: 'us-east-1a', product: 'Linux/UNIX', series: priceSeries(points) };
}

it('answers stand in the order of their inputs, whatever the number of threads', async () => {
  const inputs = [300, 1, 24, 7, 90].map(market);
  const expected = [300, 1, 24, 7, 90].map((hours) => ({ points: hours + 1, fromMs: 0, toMs: hours * HOUR_MS }));
  const told: string[] = [];
  const onDone = (done: number, total: number): void => void told.push(`${done}/${total}`);
  expect(await compute('extent', inputs, { threads: 1, onDone })).toEqual(expected);
  expect(told).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
  expect(await compute('extent', inputs, { threads: 3 })).toEqual(expected);
});

it('an error of a task is thrown, and a signal ends it', async () => {
  const broken = { ...market(1), series: undefined } as unknown as RecordedMarket;
  await expect(compute('extent', [market(1), broken])).rejects.toThrow(/series|undefined/);
  const stop = new AbortController();
  const stopped = compute(
    'extent',
    Array.from({ length: 2_000 }, () => market(50)),
    {
      signal: stop.signal,
      onDone: (done) => void (done === 3 && stop.abort(new Error('told to stop'))),
    },
  );
  await expect(stopped).rejects.toThrow('told to stop');
});
