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
    [JSON.stringify([{ ...AWS, SpotPrice: 'NaN' }]), 'SpotPriceHistory[0]: price "NaN" is not a number'],
    [JSON.stringify([{ ...AWS, SpotPrice: '0.000000' }]), 'SpotPriceHistory[0]: the price is zero'],
    [`${CSV}9,us-east-1a,c5.large,Linux/UNIX,NaN`, 'line 6: price "NaN" is not a number'],
    [`${CSV}9,us-east-1a,c5.large,Linux/UNIX,Infinity`, 'line 6: price "Infinity" is not a number'],
    [`${CSV}9,us-east-1a,c5.large,Linux/UNIX,`, 'line 6: the price is missing'],
    [`${CSV}9,us-east-1a,c5.large,Linux/UNIX,0`, 'line 6: the price is zero'],
    [`${CSV},us-east-1a,c5.large,Linux/UNIX,1`, 'line 6: epoch "" is not'],
    [`${CSV}1456360534000,us-east-1a,c5.large,Linux/UNIX,1`, 'line 6: epoch 1456360534000 is not in the years'],
    [`${CSV}-1,us-east-1a,c5.large,Linux/UNIX,1`, 'line 6: epoch -1 is not in the years'],
    [`${CSV}1,../../x\u0000,c5.large,Linux/UNIX,1`, 'is no name of a type, zone or product'],
    ['\n\n1,us-east-1a,c5.large,Linux/UNIX,cheap', 'line 3: price "cheap"'],
    ['   \n', 'price file: is empty'],
  ])('says where %j is wrong', (text, message) => expect(() => parsePrices(text)).toThrow(message));
});

describe('rows in any order, told twice or told otherwise', () => {
  const csv = (...rows: readonly (readonly [number, number])[]): string =>
    rows.map(([epoch, usd]) => `${epoch},us-east-1a,c5.large,Linux/UNIX,${usd}`).join('\n');
  it.each([
    ['newest first', csv([30, 3], [20, 2], [10, 1]), '10:1 20:2 30:3'],
    ['twice the same', csv([10, 1], [10, 1], [20, 2]), '10:1 20:2'],
    ['two prices of an instant', csv([10, 1], [10, 4], [10, 2]), '10:4'],
    ['the same, the other way round', csv([10, 2], [10, 4], [10, 1]), '10:4'],
    ['a price that is repeated', csv([10, 1], [20, 1], [30, 2]), '10:1 30:2'],
    ['one point', csv([10, 1]), '10:1'],
  ])('%s', (_, text, expected) => {
    const [market] = parsePrices(text);
    const told = pointsOf(market!.series).map(({ atMs, usdPerHour }) => `${atMs / 1000}:${usdPerHour}`);
    expect(told.join(' ')).toBe(expected);
  });
});

describe('the daily format', () => {
  const HEADER = 'date,region,type,open,high,low,close,avg\n';
  const ROWS = '2024-02-02,us-east-1,c3.large,9,9,0,9,0.3\n2024-02-01,us-east-1,c3.large,9,9,9,9,0.2\n';

  it('takes the average from midnight on; the region stands as the zone; the header may be absent', () => {
    for (const text of [HEADER + ROWS, ROWS, `\uFEFF${HEADER}${ROWS}`, (HEADER + ROWS).replaceAll('\n', '\r\n')]) {
      const [market, ...others] = parsePrices(text);
      expect(others).toEqual([]);
      expect(market).toMatchObject({ type: 'c3.large', zone: 'us-east-1', product: 'Linux/UNIX' });
      expect(pointsOf(market!.series)).toEqual([
        { atMs: Date.UTC(2024, 1, 1), usdPerHour: 0.2 },
        { atMs: Date.UTC(2024, 1, 2), usdPerHour: 0.3 },
      ]);
    }
  });

  it.each([
    ['2024-02-30,us-east-1,c3.large,1,1,1,1,1', 'line 4: date "2024-02-30"'],
    ['soon,us-east-1,c3.large,1,1,1,1,1', 'line 4: date "soon"'],
    ['2024-02-03,us-east-1,c3.large,1,1,1,1', 'line 4: 7 columns'],
    ['2024-02-03,us-east-1,c3.large,1,1,1,1,', 'line 4: the price is missing'],
    ['2024-02-03,us-east-1,c3.large,1,1,1,1,NaN', 'line 4: price "NaN"'],
    ['2024-02-03,us-east-1,c3.large,1,1,1,1,-0.1', 'line 4: price -0.1 is negative'],
    ['2024-02-03,us-east-1,c3.large,1,1,1,1,0', 'line 4: the price is zero'],
    ['2024-02-03,,c3.large,1,1,1,1,1', 'line 4: the instance type or the zone'],
  ])('refuses %s', (row, message) => expect(() => parsePrices(HEADER + ROWS + row)).toThrow(message));

  it('refuses a header with nothing under it', () => expect(() => parsePrices(HEADER)).toThrow('holds no price'));
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
