import type { Deployment, Settings } from '../../engine/model/deployment.ts';
import { manifestItem } from '../../engine/protocol/manifest-item.ts';
import { deploymentItem, MISC, writeSettings } from '../../engine/protocol/misc-item.ts';
import type { AwsTarget } from '../client-options.ts';
import { DynamoStore } from '../dynamo.ts';
import { askerOf } from './ask.ts';
import { build, type Built } from './build.ts';
import { deploymentResources } from './model/index.ts';
import type { DeploymentSpec } from './model/resource.ts';
import { names } from './names.ts';
import { providersOf } from './providers/index.ts';
import { type Finding, survey } from './survey.ts';

export interface InitOptions {
  readonly spec: DeploymentSpec;
  /** What a new deployment starts with; one that exists keeps its own. */
  readonly settings: Omit<Settings, 'rev'>;
  /** Of CBAS: written into the manifest. */
  readonly version: string;
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
  const { spec, onBuilt } = options;
  const providers = providersOf({ target, ask: askerOf(target) }, spec);
  const built = await build(deploymentResources(spec), providers, onBuilt);
  return { built, recorded: await record(target, options) };
}

async function record(
  target: AwsTarget,
  { spec, settings: initial, version }: InitOptions,
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
    manifestItem({ version, by, at, owner: spec.owner, imageId: spec.imageId, userData: spec.userData, resources }),
  );
  return [
    { what: 'deployment record', outcome: written === undefined ? 'exists' : 'created' },
    { what: 'settings', outcome: settings === undefined ? 'exists' : 'created' },
    { what: 'manifest', outcome: 'renewed' },
  ];
}
