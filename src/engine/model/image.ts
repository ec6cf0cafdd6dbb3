import type { EpochMs, UsdPerHour } from './units.ts';

/** An image of a whole instance, made on request after a checkpoint of a job that ran there. */
export interface ImageRow {
  readonly id: string;
  /** Of the deployment, the job and the generation. */
  readonly name: string;
  readonly state: 'pending' | 'available' | 'failed';
  readonly jobId: string;
  readonly generation: number;
  /** The instance that it was made of. */
  readonly instanceId: string;
  /** The intent under which it was made. */
  readonly intent: string;
  readonly createdAt: EpochMs;
  /** Of the volumes: what its snapshots cost at most, for S3 stores only blocks that were ever written. */
  readonly sizeGb: number;
  readonly snapshotIds: readonly string[];
}

export interface ImageRequest {
  /** EC2 allows one image of a name: asked twice, there is one. */
  readonly name: string;
  readonly instanceId: string;
  readonly intentId: string;
  readonly jobId: string;
  readonly generation: number;
}

/** What EC2 takes for a GB of snapshots and a month in most regions; docs/files.md names the source. */
const SNAPSHOT_USD_PER_GB_MONTH = 0.05;

export function imageUsdPerMonth({ sizeGb }: Pick<ImageRow, 'sizeGb'>): UsdPerHour {
  return sizeGb * SNAPSHOT_USD_PER_GB_MONTH;
}

/** Letters, digits and ()[] ./-'@_ in 3 to 128 characters are what EC2 takes. */
export function imageName(deployment: string, of: { readonly jobId: string; readonly generation: number }): string {
  return `cbas-${deployment}-${of.jobId}-${of.generation}`.slice(0, 128);
}
