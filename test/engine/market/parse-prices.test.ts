import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrices, parseTimestamp } from '../../../src/engine/market/parse-prices.ts';
import { pointsOf } from '../../../src/engine/market/price-series.ts';

const AWS = {
  Timestamp: '2026-03-01T12:00:00+00:00',
  SpotPrice: '0.034000',
  InstanceType: 'c5.large',
  AvailabilityZone: 'us-east-1a',
  ProductDescription: 'Linux/UNIX',
};
const CSV = `epoch,zone,type,product,price
20,us-east-1a,c5.large,Linux/UNIX,0.04
10,us-east-1a,c5.large,Linux/UNIX,0.03

10,us-east-1b,c5.large,Linux/UNIX,0.05
`;

describe('parsePrices', () => {
  it('reads CSV with and without its header, into one series per market', () => {
    for (const text of [CSV, CSV.slice(CSV.indexOf('\n') + 1), CSV.replaceAll('\n', '\r\n')]) {
      const markets = parsePrices(text);
      expect(markets.map((one) => one.zone)).toEqual(['us-east-1a', 'us-east-1b']);
      expect(pointsOf(markets[0]!.series)).toEqual([
        { atMs: 10_000, usdPerHour: 0.03 },
        { atMs: 20_000, usdPerHour: 0.04 },
      ]);
    }
  });

  it.each([
    ['object', { SpotPriceHistory: [AWS] }],
    ['array', [AWS]],
  ])('reads what the AWS CLI prints, as %s', (_, given) => {
    const [market] = parsePrices(JSON.stringify(given));
    expect(market).toMatchObject({ type: 'c5.large', zone: 'us-east-1a', product: 'Linux/UNIX' });
    expect(pointsOf(market!.series)).toEqual([{ atMs: Date.UTC(2026, 2, 1, 12), usdPerHour: 0.034 }]);
  });

  it.each([
    ['', 'price file: is empty'],
    ['1,us-east-1a,c5.large,Linux/UNIX', 'line 1: 4 columns'],
    [`${CSV}x,us-east-1a,c5.large,Linux/UNIX,1`, 'line 6: epoch "x"'],
    ['1,us-east-1a,c5.large,Linux/UNIX,cheap', 'line 1: price "cheap"'],
    ['1,us-east-1a,c5.large,Linux/UNIX,-1', 'line 1: price -1 is negative'],
    ['1,us-east-1a,,Linux/UNIX,1', 'line 1: the instance type'],
    ['epoch,zone,type,product,price', 'price file: holds no price'],
    ['{"SpotPrices": []}', 'no SpotPriceHistory'],
    ['{', 'price file: is not JSON'],
    [JSON.stringify([AWS, { ...AWS, SpotPrice: undefined }]), 'SpotPriceHistory[1]: SpotPrice is missing'],
    [JSON.stringify([{ ...AWS, Timestamp: 'yesterday' }]), 'SpotPriceHistory[0]: Timestamp "yesterday"'],
  ])('says where %j is wrong', (text, message) => expect(() => parsePrices(text)).toThrow(message));
});

describe('parseTimestamp', () => {
  it('agrees with the calendar', () =>
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2400-01-01'), noInvalidDate: true }), (date) => {
        expect(parseTimestamp(date.toISOString())).toBe(date.getTime());
      }),
    ));

  it.each([
    ['2026-03-01T12:00:00+02:00', Date.UTC(2026, 2, 1, 10)],
    ['2026-03-01T12:00:00.25Z', Date.UTC(2026, 2, 1, 12, 0, 0, 250)],
    ['2026-02-29T00:00:00Z', undefined],
    ['2026-03-01T24:00:00Z', undefined],
    ['2026-03-01 12:00:00', undefined],
  ])('%s', (text, atMs) => expect(parseTimestamp(text)).toBe(atMs));
});
