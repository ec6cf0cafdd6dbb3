import type { Json, JsonObject } from '../../engine/model/units.ts';
import { deploymentResources } from './model/index.ts';
import { names } from './names.ts';
import { arns } from './model/arns.ts';
import { type DeploymentSpec, type Ref, type Resource, withRefs } from './model/resource.ts';

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
  const all = deploymentResources(spec);
  const resources = all.map(({ id, type, properties, after, holdsData }): [string, JsonObject] => {
    const needs = all.filter((one) => after.includes(one.id));
    const named = withRefs(properties as Json, ({ ref, attribute }) => REFERENCE[attribute](ref));
    const Properties = queuesByReference(spec, needs, named);
    const order = after.filter((need) => !refersTo(Properties, need));
    const body = {
      Type: type,
      ...(order.length > 0 && { DependsOn: order }),
      ...(holdsData && { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }),
      Properties,
    };
    return [id, body];
  });
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `CBAS deployment ${spec.name} in account ${spec.accountId}, ${spec.region}. Run cbas init afterwards: it writes the records that are no resources.`,
    Resources: Object.fromEntries(resources),
  };
}

/** The ARN of a queue that comes first is a reference to it, so that stack and linter see the bond; a text that holds more stays. */
function queuesByReference(spec: DeploymentSpec, needs: readonly Resource[], value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => queuesByReference(spec, needs, one));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        one === undefined ? undefined : queuesByReference(spec, needs, one as Json),
      ]),
    );
  const queue = needs.find(({ type, name }) => type === 'AWS::SQS::Queue' && value === arnOfQueue(spec, name));
  return queue === undefined ? value : { 'Fn::GetAtt': [queue.id, 'Arn'] };
}

/** A reference orders already: naming it once more is what linters warn of. */
function refersTo(value: Json, id: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { Ref, 'Fn::GetAtt': att } = value as { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] };
  return Ref === id || att?.[0] === id || Object.values(value).some((one) => refersTo(one as Json, id));
}

function arnOfQueue(spec: DeploymentSpec, name: string): string {
  return arns.queue(spec, name.slice(names.prefix(spec.name).length));
}
