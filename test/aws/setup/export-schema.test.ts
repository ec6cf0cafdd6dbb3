import { expect, test } from 'vitest';
import { cloudFormation } from '../../../src/aws/setup/export-cloudformation.ts';
import { terraform } from '../../../src/aws/setup/export-terraform.ts';
import type { ResourceType } from '../../../src/aws/setup/model/resource.ts';
import { CLOUDFORMATION_SHAPES } from './cloudformation-shapes.ts';
import { specNamed } from './fixture.ts';
import { violations } from './shape.ts';
import { TERRAFORM_SHAPES } from './terraform-shapes.ts';

const network = { vpcId: 'vpc-0a1b2c3d', subnets: [{ id: 'subnet-0a1b2c3d', zone: 'us-east-1a' }] };
const SPECS = [specNamed('plain'), { ...specNamed('inside'), network }];

interface Entry {
  readonly Type: ResourceType;
  readonly Properties: unknown;
  readonly DependsOn?: readonly string[];
}

test.each(SPECS)('CloudFormation takes every property of $name, and has all that it asks for', (spec) => {
  const resources = cloudFormation(spec)['Resources'] as unknown as Readonly<Record<string, Entry>>;
  const wrong = Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    violations(CLOUDFORMATION_SHAPES[Type], JSON.parse(JSON.stringify(Properties)), id),
  );
  expect(wrong).toEqual([]);
  const used = new Set(Object.values(resources).map(({ Type }) => Type));
  expect([...used].toSorted()).toEqual(Object.keys(CLOUDFORMATION_SHAPES).toSorted());
});

test.each(SPECS)(
  'every reference of the stack of $name is to a resource of it; none is named as a need as well',
  (spec) => {
    const resources = cloudFormation(spec)['Resources'] as unknown as Readonly<Record<string, Entry>>;
    for (const [id, { Properties, DependsOn = [] }] of Object.entries(resources)) {
      const text = JSON.stringify(Properties);
      const referred = [...text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(([, name]) => name ?? '');
      for (const name of [...referred, ...DependsOn]) expect(Object.keys(resources), id).toContain(name);
      expect(DependsOn.filter((name) => referred.includes(name)), id).toEqual([]); // prettier-ignore
    }
    // A queue and its dead letters: the order of both is in the reference.
    expect(JSON.stringify(resources['PingQueue']?.Properties)).toContain('{"Fn::GetAtt":["PingQueueDead","Arn"]}');
  },
);

test.each(SPECS)('Terraform takes every argument of $name, and has all that it asks for', (spec) => {
  const blocks = terraform(spec)['resource'] as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const wrong = Object.entries(blocks).flatMap(([type, byName]) =>
    Object.entries(byName).flatMap(([name, body]) => {
      const known = TERRAFORM_SHAPES[type];
      const plain = JSON.parse(JSON.stringify(body)) as unknown;
      return known === undefined ? [`${type} is not known`] : violations(known, plain, `${type}.${name}`);
    }),
  );
  expect(wrong).toEqual([]);
  expect(Object.keys(blocks).toSorted()).toEqual(Object.keys(TERRAFORM_SHAPES).toSorted());
});

test('no text of ours is taken for one of Terraform’s templates', () => {
  // "${" and "%{" begin a template in any string of its JSON syntax: policies have variables that are written like that.
  const text = JSON.stringify(terraform(specNamed('plain'))['resource']);
  const templates = [...text.matchAll(/[$%]\{[^}]*\}?/g)].map(([found]) => found);
  expect(templates.length).toBeGreaterThan(0);
  expect(templates.filter((found) => !/^\$\{aws_(security_group\.\w+\.id|sqs_queue\.\w+\.url)\}$/.test(found))).toEqual(
    [],
  );
});

test('a wrong template is told by place and reason', () => {
  const kind = CLOUDFORMATION_SHAPES['AWS::SQS::Queue'];
  expect(violations(kind, { QueueName: 1, Tags: [{ Key: 'k' }], RedrivePolicy: { deadLetterTargetArn: { Ref: 'A', B: 1 }, maxReceiveCount: '5' }, Colour: 'red' }, 'Q')).toEqual([
    'Q.QueueName: should be text, but is 1',
    'Q.Tags[0].Value: is missing',
    'Q.RedrivePolicy.deadLetterTargetArn: should be text, but is {"Ref":"A","B":1}',
    'Q.RedrivePolicy.maxReceiveCount: should be whole, but is "5"',
    'Q.Colour: is not known',
  ]); // prettier-ignore
  expect(violations(CLOUDFORMATION_SHAPES['AWS::SNS::Topic'], { SignatureVersion: 2 }, 'T')).toEqual([
    'T.SignatureVersion: should be one of 1, 2, but is 2',
  ]);
});
