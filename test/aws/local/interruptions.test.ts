import type {
  DescribeInstancesResult,
  DescribeSpotInstanceRequestsResult,
  Instance,
  Reservation,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ec2, Ec2Options } from '../../../src/aws/local/ec2/ec2.ts';
import { recordedSource } from '../../../src/aws/local/ec2/price-source.ts';
import { parsePrices } from '../../../src/engine/market/parse-prices.ts';
import { call, codeOf, ENDPOINT, type Ec2Fixture, ec2Fixture, ONE, SPOT } from './ec2-fixture.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';

const NOW = Date.UTC(2026, 10, 1);
/** The present lies at hour 24 of two days; c5.large costs 0.03, but 0.09 in hour 30, which is above on-demand (0.085). */
const SPIKE = [0, 30, 31, 48]
  .map((hour) => `${hour * 3600},us-east-1a,c5.large,Linux/UNIX,${hour === 30 ? 0.09 : 0.03 + hour / 1e5}`)
  .join('\n');
/** At this speed the six hours until the spike are ten minutes. */
const SPEED = 36;
const CROSSING_MS = 600_000;
const NEVER_MS = 1e9;

let fixture: Ec2Fixture;
let clock: FakeClock;
beforeEach(() => {
  fixture = ec2Fixture();
  clock = fakeClock(NOW);
});
afterEach(() => fixture.cleanUp());

/** Instances stay pending here, without a process: it is the market that is looked at. */
async function open(options: Partial<Ec2Options> = {}): Promise<Ec2> {
  const source = recordedSource(parsePrices(SPIKE));
  const ec2 = fixture.open({ source, clock, speed: SPEED, bootDelayMs: NEVER_MS, ...options });
  await ec2.start(ENDPOINT);
  return ec2;
}

async function run(ec2: Ec2, market: object = SPOT): Promise<string> {
  return (await call<Reservation>(ec2, 'RunInstances', { ...ONE, ...market })).Instances![0]!.InstanceId!;
}

async function show(ec2: Ec2, id: string): Promise<Instance> {
  const reply = await call<DescribeInstancesResult>(ec2, 'DescribeInstances', { InstanceIds: [id] });
  return reply.Reservations![0]!.Instances![0]!;
}

const bid = (MaxPrice: string) => ({ InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { MaxPrice } } });
const told = () =>
  fixture.events
    .filter((event) => event.detailType !== 'EC2 Instance State-change Notification')
    .map((event) => event.detailType);

describe('a spot instance', () => {
  it('gets a recommendation, then a notice, then is taken, as the price exceeds its bid', async () => {
    const ec2 = await open({ noticeMs: 12_000, rebalanceLeadMs: 5_000 });
    const id = await run(ec2);
    clock.advance(CROSSING_MS - 5_001);
    expect(told()).toEqual([]);
    clock.advance(1);
    expect(told()).toEqual(['EC2 Instance Rebalance Recommendation']);
    clock.advance(5_000);
    expect(told()).toEqual(['EC2 Instance Rebalance Recommendation', 'EC2 Spot Instance Interruption Warning']);
    expect(fixture.events.at(-1)!.detail).toEqual({ 'instance-id': id, 'instance-action': 'terminate' });
    clock.advance(11_999);
    expect((await show(ec2, id)).State?.Name).toBe('pending');
    clock.advance(1);
    expect((await show(ec2, id)).StateReason?.Code).toBe('Server.SpotInstanceTermination');
    const requests = await call<DescribeSpotInstanceRequestsResult>(ec2, 'DescribeSpotInstanceRequests');
    expect(requests.SpotInstanceRequests![0]!.Status?.Code).toBe('instance-terminated-by-price');
  });

  it('is taken at once when notices fail', async () => {
    const ec2 = await open({ noticeShare: 0 });
    const id = await run(ec2);
    clock.advance(CROSSING_MS);
    expect(told()).not.toContain('EC2 Spot Instance Interruption Warning');
    expect((await show(ec2, id)).StateReason?.Code).toBe('Server.SpotInstanceTermination');
  });

  it.each([
    ['a bid that equals the highest price', bid('0.09')],
    ['no bid, being on-demand', {}],
  ])('survives with %s', async (_, market) => {
    const ec2 = await open();
    const id = await run(ec2, market);
    clock.advance(2 * CROSSING_MS);
    expect((await show(ec2, id)).State?.Name).toBe('pending');
    expect(told()).toEqual([]);
  });

  it('is not launched while its bid is below the price', async () => {
    const ec2 = await open();
    expect(await codeOf(run(ec2, bid('0.02')))).toBe('SpotMaxPriceTooLow');
    clock.advance(CROSSING_MS);
    expect(await codeOf(run(ec2))).toBe('SpotMaxPriceTooLow');
    expect(await codeOf(run(ec2, bid('0.09')))).toBe('no error');
  });

  it('that was noticed is taken by a successor, at the time it was told', async () => {
    const first = await open({ noticeMs: 60_000 });
    const id = await run(first);
    first.control.interrupt(id, { notice: true });
    await first.stop({ endInstances: false });
    clock.advance(59_000);
    const second = await open({ bootDelayMs: NEVER_MS });
    expect((await show(second, id)).State?.Name).toBe('pending');
    clock.advance(1_000);
    expect((await show(second, id)).StateReason?.Code).toBe('Server.SpotInstanceTermination');
  });
});

describe('control', () => {
  it('interrupts spot instances only, and only once', async () => {
    const ec2 = await open();
    const [spot, onDemand] = [await run(ec2), await run(ec2, {})];
    expect(ec2.control.interrupt(onDemand, { notice: true })).toBe(false);
    expect(ec2.control.interrupt('i-00000000', { notice: true })).toBe(false);
    expect(ec2.control.interrupt(spot, { notice: true })).toBe(true);
    expect(ec2.control.interrupt(spot, { notice: true })).toBe(true);
    expect(told()).toEqual(['EC2 Spot Instance Interruption Warning']);
    expect(ec2.control.interrupt(spot, { notice: false })).toBe(true);
    expect(ec2.control.interrupt(spot, { notice: false })).toBe(false);
  });

  it.each([
    ['GET /_cbas/ec2/market', '', 200],
    ['POST /_cbas/ec2/capacity', '{"pool": "c5.large/us-east-1a", "count": 0}', 200],
    ['POST /_cbas/ec2/capacity', '{"pool": "nowhere", "count": 0}', 400],
    ['POST /_cbas/ec2/capacity', '{"pool": 1}', 400],
    ['POST /_cbas/ec2/interrupt', '{"instanceId": "i-00000000"}', 404],
    ['POST /_cbas/ec2/interrupt', 'hello', 400],
    ['GET /_cbas/other', '', undefined],
  ])('%s %s gives %s', async (route, body, status) => {
    const ec2 = await open();
    const [method = '', path = ''] = route.split(' ');
    expect(ec2.control.handle({ method, path, body })?.status).toBe(status);
  });

  it('makes a pool fail and heals it', async () => {
    const ec2 = await open();
    ec2.control.setCapacity('c5.large/us-east-1a', 1);
    await run(ec2);
    expect(await codeOf(run(ec2))).toBe('InsufficientInstanceCapacity');
    ec2.control.setCapacity('c5.large/us-east-1a', null);
    expect(await codeOf(run(ec2))).toBe('no error');
  });
});
