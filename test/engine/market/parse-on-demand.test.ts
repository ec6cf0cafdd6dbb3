import { expect, it } from 'vitest';
import { onDemandPrice, parseOnDemand, regionOf } from '../../../src/engine/market/parse-on-demand.ts';

const PRICES = parseOnDemand(`era,region,type,product,usd_per_hour,source
2014-2015,us-east-1,c3.xlarge,Linux/UNIX,0.21,list
2009-2011,us-east-1,c3.xlarge,Linux/UNIX,0.30,list
2024-02-01,us-east-1,c3.xlarge,Linux/UNIX,0.20,list
2024-02-01,us-west-2,m4.large,Linux/UNIX,0.10
`);
const market = { zone: 'us-east-1b', type: 'c3.xlarge', product: 'Linux/UNIX' };

it.each([
  ['2008-06-01', 0.3],
  ['2010-06-01', 0.3],
  ['2013-06-01', 0.3],
  ['2015-06-01', 0.21],
  ['2016-06-01', 0.21],
  ['2024-02-01', 0.2],
  ['2026-01-01', 0.2],
])('the price of the last era that had begun on %s', (date, price) =>
  expect(onDemandPrice(PRICES, market, Date.parse(date))).toBe(price),
);

it('a type that the region does not have is not priced', () => {
  const at = Date.parse('2024-05-01');
  expect(onDemandPrice(PRICES, { ...market, type: 'm4.large' }, at)).toBeUndefined();
  expect(onDemandPrice(PRICES, { ...market, zone: 'us-west-2c', type: 'm4.large' }, at)).toBe(0.1);
  expect(onDemandPrice(PRICES, { ...market, product: 'Windows' }, at)).toBeUndefined();
});

it.each([
  ['us-east-1a', 'us-east-1'],
  ['eu-west-1', 'eu-west-1'],
  ['us-gov-west-1b', 'us-gov-west-1'],
  ['us-east-1-bos-1a', 'us-east-1'],
  ['ap-southeast-2c', 'ap-southeast-2'],
])('%s lies in %s', (zone, region) => expect(regionOf(zone)).toBe(region));

it.each([
  ['', 'on-demand price file: holds no price'],
  ['2015,us-east-1,c3.xlarge,Linux/UNIX,x,y', 'line 1: on-demand price "x" is not a positive number'],
  ['2015,us-east-1,c3.xlarge,Linux/UNIX,0,y', 'line 1: on-demand price "0" is not a positive number'],
  ['2015,us-east-1,c3.xlarge', 'line 1: 3 columns instead of'],
  ['later,us-east-1,c3.xlarge,Linux/UNIX,1,y', 'line 1: era "later" is neither'],
  ['2015-2014,us-east-1,c3.xlarge,Linux/UNIX,1,y', 'line 1: era "2015-2014" is neither'],
  ['2015,,c3.xlarge,Linux/UNIX,1,y', 'line 1: the region or the type is empty'],
])('refuses %j', (text, message) => expect(() => parseOnDemand(text)).toThrow(message));
