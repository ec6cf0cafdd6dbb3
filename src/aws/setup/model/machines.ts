import { names } from '../names.ts';
import type { JsonObject } from '../../../engine/model/units.ts';
import { arns } from './arns.ts';
import { policyOf, type Role } from './policies.ts';
import { type DeploymentSpec, ref, type Resource, tagsOf } from './resource.ts';

/** Roles that instances bear; those of people are attached by whoever manages the account (`cbas policy print`). */
const INSTANCE_ROLES = ['worker', 'master'] as const satisfies readonly Role[];
/** The root disk of Amazon's images. */
const ROOT_DEVICE = '/dev/xvda';

/** What instances are and may do: roles, profiles, their network and the launch template of all workers. */
export function machineResources(spec: DeploymentSpec): readonly Resource[] {
  return [
    ...INSTANCE_ROLES.flatMap((role) => roleResources(spec, role)),
    drillRole(spec),
    ...networkResources(spec),
    template(spec),
  ];
}

/** What the Fault Injection Service acts as in `cbas drill`: it may interrupt spot instances of this deployment, and nothing else. */
function drillRole(spec: DeploymentSpec): Resource {
  const owned = { StringEquals: { 'aws:ResourceTag/cbas:deployment': spec.name } };
  const Statement = [
    { Sid: 'Find', Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' },
    {
      Sid: 'Interrupt',
      Effect: 'Allow',
      Action: 'ec2:SendSpotInstanceInterruptions',
      Resource: arns.ec2(spec, 'instance'),
      Condition: owned,
    },
  ];
  const trusts = { service: 'fis.amazonaws.com', when: { StringEquals: { 'aws:SourceAccount': spec.accountId } } };
  return roleOf(spec, { id: 'DrillRole', role: 'drill', trusts, policy: { Version: '2012-10-17', Statement } });
}

interface NewRole {
  readonly id: string;
  readonly role: 'worker' | 'master' | 'drill';
  /** Who may act as it, and on which condition. */
  readonly trusts: { readonly service: string; readonly when?: JsonObject };
  readonly policy: JsonObject;
}

function roleOf(spec: DeploymentSpec, { id, role, trusts, policy }: NewRole): Resource {
  const name = names.role(spec, role);
  return {
    id,
    type: 'AWS::IAM::Role',
    name,
    after: [],
    holdsData: false,
    properties: {
      RoleName: name,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: trusts.service },
            Action: 'sts:AssumeRole',
            ...(trusts.when !== undefined && { Condition: trusts.when }),
          },
        ],
      },
      Policies: [{ PolicyName: 'cbas', PolicyDocument: policy }],
      Tags: tagsOf(spec, role),
    },
  };
}

function roleResources(spec: DeploymentSpec, role: 'worker' | 'master'): readonly Resource[] {
  const name = names.role(spec, role);
  const id = role === 'worker' ? 'Worker' : 'Master';
  const service = spec.partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com';
  return [
    roleOf(spec, {
      id: `${id}Role`,
      role,
      trusts: { service },
      policy: policyOf(role, spec) as never,
    }),
    {
      id: `${id}Profile`,
      type: 'AWS::IAM::InstanceProfile',
      name,
      after: [`${id}Role`],
      holdsData: false,
      properties: { InstanceProfileName: name, Roles: [name] },
    },
  ];
}

/** Workers reach each other and the world; nothing else reaches them. */
function networkResources(spec: DeploymentSpec): readonly Resource[] {
  const name = names.securityGroup(spec.name, 'worker');
  return [
    {
      id: 'WorkerGroup',
      type: 'AWS::EC2::SecurityGroup',
      name,
      after: [],
      holdsData: false,
      properties: {
        GroupName: name,
        GroupDescription: `Workers of the CBAS deployment ${spec.name}`,
        ...(spec.network !== undefined && { VpcId: spec.network.vpcId }),
        Tags: tagsOf(spec, 'worker'),
      },
    },
    {
      id: 'WorkerGroupToItself',
      type: 'AWS::EC2::SecurityGroupIngress',
      name,
      after: ['WorkerGroup'],
      holdsData: false,
      properties: {
        GroupId: ref('WorkerGroup', 'GroupId'),
        IpProtocol: '-1',
        SourceSecurityGroupId: ref('WorkerGroup', 'GroupId'),
      },
    },
  ];
}

/** Metadata service version 2 only, one hop, tags readable there; shutdown means terminate; an encrypted root disk that goes with the instance. */
function template(spec: DeploymentSpec): Resource {
  const name = names.template(spec.name);
  return {
    id: 'WorkerTemplate',
    type: 'AWS::EC2::LaunchTemplate',
    name,
    after: ['WorkerProfile', 'WorkerGroup'],
    holdsData: false,
    properties: {
      LaunchTemplateName: name,
      LaunchTemplateData: {
        ImageId: spec.imageId,
        UserData: Buffer.from(spec.userData).toString('base64'),
        IamInstanceProfile: { Name: names.role(spec, 'worker') },
        SecurityGroupIds: [ref('WorkerGroup', 'GroupId')],
        InstanceInitiatedShutdownBehavior: 'terminate',
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1, InstanceMetadataTags: 'enabled' },
        BlockDeviceMappings: [
          { DeviceName: ROOT_DEVICE, Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true } },
        ],
        TagSpecifications: ['instance', 'volume'].map((ResourceType) => ({
          ResourceType,
          Tags: tagsOf(spec, 'worker'),
        })),
      },
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: tagsOf(spec, 'worker') }],
    },
  };
}
