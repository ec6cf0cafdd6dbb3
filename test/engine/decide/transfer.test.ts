import { describe, expect, it } from 'vitest';
import {
  NOTHING_TO_MOVE,
  regionUsdPerGb,
  type TransferCosts,
  transferOf,
  transferSentence,
} from '../../../src/engine/decide/transfer.ts';

const costs: TransferCosts = { ...NOTHING_TO_MOVE, dataGb: 100, setupUsdPerHour: 0.05, setupH: 0.5 };
const masters = new Set(['us-east-1']);

describe('what a move costs', () => {
  it.each([
    ['within a zone', 'us-east-1a', 'us-east-1a', costs, { usd: 0, hours: 0, keepUsdPerHour: 0 }],
    ['to another zone, through the bucket', 'us-east-1a', 'us-east-1b', costs, { usd: 0, hours: 0, keepUsdPerHour: 0 }],
    [
      'to another zone, from disk to disk',
      'us-east-1a',
      'us-east-1b',
      { ...costs, betweenZonesUsdPerGb: 0.02 },
      { usd: 2, hours: 0, keepUsdPerHour: 0 },
    ],
    [
      'to a region without a master',
      'us-east-1a',
      'eu-west-1b',
      costs,
      { usd: 2.025, hours: 800 / 3600 + 0.5, keepUsdPerHour: 0.05 },
    ],
    ['home again', 'eu-west-1b', 'us-east-1a', { ...costs, gbps: 10 }, { usd: 2, hours: 80 / 3600, keepUsdPerHour: 0 }],
    [
      'regions as zones, at a rate that was given',
      'us-east-1',
      'us-west-1',
      { ...costs, betweenRegionsUsdPerGb: 0.1, setupUsdPerHour: 0, setupH: 0 },
      { usd: 10, hours: 800 / 3600, keepUsdPerHour: 0 },
    ],
    [
      'from one zone of a region without a master to the next',
      'eu-west-1a',
      'eu-west-1b',
      costs,
      { usd: 0, hours: 0, keepUsdPerHour: 0.05 },
    ],
    [
      'with nothing to take along',
      'us-east-1a',
      'eu-west-1b',
      NOTHING_TO_MOVE,
      { usd: 0, hours: 0, keepUsdPerHour: 0 },
    ],
  ])('%s', (...[, from, to, given, expected]) => {
    const transfer = transferOf(given, { from, to, masters });
    expect(transfer.usd).toBeCloseTo(expected.usd, 12);
    expect(transfer.hours).toBeCloseTo(expected.hours, 12);
    expect(transfer.keepUsdPerHour).toBe(expected.keepUsdPerHour);
  });

  it('a GB costs by where it comes from, and less between the two regions of the American east', () => {
    expect(regionUsdPerGb('us-east-1', 'eu-west-1')).toBe(0.02);
    expect(regionUsdPerGb('us-east-1', 'us-east-2')).toBe(0.01);
    expect(regionUsdPerGb('ap-southeast-1', 'us-east-1')).toBe(0.09);
    expect(regionUsdPerGb('us-east-1', 'ap-southeast-1')).toBe(0.02);
    expect(regionUsdPerGb('sa-east-1', 'us-east-1')).toBe(0.138);
  });

  it('is told in a sentence, or not at all where it is nothing', () => {
    expect(transferSentence(NOTHING_TO_MOVE, 'us-east-1')).toBe('');
    expect(transferSentence(costs, 'us-east-1')).toBe(
      'A move is charged: 100 GB to another region cost $2.00 and take 0.22 h; a master there takes 0.5 h to set up and costs $0.05 an hour.',
    );
  });
});
