import type { EpochMs } from '../../engine/model/units.ts';
import { settingsOf, MISC, writeSettings } from '../../engine/protocol/misc-item.ts';
import type { AwsTarget } from '../client-options.ts';
import { DynamoStore } from '../dynamo.ts';
import { Ec2Compute } from '../ec2-compute.ts';
import { hasKind, isUnsupported } from '../errors.ts';
import { systemClock } from '../system-clock.ts';
import { askerOf } from './ask.ts';
import { mayBeWanting, SetupError, told } from './build.ts';
import { deploymentResources, inLevels } from './model/index.ts';
import type { DeploymentSpec, Resource } from './model/resource.ts';
import { names } from './names.ts';
import { providersOf } from './providers/index.ts';

const LOOK_EVERY_MS = 1_000;
/** EC2 ends an instance in a minute or two. */
const ENDED_WITHIN_MS = 600_000;

export interface DestroyOptions {
  /** Tables and bucket as well, with all that is in them. */
  readonly purge: boolean;
  readonly by: string;
  readonly at: EpochMs;
  /** Hears how many instances are left. */
  readonly onInstances?: (left: number) => void;
  readonly onRemoved?: (resource: Resource) => void;
}

/**
 * Takes a deployment away, in the order in which nothing can come back: no new work and no new instance, then the instances, counted to
 * zero, then rules, queues, roles and templates; data only where it was asked for. After a failure the same command goes on.
 */
export async function destroyDeployment(
  target: AwsTarget,
  spec: DeploymentSpec,
  options: DestroyOptions,
): Promise<readonly Resource[]> {
  await closeSubmission(target, spec, options);
  await endInstances(target, spec, options.onInstances ?? (() => undefined));
  const providers = providersOf({ target, ask: askerOf(target) }, spec);
  const resources = deploymentResources(spec).filter(({ holdsData }) => options.purge || !holdsData);
  const removed: Resource[] = [];
  // Resources that stay may be named as needs of those that go; these come first all the same.
  const stays = new Set(deploymentResources(spec).map(({ id }) => id));
  for (const { id } of resources) stays.delete(id);
  const levels = inLevels(
    resources.map((resource) => ({ ...resource, after: resource.after.filter((id) => !stays.has(id)) })),
  );
  for (const level of [...levels].reverse()) {
    const settled = await Promise.allSettled(
      level.map(async (resource) => {
        try {
          await providers[resource.type].remove(resource);
        } catch (error) {
          // Where it cannot be made there is none.
          if (!isUnsupported(error) || !mayBeWanting(resource)) throw error;
          return;
        }
        removed.push(resource);
        options.onRemoved?.(resource);
      }),
    );
    const failures = settled.flatMap((one, at) =>
      one.status === 'rejected' ? [{ resource: level[at] as Resource, error: one.reason as unknown }] : [],
    );
    if (failures.length > 0) throw new SetupError(failures.map(told).join('\n'), [], failures[0]?.error);
  }
  return removed;
}

/** No job is accepted and no worker asked for: a leader that still runs launches nothing. */
async function closeSubmission(target: AwsTarget, spec: DeploymentSpec, { by, at }: DestroyOptions): Promise<void> {
  const store = new DynamoStore(target, names.prefix(spec.name));
  for (;;) {
    let settings;
    try {
      settings = settingsOf(await store.get('misc', MISC.settings));
    } catch (error) {
      // There is no table any more: an earlier run came further than this.
      if (hasKind(error, 'not-found')) return;
      throw error;
    }
    if (settings.rev === 0 || (!settings.accepting && settings.targetWorkers === 0)) return;
    const closed = { ...settings, accepting: false, targetWorkers: 0, changedBy: by, changedAt: at };
    // Somebody changed them meanwhile: looked at again.
    if ((await store.write(writeSettings(closed))) !== undefined) return;
  }
}

/** None where the server has no instances at all. */
async function instancesOf(compute: Ec2Compute): ReturnType<Ec2Compute['instances']> {
  try {
    return await compute.instances();
  } catch (error) {
    if (isUnsupported(error)) return [];
    throw error;
  }
}

async function endInstances(
  target: AwsTarget,
  { name }: DeploymentSpec,
  onInstances: (left: number) => void,
): Promise<void> {
  const compute = new Ec2Compute(target, name);
  const deadline = systemClock.monotonicMs() + ENDED_WITHIN_MS;
  for (;;) {
    const left = (await instancesOf(compute)).filter(({ state }) => state !== 'terminated');
    onInstances(left.length);
    if (left.length === 0) return;
    const ending = left.filter(({ state }) => state !== 'shutting-down');
    if (ending.length > 0) await compute.terminate(ending.map(({ id }) => id));
    if (systemClock.monotonicMs() >= deadline)
      throw new SetupError(
        `${left.length} instances have not ended after ${ENDED_WITHIN_MS / 60_000} min; run the same command again, which goes on from there`,
        [],
        undefined,
      );
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}
