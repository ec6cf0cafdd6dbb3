import { machineResources } from './machines.ts';
import { messagingResources } from './messaging.ts';
import { type DeploymentSpec, type Resource } from './resource.ts';
import { storageResources } from './storage.ts';

/** All that a deployment stands on. `init`, `doctor`, `destroy`, `export` and `estimate` read this and nothing else. */
export function deploymentResources(spec: DeploymentSpec): readonly Resource[] {
  return [...storageResources(spec), ...messagingResources(spec), ...machineResources(spec)];
}

/** In levels: what stands in one needs only what stands in those before it. Throws where needs go in a circle. */
export function inLevels(resources: readonly Resource[]): readonly (readonly Resource[])[] {
  const levels: Resource[][] = [];
  const done = new Set<string>();
  let left = resources;
  while (left.length > 0) {
    const level = left.filter(({ after }) => after.every((id) => done.has(id)));
    if (level.length === 0) throw new Error(`resources need each other: ${left.map(({ id }) => id).join(', ')}`);
    levels.push(level);
    for (const { id } of level) done.add(id);
    left = left.filter(({ id }) => !done.has(id));
  }
  return levels;
}
