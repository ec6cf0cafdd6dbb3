import type { Json, JsonObject } from '../../engine/model/units.ts';
import { deploymentResources } from './model/index.ts';
import { type DeploymentSpec, type Ref, withRefs } from './model/resource.ts';

/** How CloudFormation names what AWS alone knows. */
const REFERENCE: Readonly<Record<Ref['attribute'], (id: string) => JsonObject>> = {
  GroupId: (id) => ({ 'Fn::GetAtt': [id, 'GroupId'] }),
  QueueUrl: (id) => ({ Ref: id }),
};

/**
 * The template that makes what `init` makes. Account and region are pinned in it, as they are in the deployment; what holds data stays
 * when the stack goes.
 */
export function cloudFormation(spec: DeploymentSpec): JsonObject {
  const resources = deploymentResources(spec).map(
    ({ id, type, properties, after, holdsData }): [string, JsonObject] => [
      id,
      {
        Type: type,
        ...(after.length > 0 && { DependsOn: [...after] }),
        ...(holdsData && { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }),
        Properties: withRefs(properties as Json, ({ ref, attribute }) => REFERENCE[attribute](ref)),
      },
    ],
  );
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `CBAS deployment ${spec.name} in account ${spec.accountId}, ${spec.region}. Run cbas init afterwards: it writes the records that are no resources.`,
    Resources: Object.fromEntries(resources),
  };
}
