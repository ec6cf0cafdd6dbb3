import type { ConditionalWrite } from '../model/command.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { MISC, SCHEMA_VERSION } from './misc-item.ts';
import { readNumber, readObject, readText } from './read.ts';
import { isObject } from './shape.ts';

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
  readonly resources: readonly { readonly id: string; readonly type: string; readonly name: string }[];
}

export function manifestItem(manifest: DeploymentManifest): ConditionalWrite {
  return {
    table: 'misc',
    key: MISC.manifest,
    conditions: [],
    set: { value: { ...manifest, resources: manifest.resources.map((one) => ({ ...one })), schema: SCHEMA_VERSION } },
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
    resources: resources
      .filter(isObject)
      .map((one) => ({ id: readText(one, 'id'), type: readText(one, 'type'), name: readText(one, 'name') })),
  };
}
