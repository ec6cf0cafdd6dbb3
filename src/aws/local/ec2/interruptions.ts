import { hash32 } from '../../../engine/model/rng.ts';
import type { Clock } from '../clock.ts';
import { type InstanceRecord, isActive, type StateReason } from './records.ts';
import type { Ec2Store } from './store.ts';
import type { Instances } from '../instances/instances.ts';
import type { Market } from './market.ts';
import type { EventBus } from '../service.ts';

/**
 * EC2 taking spot instances back: when the price of a pool exceeds an instance's bid, strictly.
 *
 *   watched      since its launch; a rebalance recommendation comes shortly before the crossing
 *   noticed      `spot/instance-action` and the event tell when it will be taken; a lower price does not undo it
 *   taken        every process is killed, at the time told, or at once where no notice is given
 */
export interface Interruptions {
  /** Interrupts a spot instance whatever its price, as a drill. False when there is no such active spot instance. */
  interrupt(id: string, how: { readonly notice: boolean }): boolean;
  stop(): void;
}

export interface InterruptionOptions {
  readonly instances: Instances;
  readonly store: Ec2Store;
  readonly market: Market;
  readonly clock: Clock;
  readonly bus: EventBus;
  /** From the notice to the end. EC2 gives two minutes; local jobs are shorter. */
  readonly noticeMs?: number;
  /** Share of interruptions that are announced, 0 to 1: EC2's notice is best effort. */
  readonly noticeShare?: number;
  /** How long before the crossing the recommendation comes. */
  readonly rebalanceLeadMs?: number;
}

const NOTICE_MS = 12_000;
export const SPOT_TERMINATION: StateReason = {
  code: 'Server.SpotInstanceTermination',
  message: 'Server.SpotInstanceTermination: Spot instance termination',
};

export function createInterruptions(options: InterruptionOptions): Interruptions {
  const { instances, store, clock, noticeMs = NOTICE_MS, noticeShare = 1 } = options;
  /** One per instance: the watch on its price, then the time that it has left. */
  const pending = new Map<string, () => void>();
  const active = (id: string): InstanceRecord | undefined => {
    const record = store.instances.get(id);
    return record !== undefined && isActive(record) && record.spot !== undefined ? record : undefined;
  };
  const replace = (id: string, cancel: () => void): void => {
    pending.get(id)?.();
    pending.set(id, cancel);
  };

  const take = (id: string): void => instances.end(id, SPOT_TERMINATION);
  const takeAt = (id: string, atMs: number): void =>
    replace(
      id,
      clock.after(atMs - clock.now(), () => take(id)),
    );

  const interrupt = (id: string, how: { readonly notice: boolean }): boolean => {
    const record = active(id);
    if (record === undefined) return false;
    if (!how.notice) take(id);
    else if (record.interruption === undefined) {
      const interruption = { noticedAt: clock.now(), takeAt: clock.now() + noticeMs };
      store.putInstance({ ...record, interruption });
      const detail = { 'instance-id': id, 'instance-action': 'terminate' };
      announce(options.bus, record, { detailType: 'EC2 Spot Instance Interruption Warning', detail });
      takeAt(id, interruption.takeAt);
    }
    return true;
  };

  const watch = (record: InstanceRecord): void => {
    const { id, spot } = record;
    if (spot === undefined || pending.has(id)) return;
    if (record.interruption !== undefined) return takeAt(id, record.interruption.takeAt);
    const stop = watchPrice(options, record, {
      onSoon: () => recommendRebalance(options, active(id)),
      onExceeded: () => interrupt(id, { notice: chanceOf(id) < noticeShare }),
    });
    pending.set(id, stop);
  };

  instances.onState((record) => {
    if (isActive(record)) return watch(record);
    pending.get(record.id)?.();
    pending.delete(record.id);
  });

  return {
    interrupt,
    stop() {
      for (const cancel of pending.values()) cancel();
      pending.clear();
    },
  };
}

interface PriceListener {
  onSoon(): void;
  onExceeded(): void;
}

function watchPrice(options: InterruptionOptions, record: InstanceRecord, listener: PriceListener): () => void {
  const { market, noticeMs = NOTICE_MS, rebalanceLeadMs = noticeMs } = options;
  const pool = market.pool(record.type, record.zone);
  // A pool that the market no longer sells has a price beyond every bid.
  if (pool === undefined || record.spot === undefined) return options.clock.after(0, () => listener.onExceeded());
  return market.watchBid({ pool, usdPerHour: record.spot.maxUsdPerHour, leadMs: rebalanceLeadMs }, listener);
}

function recommendRebalance({ store, clock, bus }: InterruptionOptions, record: InstanceRecord | undefined): void {
  if (record === undefined || record.rebalanceAt !== undefined) return;
  store.putInstance({ ...record, rebalanceAt: clock.now() });
  announce(bus, record, { detailType: 'EC2 Instance Rebalance Recommendation', detail: { 'instance-id': record.id } });
}

function announce(
  bus: EventBus,
  record: InstanceRecord,
  event: { readonly detailType: string; readonly detail: object },
): void {
  bus.put({ source: 'aws.ec2', ...event, resources: [`arn:aws:ec2:${record.zone}:instance/${record.id}`] });
}

/** The same for one instance always, so that a restart does not draw again. Uniform in [0, 1). */
const chanceOf = (id: string): number => hash32(`notice ${id}`) / 2 ** 32;
