import fs from 'node:fs';
import type { AwsTarget } from '../aws/client-options.ts';
import type { InitOptions } from '../aws/setup/init.ts';
import { type BootPlace, USER_DATA_BYTES_MAX } from '../aws/setup/model/boot-script.ts';
import type { DeploymentSpec } from '../aws/setup/model/resource.ts';
import { badDeploymentName } from '../aws/setup/names.ts';
import { FaultError } from '../engine/model/fault.ts';
import { type DeploymentManifest, manifestOf } from '../engine/protocol/manifest-item.ts';
import { MISC } from '../engine/protocol/misc-item.ts';
import { safe } from '../ui/safe-text.ts';
import { type Choice, chooseDeployment, type CommonOptions, operatorName } from './choose.ts';
import { CliError, EXIT } from './exit.ts';
import { networkFor, type NetworkOptions, wishedNetwork } from './setup-network.ts';
import { VERSION } from './version.ts';

/** What an operator may say of what is to be made. */
export interface SetupOptions extends CommonOptions, NetworkOptions {
  readonly image?: string;
  readonly userData?: string;
  readonly owner?: string;
  /** Where instances get CBAS from. Not said: as it was; in a new deployment from the bucket, on the embedded AWS from the image. */
  readonly program?: string;
  /** Files, a Node for each architecture. */
  readonly node?: readonly string[];
  /** Whether people may come to workers by the Session Manager: on or off. */
  readonly shell?: string;
}

/** Where instances get CBAS from: fetched from the deployment's bucket, or there already. */
const PROGRAMS = ['bundle', 'image'] as const;

/** A deployment as it should be: where, whose, and of what. */
export interface SetupPlace {
  readonly choice: Choice;
  readonly spec: DeploymentSpec;
  /** What `init` wrote when it was run last; undefined where it never was. */
  readonly manifest: DeploymentManifest | undefined;
  /** What instances fetch; undefined where their image or somebody's own user data brings it. */
  readonly program: InitOptions['program'];
}

/** What of it may change: whoever only looks, mends or takes away leaves the program that instances start with as it is. */
export type ProgramWish = 'this version' | 'as it is';

/** AWS resolves it at each launch to its newest image of Amazon Linux. */
export const IMAGE_DEFAULT = 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
/** Where no account is asked: what is printed then names it as what it stands for. */
const SOME_ACCOUNT = '123456789012';

/** Asks who we are and what `init` wrote, so that flags are needed only for what is to change. */
export async function setupPlace(options: SetupOptions, wish: ProgramWish): Promise<SetupPlace> {
  const choice = await chooseDeployment(options);
  const bad = choice.local === undefined ? badDeploymentName(choice.name) : undefined;
  if (bad !== undefined) throw new CliError(bad, EXIT.usage);
  const accountId = await accountOf(choice);
  const manifest = await manifestOfDeployment(choice.target, choice.name);
  const [{ spec, program }, network] = await Promise.all([
    specFor(choice, { options, accountId, manifest, wish }),
    networkFor(choice, options, manifest),
  ]);
  return { choice, manifest, program, spec: { ...spec, ...(network !== undefined && { network }) } };
}

/** Nothing is asked of AWS: what is printed is for an account that may not know of us yet. */
export async function unaskedPlace(options: SetupOptions & { readonly account?: string }): Promise<DeploymentSpec> {
  const choice = await chooseDeployment(options);
  const { account = choice.local?.accountId ?? SOME_ACCOUNT } = options;
  if (!/^\d{12}$/.test(account))
    throw new CliError(`--account ${safe(account)}: expected the twelve digits of an account`, EXIT.usage);
  const { spec } = await specFor(choice, { options, accountId: account, manifest: undefined, wish: 'this version' });
  // In which zones the subnets lie is not asked here, and no resource says it: launches name them.
  const network = wishedNetwork(options);
  return network === undefined
    ? spec
    : { ...spec, network: { vpcId: network.vpcId, subnets: network.subnetIds.map((id) => ({ id, zone: '' })) } };
}

