import { afterAll, beforeAll, expect, test } from 'vitest';
import { changedProperties } from '../../../src/aws/setup/compare.ts';
import { cloudFormation } from '../../../src/aws/setup/export-cloudformation.ts';
import { terraform } from '../../../src/aws/setup/export-terraform.ts';
import { initDeployment } from '../../../src/aws/setup/init.ts';
import { deploymentResources } from '../../../src/aws/setup/model/index.ts';
import { askerOf } from '../../../src/aws/setup/ask.ts';
import { providersOf } from '../../../src/aws/setup/providers/index.ts';
import { type Attributes, look } from '../../../src/aws/setup/survey.ts';
import type { Json, JsonObject } from '../../../src/engine/model/units.ts';
import { ACCOUNT, REGION, SETTINGS, specNamed, type TestCloud, testCloud } from './fixture.ts';

let under: TestCloud;
beforeAll(async () => {
  under = await testCloud();
});
afterAll(() => under.close());

const SPEC = specNamed('golden');

test('what CloudFormation would make is what init made: read back from the account, property by property', async () => {
  const target = under.target();
  await initDeployment(target, { spec: SPEC, settings: SETTINGS, version: 'test' });
  const template = cloudFormation(SPEC)['Resources'] as Readonly<
    Record<string, { readonly Type: string; readonly Properties: JsonObject }>
  >;
  const resources = deploymentResources(SPEC);
  expect(Object.keys(template)).toEqual(resources.map(({ id }) => id));
  const providers = providersOf({ target, ask: askerOf(target) }, SPEC);
  const attributes: Attributes = new Map();
  for (const resource of resources) {
    const { resource: resolved, standing } = await look(resource, providers, attributes);
    expect(standing, resource.id).toBe('exists');
    const found = await providers[resource.type].read(resolved);
    const exported = template[resource.id];
    expect(exported?.Type).toBe(resource.type);
    const properties = resolvedByStack(exported?.Properties as Json, attributes) as JsonObject;
    expect(changedProperties(properties, found?.properties ?? {}), resource.id).toEqual([]);
  }
});

function nameOf(id: string | undefined): string {
  return deploymentResources(SPEC).find((one) => one.id === id)?.name ?? `no ${id}`;
}

/** As a stack resolves its own intrinsic functions. */
function resolvedByStack(value: Json, attributes: Attributes): Json {
  if (Array.isArray(value)) return value.map((one: Json) => resolvedByStack(one, attributes));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': att } = value as { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] };
  if (Ref !== undefined) return attributes.get(Ref)?.QueueUrl ?? `no ${Ref}`;
  if (att?.[1] === 'Arn') return `arn:aws:sqs:${REGION}:${ACCOUNT}:${nameOf(att[0])}`;
  if (att !== undefined) return attributes.get(att[0] ?? '')?.GroupId ?? `no ${att[0]}`;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, resolvedByStack(one, attributes)]])),
  );
}

test('Terraform has each resource, names only what it has, and keeps data from destruction', () => {
  const exported = terraform(SPEC)['resource'] as Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  const blocks = Object.entries(exported).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, body]) => ({ address: `${type}.${name}`, body })),
  );
  const addresses = new Set(blocks.map(({ address }) => address));
  const text = JSON.stringify(exported);
  const referred = [...text.matchAll(/\$\{(\w+\.\w+)\.\w+\}/g)].map(([, address]) => address ?? '');
  const needed = blocks.flatMap(({ body }) => (body['depends_on'] ?? []) as readonly string[]);
  expect([...referred, ...needed].filter((address) => !addresses.has(address))).toEqual([]);
  expect(referred.length).toBeGreaterThan(3);
  // Rules, roles and the bucket are more than one block there.
  expect(blocks.length).toBeGreaterThan(deploymentResources(SPEC).length);
  for (const { name } of deploymentResources(SPEC)) expect(text).toContain(`"${name}"`);
  const kept = blocks.filter(({ body }) => JSON.stringify(body['lifecycle']) === '{"prevent_destroy":true}');
  expect(kept.map(({ address }) => address.split('.')[0])).toEqual([
    ...Array.from({ length: 5 }, () => 'aws_dynamodb_table'),
    'aws_s3_bucket',
  ]);
});
