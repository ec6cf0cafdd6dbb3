import type { ConditionalWrite } from '../model/command.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { MISC, SCHEMA_VERSION } from './misc-item.ts';
import { readName, readNumber, readObject, readOneOf, readText } from './read.ts';
import { isObject } from './shape.ts';

export const PROGRAM_ARCHS = ['x86_64', 'arm64'] as const;
export type ProgramArch = (typeof PROGRAM_ARCHS)[number];

/** An object of the bucket, known by its contents. */
export interface ProgramPin {
  readonly key: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What new instances fetch and start: a version of CBAS, and a Node for each architecture. */
export interface ProgramPins {
  readonly version: string;
  readonly archive: ProgramPin;
  readonly nodes: readonly (ProgramPin & { readonly arch: ProgramArch })[];
}

/** Where instances are launched, when it is not the region's default VPC. */
export interface Network {
  readonly vpcId: string;
  /** At most one in each zone: a fleet cannot span two. */
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
}

/** What `init` made and who ran it last: the account itself remembers, and no laptop has to. */
export interface DeploymentManifest {
  /** Of the CBAS that wrote it. */
  readonly version: string;
  readonly by: string;
  readonly at: EpochMs;
  readonly owner: string;
  /** Of the workers' launch template. */
  readonly imageId: string;
  readonly userData: string;
  /** Not there: their image brings the program, or their user data is somebody's own. */
  readonly program?: ProgramPins;
  /** Not there: the region's default VPC. */
  readonly network?: Network;
  /** Not there: no. People may come to workers by the Session Manager. */
  readonly shell?: boolean;
  readonly resources: readonly { readonly id: string; readonly type: string; readonly name: string }[];
}

export function manifestItem({ program, network, resources, ...rest }: DeploymentManifest): ConditionalWrite {
  const value = {
    ...rest,
    ...(program !== undefined && { program: program as unknown as JsonObject }),
    ...(network !== undefined && { network: network as unknown as JsonObject }),
    resources: resources.map((one) => ({ ...one })),
    schema: SCHEMA_VERSION,
  };
  return {
    table: 'misc',
    key: MISC.manifest,
    conditions: [],
    set: { value },
    add: {},
    remove: [],
  };
}

/** undefined when the item is not there. */
export function manifestOf(item: JsonObject | undefined): DeploymentManifest | 'newer' | undefined {
  const value = item === undefined ? undefined : readObject(item, 'value');
  if (value === undefined) return undefined;
  if (readNumber(value, 'schema') > SCHEMA_VERSION) return 'newer';
  const resources = Array.isArray(value['resources']) ? value['resources'] : [];
  return {
    version: readText(value, 'version'),
    by: readText(value, 'by'),
    at: readNumber(value, 'at'),
    owner: readText(value, 'owner'),
    imageId: readText(value, 'imageId'),
    userData: readText(value, 'userData'),
    ...programOf(readObject(value, 'program')),
    ...networkOf(readObject(value, 'network')),
    ...(value['shell'] === true && { shell: true }),
    resources: resources
      .filter(isObject)
      .map((one) => ({ id: readText(one, 'id'), type: readText(one, 'type'), name: readText(one, 'name') })),
  };
}

function programOf(value: JsonObject | undefined): Pick<DeploymentManifest, 'program'> {
  const archive = value === undefined ? undefined : readObject(value, 'archive');
  if (value === undefined || archive === undefined) return {};
  const nodes = Array.isArray(value['nodes']) ? value['nodes'].filter(isObject) : [];
  return {
    program: {
      version: readText(value, 'version'),
      archive: pinOf(archive),
      nodes: nodes.flatMap((node) => {
        const arch = readOneOf(node, 'arch', PROGRAM_ARCHS);
        return arch === undefined ? [] : [{ arch, ...pinOf(node) }];
      }),
    },
  };
}

function networkOf(value: JsonObject | undefined): Pick<DeploymentManifest, 'network'> {
  if (value === undefined) return {};
  const subnets = Array.isArray(value['subnets']) ? value['subnets'].filter(isObject) : [];
  return {
    network: {
      vpcId: readText(value, 'vpcId'),
      subnets: subnets.map((one) => ({ id: readText(one, 'id'), zone: readName(one, 'zone') })),
    },
  };
}

function pinOf(value: JsonObject): ProgramPin {
  return {
    key: readText(value, 'key'),
    sha256: readText(value, 'sha256'),
    sizeBytes: readNumber(value, 'sizeBytes'),
  };
}