interface Known {
  readonly options: SetupOptions;
  readonly accountId: string;
  readonly manifest: DeploymentManifest | undefined;
  readonly wish: ProgramWish;
}

async function specFor(choice: Choice, known: Known): Promise<Pick<SetupPlace, 'spec' | 'program'>> {
  const { options, accountId, manifest } = known;
  const { name, target, local } = choice;
  const { partitionOf } = await import('../aws/setup/model/arns.ts');
  const { image = manifest?.imageId ?? IMAGE_DEFAULT, owner = manifest?.owner ?? operatorName() } = options;
  const place = { name, partition: partitionOf(target.region), accountId, region: target.region };
  const { userData, program } = await startOf(choice, known, place);
  return {
    spec: {
      ...place,
      owner: local === undefined ? owner : (manifest?.owner ?? owner),
      imageId: image,
      userData,
      ...(mayBeReached(options.shell, manifest) && { shell: true }),
    },
    program,
  };
}

function mayBeReached(said: string | undefined, manifest: DeploymentManifest | undefined): boolean {
  if (said !== undefined && said !== 'on' && said !== 'off')
    throw new CliError(`--shell ${safe(said)}: expected on or off`, EXIT.usage);
  return said === undefined ? manifest?.shell === true : said === 'on';
}

interface Start {
  readonly userData: string;
  readonly program: SetupPlace['program'];
}

/** What an instance begins with: somebody's own script; the program of the bucket; or the one that its image brings. */
async function startOf({ name, local }: Choice, known: Known, place: BootPlace): Promise<Start> {
  const { options, manifest, wish } = known;
  const said = oneOfPrograms(options.program);
  const own = readUserData(options.userData);
  if (own !== undefined && said !== undefined)
    throw new CliError('--user-data and --program are two answers to one question; say one of them', EXIT.usage);
  if (own !== undefined) return { userData: own, program: undefined };
  const isAsked = said !== undefined || options.node !== undefined;
  if (manifest !== undefined && !isAsked && (wish === 'as it is' || manifest.program === undefined)) {
    const { userData, program } = manifest;
    return { userData, program: program && { pins: program } };
  }
  // Whoever does not make one has nothing to fetch; and the images of the embedded AWS have the program.
  const isNew = manifest === undefined && !isAsked;
  const kind = said ?? (isNew && (local !== undefined || wish === 'as it is') ? 'image' : 'bundle');
  if (kind === 'image') return { userData: workerScript(name), program: undefined };
  const [{ bootScript, packProgram }, { ownPackage }] = await Promise.all([
    import('./aws-setup.ts'),
    import('./own-package.ts'),
  ]);
  const packed = packProgram(ownPackage(VERSION, options.node));
  return { userData: bootScript(place, packed.pins), program: { pins: packed.pins, packed } };
}

function oneOfPrograms(said: string | undefined): (typeof PROGRAMS)[number] | undefined {
  const known = PROGRAMS.find((one) => one === said);
  if (said !== undefined && known === undefined)
    throw new CliError(`--program ${safe(said)}: expected one of ${PROGRAMS.join(', ')}`, EXIT.usage);
  return known;
}

/** What an instance starts with whose image has `cbas` on the path, as those of the embedded AWS have. */
export function workerScript(deployment: string): string {
  return `#!/bin/sh\nexec cbas worker --deployment ${deployment}\n`;
}

function readUserData(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const text = readFile(file);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > USER_DATA_BYTES_MAX)
    throw new CliError(
      `--user-data ${safe(file)}: ${sizeBytes} bytes; EC2 takes ${USER_DATA_BYTES_MAX} at most`,
      EXIT.usage,
    );
  return text;
}

function readFile(file: string): string {
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

/** undefined where `init` was never run. */
export async function manifestOfDeployment(target: AwsTarget, name: string): Promise<DeploymentManifest | undefined> {
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
