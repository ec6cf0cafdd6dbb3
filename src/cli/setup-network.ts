import type { DeploymentManifest, Network } from '../engine/protocol/manifest-item.ts';
import { safe } from '../ui/safe-text.ts';
import type { Choice } from './choose.ts';
import { CliError, EXIT } from './exit.ts';

export interface NetworkOptions {
  readonly vpc?: string;
  /** With commas between them. */
  readonly subnets?: string;
}

const VPC_ID = /^vpc-[0-9a-f]{8,17}$/;
const SUBNET_ID = /^subnet-[0-9a-f]{8,17}$/;

export interface WishedNetwork {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
}

/** What was asked for, its shape checked and nothing else; undefined where nothing was. */
export function wishedNetwork({ vpc, subnets }: NetworkOptions): WishedNetwork | undefined {
  if (vpc === undefined && subnets !== undefined)
    throw new CliError('--subnets: say of which VPC, with --vpc', EXIT.usage);
  if (vpc === undefined) return undefined;
  if (!VPC_ID.test(vpc)) throw new CliError(`--vpc ${safe(vpc)}: expected an id like vpc-0a1b2c3d`, EXIT.usage);
  const subnetIds = (subnets ?? '').split(',').filter((id) => id !== '');
  const bad = subnetIds.find((id) => !SUBNET_ID.test(id));
  if (bad !== undefined)
    throw new CliError(
      `--subnets ${safe(bad)}: expected ids like subnet-0a1b2c3d, with commas between them`,
      EXIT.usage,
    );
  return { vpcId: vpc, subnetIds };
}

/** The network of a deployment: as it is asked for now, or as it was. A VPC is for good, for its security group cannot move. */
export async function networkFor(
  { target, name }: Choice,
  options: NetworkOptions,
  manifest: DeploymentManifest | undefined,
): Promise<Network | undefined> {
  const wished = wishedNetwork(options);
  if (wished === undefined) return manifest?.network;
  const before = manifest === undefined ? wished.vpcId : manifest.network?.vpcId;
  if (before !== wished.vpcId)
    throw new CliError(
      `deployment ${name} is in ${before ?? 'the default VPC'}, and a VPC is for good; make another deployment in ${wished.vpcId}`,
      EXIT.refused,
    );
  const { findNetwork } = await import('./aws-setup.ts');
  const found = await findNetwork(target, wished);
  if (typeof found === 'string') throw new CliError(`--vpc ${wished.vpcId}: ${found}`, EXIT.usage);
  return found;
}
