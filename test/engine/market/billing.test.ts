import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BILLING_MODELS, billingAt, billingNamed } from '../../../src/engine/market/billing.ts';
import type { BillingName } from '../../../src/engine/market/billing-model.ts';
import { priceSeries } from '../../../src/engine/market/price-series.ts';

const MIN = 60_000;
const SERIES = priceSeries([
  { atMs: 0, usdPerHour: 0.03 },
  { atMs: 60 * MIN, usdPerHour: 0.05 },
  { atMs: 100 * MIN, usdPerHour: 0.12 },
]);

describe('BillingModel', () => {
  it.each([
    { model: 'classic', minutes: [0, 90], endedBy: 'ec2', usd: 0.03 },
    { model: 'classic', minutes: [0, 90], endedBy: 'user', usd: 0.08 },
    { model: 'classic', minutes: [0, 120], endedBy: 'ec2', usd: 0.08 },
    { model: 'classic', minutes: [0, 59], endedBy: 'ec2', usd: 0 },
    { model: 'classic', minutes: [0, 1], endedBy: 'user', usd: 0.03 },
    { model: 'classic', minutes: [59, 121], endedBy: 'user', usd: 0.03 + 0.12 },
    { model: 'transition', minutes: [0, 90], endedBy: 'ec2', usd: 0.03 + 0.025 },
    { model: 'transition', minutes: [0, 0.5], endedBy: 'user', usd: 0.03 / 60 },
    { model: 'modern', minutes: [0, 59], endedBy: 'ec2', usd: 0 },
    { model: 'modern', minutes: [0, 59], endedBy: 'user', usd: (0.03 * 59) / 60 },
    { model: 'modern', minutes: [0, 60], endedBy: 'ec2', usd: 0.03 },
    { model: 'modern', minutes: [30, 110], endedBy: 'ec2', usd: 0.015 + (0.05 * 40) / 60 + (0.12 * 10) / 60 },
  ] as const)('$model, minutes $minutes ended by $endedBy: $usd', ({ model, minutes: [from, to], endedBy, usd }) => {
    const usage = { startMs: from * MIN, endMs: to * MIN, endedBy, fromPoint: 0 };
    expect(billingNamed(model).spotUsd(SERIES, usage)).toBeCloseTo(usd, 12);
  });

  it.each([
    ['2009-12-14T00:00:00Z', 'classic'],
    ['2017-10-01T23:59:59Z', 'classic'],
    ['2017-10-02T00:00:00Z', 'transition'],
    ['2017-11-27T23:59:59Z', 'transition'],
    ['2017-11-28T00:00:00Z', 'modern'],
    ['2026-01-01T00:00:00Z', 'modern'],
  ] satisfies [string, BillingName][])('at %s %s is in force', (at, name) =>
    expect(billingAt(Date.parse(at)).name).toBe(name),
  );

  it('charges on-demand by the hour, later by the second', () => {
    const charges = BILLING_MODELS.map((model) => model.onDemandUsd(6, 61 * MIN));
    expect(charges).toEqual([12, 6.1, 6.1]);
  });

  it('never charges less than nothing, nor less when the owner ends it than when EC2 does', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 300 }), (start, minutes) => {
        for (const model of BILLING_MODELS) {
          const fromPoint = start >= 100 ? 2 : start >= 60 ? 1 : 0;
          const usage = { startMs: start * MIN, endMs: (start + minutes) * MIN, fromPoint };
          const byEc2 = model.spotUsd(SERIES, { ...usage, endedBy: 'ec2' });
          expect(byEc2).toBeGreaterThanOrEqual(0);
          expect(model.spotUsd(SERIES, { ...usage, endedBy: 'user' })).toBeGreaterThanOrEqual(byEc2);
        }
      }),
    ));
});
