import type { InstanceType } from '../../engine/model/market.ts';

/** What the embedded EC2 can launch and the embedded Pricing can price. */
export type { InstanceType };

/** The regions for which the table's prices hold: the list price of these types is the same in all three. */
export const PRICED_REGIONS: readonly string[] = ['us-east-1', 'us-east-2', 'us-west-2'];

/** Columns: type, vCPUs, memory in MiB, architecture, GPUs, USD per hour. Source: AWS price list, us-east-1, 2024. */
const ROWS: readonly (readonly [string, number, number, InstanceType['arch'], number, number])[] = [
  ['t3.micro', 2, 1_024, 'x86_64', 0, 0.0104],
  ['t3.small', 2, 2_048, 'x86_64', 0, 0.0208],
  ['t3.medium', 2, 4_096, 'x86_64', 0, 0.0416],
  ['t3.large', 2, 8_192, 'x86_64', 0, 0.0832],
  ['t4g.medium', 2, 4_096, 'arm64', 0, 0.0336],
  ['m4.large', 2, 8_192, 'x86_64', 0, 0.1],
  ['m5.large', 2, 8_192, 'x86_64', 0, 0.096],
  ['m5.xlarge', 4, 16_384, 'x86_64', 0, 0.192],
  ['m5.2xlarge', 8, 32_768, 'x86_64', 0, 0.384],
  ['m6i.large', 2, 8_192, 'x86_64', 0, 0.096],
  ['m6g.large', 2, 8_192, 'arm64', 0, 0.077],
  ['c4.large', 2, 3_840, 'x86_64', 0, 0.1],
  ['c5.large', 2, 4_096, 'x86_64', 0, 0.085],
  ['c5.xlarge', 4, 8_192, 'x86_64', 0, 0.17],
  ['c5.2xlarge', 8, 16_384, 'x86_64', 0, 0.34],
  ['c6i.large', 2, 4_096, 'x86_64', 0, 0.085],
  ['c6i.xlarge', 4, 8_192, 'x86_64', 0, 0.17],
  ['c6g.large', 2, 4_096, 'arm64', 0, 0.068],
  ['r5.large', 2, 16_384, 'x86_64', 0, 0.126],
  ['r5.xlarge', 4, 32_768, 'x86_64', 0, 0.252],
  ['g4dn.xlarge', 4, 16_384, 'x86_64', 1, 0.526],
  ['p3.2xlarge', 8, 62_464, 'x86_64', 1, 3.06],
];

export const INSTANCE_TYPES: readonly InstanceType[] = ROWS.map(
  ([type, vcpus, memoryMb, arch, gpus, onDemandUsdPerHour]) => ({
    type,
    vcpus,
    memoryMb,
    arch,
    gpus,
    onDemandUsdPerHour,
  }),
);
