import type { Deployment, Settings } from '../../engine/model/deployment.ts';
import { manifestItem, type ProgramPins } from '../../engine/protocol/manifest-item.ts';
import { deploymentItem, MISC, writeSettings } from '../../engine/protocol/misc-item.ts';
import type { AwsTarget } from '../client-options.ts';
import { DynamoStore } from '../dynamo.ts';
import { S3Blobs } from '../s3.ts';
import { askerOf } from './ask.ts';
import { build, type Built } from './build.ts';
import { deploymentResources } from './model/index.ts';
import type { DeploymentSpec } from './model/resource.ts';
import { names } from './names.ts';
import type { PackedProgram } from './program/pack.ts';
import { putProgram, type PutOutcome } from './program/put.ts';
import { providersOf } from './providers/index.ts';
import { type Finding, survey } from './survey.ts';

export interface InitOptions {
  readonly spec: DeploymentSpec;
  /** What a new deployment starts with; one that exists keeps its own. */
  readonly settings: Omit<Settings, 'rev'>;
  /** Of CBAS: written into the manifest. */
  readonly version: string;
  /** What the instances' user data fetches; `packed` where it may have to be put into the bucket. */
  readonly program?: { readonly pins: ProgramPins; readonly packed?: PackedProgram };
  readonly onProgram?: (key: string, outcome: PutOutcome) => void;
  readonly onBuilt?: (built: Built) => void;
}

/** What was done about something that is no resource of AWS's own: a record in a table. */
export interface Recorded {
  readonly what: 'deployment record' | 'settings' | 'manifest';
  readonly outcome: 'exists' | 'created' | 'renewed';
}

export interface Initialised {
  readonly built: readonly Built[];
  readonly recorded: readonly Recorded[];
}

/** Shards of the `changes` index: 16 carry a million jobs; the embedded AWS has one disk anyway. */
const SHARDS = { aws: { shards: 16, readyShards: 8 }, local: { shards: 4, readyShards: 1 } } as const;

/** How all resources of a deployment stand. Changes nothing. */
export function surveyDeployment(target: AwsTarget, spec: DeploymentSpec): Promise<readonly Finding[]> {
  return survey(deploymentResources(spec), providersOf({ target, ask: askerOf(target) }, spec));
}

/** Makes or mends everything that a deployment stands on. Running it again changes nothing; after a failure it goes on. */
export async function initDeployment(target: AwsTarget, options: InitOptions): Promise<Initialised> {
  const { spec, program, onBuilt } = options;
  const providers = providersOf({ target, ask: askerOf(target) }, spec);
  const resources = deploymentResources(spec);
  const first = program?.packed === undefined ? [] : await putFirst(target, options, program.packed);
  const rest = resources.filter(({ id }) => !first.some(({ resource }) => resource.id === id));
  const built = [...first, ...(await build(rest, providers, onBuilt))];
  return {
    built: resources.flatMap(({ id }) => built.find(({ resource }) => resource.id === id) ?? []),
    recorded: await record(target, options),
  };
}

/** The bucket and the program in it come before everything else: no instance starts with a program that is not there yet. */
async function putFirst(target: AwsTarget, options: InitOptions, packed: PackedProgram): Promise<readonly Built[]> {
  const { spec, onBuilt, onProgram } = options;
  const providers = providersOf({ target, ask: askerOf(target) }, spec);
  const bucket = deploymentResources(spec).filter(({ type }) => type.startsWith('AWS::S3::'));
  const built = await build(bucket, providers, onBuilt);
  const blobs = new S3Blobs(target, names.bucket(spec.name, spec.accountId, spec.region));
  for (const { key, outcome } of await putProgram(blobs, packed)) onProgram?.(key, outcome);
  return built;
}

async function record(
  target: AwsTarget,
  { spec, settings: initial, version, program }: InitOptions,
): Promise<readonly Recorded[]> {
  const { name, accountId, region } = spec;
  const store = new DynamoStore(target, names.prefix(name));
  const described: Omit<Deployment, 'identity' | 'timings'> = {
    name,
    mode: target.mode,
    region,
    accountId,
    bucket: names.bucket(name, accountId, region),
    ...SHARDS[target.mode],
  };
  const written = await store.write({
    table: 'misc',
    key: MISC.deployment,
    conditions: [{ op: 'absent', attribute: 'value' }],
    set: { value: deploymentItem(described)['value'] },
    add: {},
    remove: [],
  });
  const settings = await store.write(writeSettings({ ...initial, rev: 0 }));
  const resources = deploymentResources(spec).map(({ id, type, name: named }) => ({ id, type, name: named }));
  const { changedBy: by, changedAt: at } = initial;
  await store.write(
    manifestItem({
      version,
      by,
      at,
      owner: spec.owner,
      imageId: spec.imageId,
      userData: spec.userData,
      ...(program !== undefined && { program: program.pins }),
      ...(spec.network !== undefined && { network: spec.network }),
      ...(spec.shell === true && { shell: true }),
      resources,
    }),
  );
  return [
    { what: 'deployment record', outcome: written === undefined ? 'exists' : 'created' },
    { what: 'settings', outcome: settings === undefined ? 'exists' : 'created' },
    { what: 'manifest', outcome: 'renewed' },
  ];
}
