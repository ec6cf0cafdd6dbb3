import type { Deployment, Settings } from '../../engine/model/deployment.ts';
import { deploymentItem, MISC, writeSettings } from '../../engine/protocol/misc-item.ts';
import type { AwsTarget } from '../client-options.ts';
import { DynamoStore } from '../dynamo.ts';
import type { Ensured } from './ensured.ts';
import { ensureMessaging } from './ensure-messaging.ts';
import { ensureBucket, ensureTemplate } from './ensure-storage.ts';
import { ensureTables } from './ensure-tables.ts';
import { names } from './names.ts';

export interface InitOptions {
  readonly deployment: string;
  readonly accountId: string;
  /** What a new deployment starts with; one that exists keeps its own. */
  readonly settings: Omit<Settings, 'rev'>;
  readonly imageId: string;
  readonly userData: string;
}

/** Shards of the `changes` index: 16 carry a million jobs; the embedded AWS has one disk anyway. */
const SHARDS = { aws: { shards: 16, readyShards: 8 }, local: { shards: 4, readyShards: 1 } } as const;

/** Creates or retrieves everything that a deployment stands on. Running it again changes nothing; after a failure it goes on. */
export async function initDeployment(target: AwsTarget, options: InitOptions): Promise<readonly Ensured[]> {
  const { deployment, accountId } = options;
  const prefix = names.prefix(deployment);
  const bucket = names.bucket(deployment, accountId, target.region);
  const [tables, messaging, bucketMade, template] = await Promise.all([
    ensureTables(target, prefix),
    ensureMessaging(target, deployment),
    ensureBucket(target, bucket),
    ensureTemplate(target, { deployment, imageId: options.imageId, userData: options.userData }),
  ]);
  const store = new DynamoStore(target, prefix);
  const described: Omit<Deployment, 'identity' | 'timings'> = {
    name: deployment,
    mode: target.mode,
    region: target.region,
    accountId,
    bucket,
    ...SHARDS[target.mode],
  };
  const item = deploymentItem(described);
  const written = await store.write({
    table: 'misc',
    key: MISC.deployment,
    conditions: [{ op: 'absent', attribute: 'value' }],
    set: { value: item['value'] },
    add: {},
    remove: [],
  });
  const settings = await store.write(writeSettings({ ...options.settings, rev: 0 }));
  return [
    ...tables,
    ...messaging,
    bucketMade,
    template,
    { what: 'deployment record', outcome: written === undefined ? 'exists' : 'created' },
    { what: 'settings', outcome: settings === undefined ? 'exists' : 'created' },
  ];
}
