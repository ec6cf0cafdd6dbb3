import type { EpochMs, UsdPerHour } from './units.ts';

/** One change of price: in force from `at` until the next one of the same pool. */
export interface PricePoint {
  readonly pool: string;
  readonly at: EpochMs;
  readonly usdPerHour: UsdPerHour;
}

export interface InstanceType {
  readonly type: string;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly arch: 'x86_64' | 'arm64';
  readonly gpus: number;
  /** 0 where nobody tells it: then it is unknown. */
  readonly onDemandUsdPerHour: UsdPerHour;
}

/** A chart reads at most this many points of a pool; older ones are dropped. 90 days of a lively pool are 26,000. */
export const SERIES_POINTS_MAX = 4_000;

/** What the snapshot holds of one pool: its prices, oldest first, and what the type is. */
export interface PoolMarket {
  readonly id: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly onDemandUsdPerHour: UsdPerHour;
  readonly vcpus: number;
  readonly points: readonly PricePoint[];
}
