import { describeFault, FaultError } from '../../engine/model/fault.ts';
import { isUnsupported } from '../errors.ts';
import type { Json } from '../../engine/model/units.ts';
import { rightFor } from '../iam-actions.ts';
import { inLevels } from './model/index.ts';
import { refsOf, type Resource } from './model/resource.ts';
import type { Providers } from './providers/index.ts';
import { type Attributes, look, resolve } from './survey.ts';

export type Outcome = 'exists' | 'created' | 'mended' | 'stuck' | 'unsupported';

/** One resource and what was done about it. */
export interface Built {
  readonly resource: Resource;
  readonly outcome: Outcome;
  /** Properties that were brought to what they should be, or cannot be. */
  readonly changed: readonly string[];
}

/** Some could not be made. What was done before stands, and the same command goes on from there. */
export class SetupError extends Error {
  readonly done: readonly Built[];
  constructor(message: string, done: readonly Built[], cause: unknown) {
    super(message, { cause });
    this.name = 'SetupError';
    this.done = done;
  }
}

/**
 * Makes what is missing and mends what has drifted, level by level, all of a level at once. To run it again changes nothing, and after
 * a failure goes on. What cannot be changed in place is left as it is, and told; so is what a server that speaks AWS does not have, unless
 * nothing works without it.
 */
export async function build(
  resources: readonly Resource[],
  providers: Providers,
  onBuilt: (built: Built) => void = () => undefined,
): Promise<readonly Built[]> {
  const attributes: Attributes = new Map();
  const done: Built[] = [];
  for (const level of inLevels(resources)) {
    const settled = await Promise.allSettled(
      level.map(async (resource) => {
        const isBarred = refsOf(resource.properties as Json).some((need) =>
          done.some((one) => one.resource.id === need && one.outcome === 'unsupported'),
        );
        const built: Built = isBarred
          ? { resource, outcome: 'unsupported', changed: [] }
          : await ensureWhereHad(resource, providers, attributes);
        done.push(built);
        onBuilt(built);
      }),
    );
    const failures = settled.flatMap((one, at) =>
      one.status === 'rejected' ? [{ resource: level[at] as Resource, error: one.reason as unknown }] : [],
    );
    if (failures.length > 0) throw new SetupError(failures.map(told).join('\n'), done, failures[0]?.error);
  }
  return resources.flatMap(({ id }) => done.find((built) => built.resource.id === id) ?? []);
}

/** Without tables, bucket and queues there is no deployment; without the rest there is one that can do less. */
const ESSENTIAL: ReadonlySet<Resource['type']> = new Set([
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
]);

export function mayBeWanting({ type }: Resource): boolean {
  return !ESSENTIAL.has(type);
}

async function ensureWhereHad(resource: Resource, providers: Providers, attributes: Attributes): Promise<Built> {
  try {
    const built = await ensure(resource, providers, attributes);
    if (built.outcome !== 'unsupported' || mayBeWanting(resource)) return built;
  } catch (error) {
    if (!isUnsupported(error) || !mayBeWanting(resource)) throw error;
    return { resource, outcome: 'unsupported', changed: [] };
  }
  throw new Error('this server does not have it, and nothing works without it');
}

async function ensure(resource: Resource, providers: Providers, attributes: Attributes): Promise<Built> {
  const { standing, changed, resource: resolved } = await look(resource, providers, attributes);
  const provider = providers[resource.type];
  if (standing === 'exists' || standing === 'stuck' || standing === 'unsupported')
    return { resource: resolved, outcome: standing, changed };
  if (standing === 'drift') {
    await provider.mend(resolved, changed);
    return { resource: resolved, outcome: 'mended', changed };
  }
  await provider.create(resolve(resource, attributes));
  // Only now is known what others refer to.
  const made = await provider.read(resolve(resource, attributes));
  attributes.set(resource.id, made?.attributes ?? {});
  return { resource: resolve(resource, attributes), outcome: 'created', changed: [] };
}

/** "table cbas-lab-jobs: denied ...: the right dynamodb:CreateTable is missing". */
export function told({ resource, error }: { readonly resource: Resource; readonly error: unknown }): string {
  const what = `${kindWord(resource.type)} ${resource.name}`;
  if (!(error instanceof FaultError)) return `${what}: ${error instanceof Error ? error.message : String(error)}`;
  const { fault } = error;
  const missing = fault.kind === 'denied' ? `; the right that is missing: ${rightFor(fault.operation)}` : '';
  return `${what}: ${describeFault(fault)}${missing}`;
}

const WORDS: Readonly<Record<Resource['type'], string>> = {
  'AWS::DynamoDB::Table': 'table',
  'AWS::EC2::LaunchTemplate': 'launch template',
  'AWS::EC2::SecurityGroup': 'security group',
  'AWS::EC2::SecurityGroupIngress': 'rule of security group',
  'AWS::Events::Rule': 'event rule',
  'AWS::IAM::InstanceProfile': 'instance profile',
  'AWS::IAM::Role': 'role',
  'AWS::S3::Bucket': 'bucket',
  'AWS::S3::BucketPolicy': 'policy of bucket',
  'AWS::SNS::Topic': 'topic',
  'AWS::SQS::Queue': 'queue',
  'AWS::SQS::QueuePolicy': 'policy of queue',
};

/** What people call a type of resource. */
export function kindWord(type: Resource['type']): string {
  return WORDS[type];
}
