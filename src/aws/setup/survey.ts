import type { Json } from '../../engine/model/units.ts';
import { isUnsupported } from '../errors.ts';
import { changedProperties } from './compare.ts';
import { inLevels } from './model/index.ts';
import { type Ref, refsOf, type Resource, withRefs } from './model/resource.ts';
import type { Found } from './providers/provider.ts';
import type { Providers } from './providers/index.ts';

/**
 * How a resource stands. `drift`: somebody changed it since, and it can be mended; `stuck`: it is another than it should be, and what
 * differs cannot be changed on what exists; `unsupported`: this server that speaks AWS has no such thing.
 */
export type Standing = 'exists' | 'missing' | 'drift' | 'stuck' | 'unsupported';

export interface Finding {
  readonly resource: Resource;
  readonly standing: Standing;
  /** Properties that are not as they should be. */
  readonly changed: readonly string[];
}

/** What AWS alone knows of resources, by logical id. */
export type Attributes = Map<string, Found['attributes']>;

/** Looks at every resource, those first that others refer to. Changes nothing. */
export async function survey(resources: readonly Resource[], providers: Providers): Promise<readonly Finding[]> {
  const attributes: Attributes = new Map();
  const findings = new Map<string, Finding>();
  for (const level of inLevels(resources)) {
    const looked = await Promise.all(level.map((resource) => look(resource, providers, attributes)));
    for (const finding of looked) findings.set(finding.resource.id, finding);
  }
  // What refers to what cannot be, cannot be either.
  return resources.flatMap(({ id, properties }): readonly Finding[] => {
    const finding = findings.get(id);
    if (finding === undefined) return [];
    const isBarred = refsOf(properties as Json).some((need) => findings.get(need)?.standing === 'unsupported');
    return [isBarred ? { ...finding, standing: 'unsupported' } : finding];
  });
}

/** One resource, with its references resolved where they can be. Keeps what others need to know of it. */
export async function look(resource: Resource, providers: Providers, attributes: Attributes): Promise<Finding> {
  const unknown = refsOf(resource.properties as Json).some((id) => attributes.get(id) === undefined);
  // What it refers to is not there: neither, then, is it.
  if (unknown) return { resource, standing: 'missing', changed: [] };
  const resolved = resolve(resource, attributes);
  const provider = providers[resource.type];
  let found;
  try {
    found = await provider.read(resolved);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return { resource: resolved, standing: 'unsupported', changed: [] };
  }
  if (found === undefined) return { resource: resolved, standing: 'missing', changed: [] };
  attributes.set(resource.id, found.attributes);
  const changed = changedProperties(resolved.properties, found.properties);
  const isStuck = changed.some((name) => provider.fixed.includes(name));
  return { resource: resolved, standing: changed.length === 0 ? 'exists' : isStuck ? 'stuck' : 'drift', changed };
}

export function resolve(resource: Resource, attributes: Attributes): Resource {
  const value = ({ ref, attribute }: Ref): Json => attributes.get(ref)?.[attribute] ?? '';
  return { ...resource, properties: withRefs(resource.properties as Json, value) as Resource['properties'] };
}
