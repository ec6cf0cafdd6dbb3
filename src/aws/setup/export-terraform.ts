import type { Json, JsonObject } from '../../engine/model/units.ts';
import { deploymentResources } from './model/index.ts';
import { type DeploymentSpec, type Ref, type Resource, withRefs } from './model/resource.ts';
import { type Block, BLOCKS, type Properties } from './terraform-blocks.ts';

/** Of the provider hashicorp/aws, whose argument names these are. */
const PROVIDER_VERSION = '~> 5.0';

/** How Terraform names what AWS alone knows. */
const REFERENCE: Readonly<Record<Ref['attribute'], (name: string) => string>> = {
  GroupId: (name) => `\${aws_security_group.${name}.id}`,
  QueueUrl: (name) => `\${aws_sqs_queue.${name}.url}`,
};

/** The configuration (Terraform's JSON syntax) that makes what `init` makes. */
export function terraform(spec: DeploymentSpec): JsonObject {
  const resources = deploymentResources(spec);
  const byType: Record<string, Record<string, JsonObject>> = {};
  const blockNames = new Map<string, string>();
  for (const resource of resources) {
    const blocks = blocksOf(resource);
    blockNames.set(resource.id, `${blocks[0]?.type}.${snake(resource.id)}`);
    for (const { type, body } of blocks) {
      const needs = resource.after.flatMap((id) => blockNames.get(id) ?? []);
      const own = type === blocks[0]?.type ? needs : [`${blocks[0]?.type}.${snake(resource.id)}`];
      (byType[type] ??= {})[snake(resource.id)] = { ...body, ...(own.length > 0 && { depends_on: own }) };
    }
  }
  return {
    terraform: { required_providers: { aws: { source: 'hashicorp/aws', version: PROVIDER_VERSION } } },
    provider: { aws: { region: spec.region, allowed_account_ids: [spec.accountId] } },
    resource: byType,
  };
}

function snake(id: string): string {
  return id.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

function blocksOf(resource: Resource): readonly Block[] {
  const resolved = withRefs(resource.properties as Json, ({ ref, attribute }) => REFERENCE[attribute](snake(ref)));
  return BLOCKS[resource.type](resolved as unknown as Properties);
}
