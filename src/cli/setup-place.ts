import fs from 'node:fs';
import type { DeploymentSpec } from '../aws/setup/model/resource.ts';
import { badDeploymentName } from '../aws/setup/names.ts';
import { FaultError } from '../engine/model/fault.ts';
import { type DeploymentManifest, manifestOf } from '../engine/protocol/manifest-item.ts';
import { MISC } from '../engine/protocol/misc-item.ts';
import { safe } from '../ui/safe-text.ts';
import { type Choice, chooseDeployment, type CommonOptions, operatorName } from './choose.ts';
import { CliError, EXIT } from './exit.ts';

/** What an operator may say of what is to be made. */
export interface SetupOptions extends CommonOptions {
  readonly image?: string;
  readonly userData?: string;
  readonly owner?: string;
}

/** A deployment as it should be: where, whose, and of what. */
export interface SetupPlace {
  readonly choice: Choice;
  readonly spec: DeploymentSpec;
  /** What `init` wrote when it was run last; undefined where it never was. */
  readonly manifest: DeploymentManifest | undefined;
}

/** AWS resolves it at each launch to its newest image of Amazon Linux. */
const IMAGE_DEFAULT = 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
/** Where no account is asked: what is printed then names it as what it stands for. */
const SOME_ACCOUNT = '123456789012';

/** Asks who we are and what `init` wrote, so that flags are needed only for what is to change. */
export async function setupPlace(options: SetupOptions): Promise<SetupPlace> {
  const choice = await chooseDeployment(options);
  const bad = choice.local === undefined ? badDeploymentName(choice.name) : undefined;
  if (bad !== undefined) throw new CliError(bad, EXIT.usage);
  const accountId = await accountOf(choice);
  const manifest = await readManifest(choice);
  return { choice, manifest, spec: await specFor(choice, { options, accountId, manifest }) };
}

/** Nothing is asked of AWS: what is printed is for an account that may not know of us yet. */
export async function unaskedPlace(options: SetupOptions & { readonly account?: string }): Promise<DeploymentSpec> {
  const choice = await chooseDeployment(options);
  const { account = choice.local?.accountId ?? SOME_ACCOUNT } = options;
  if (!/^\d{12}$/.test(account))
    throw new CliError(`--account ${safe(account)}: expected the twelve digits of an account`, EXIT.usage);
  return specFor(choice, { options, accountId: account, manifest: undefined });
}

async function specFor(
  { name, target, local }: Choice,
  known: {
    readonly options: SetupOptions;
    readonly accountId: string;
    readonly manifest: DeploymentManifest | undefined;
  },
): Promise<DeploymentSpec> {
  const { options, accountId, manifest } = known;
  const { partitionOf } = await import('../aws/setup/model/arns.ts');
  const { image = manifest?.imageId ?? IMAGE_DEFAULT, owner = manifest?.owner ?? operatorName() } = options;
  return {
    name,
    partition: partitionOf(target.region),
    accountId,
    region: target.region,
    owner: local === undefined ? owner : (manifest?.owner ?? owner),
    imageId: image,
    userData: readUserData(options.userData) ?? manifest?.userData ?? workerScript(name),
  };
}

/** What an instance starts with where nobody says otherwise: its image has `cbas` on the path. */
export function workerScript(deployment: string): string {
  return `#!/bin/sh\nexec cbas worker --deployment ${deployment}\n`;
}

function readUserData(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`--user-data ${safe(file)}: ${(error as Error).message}`, EXIT.usage);
  }
}

async function accountOf({ local, target }: Choice): Promise<string> {
  if (local !== undefined) return local.accountId;
  const { callerIdentity } = await import('../aws/identity.ts');
  return (await callerIdentity(target)).accountId;
}

async function readManifest({ target, name }: Choice): Promise<DeploymentManifest | undefined> {
  const { DynamoStore, names } = await import('./aws-data.ts');
  try {
    const manifest = manifestOf(await new DynamoStore(target, names.prefix(name)).get('misc', MISC.manifest));
    if (manifest === 'newer')
      throw new CliError(`deployment ${name} was set up by a newer CBAS; update this one`, EXIT.refused);
    return manifest;
  } catch (error) {
    if (error instanceof FaultError && error.fault.kind === 'not-found') return undefined;
    throw error;
  }
}
