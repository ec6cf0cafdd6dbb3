import {
  CreateFleetCommand,
  DescribeInstancesCommand,
  EC2Client,
  TerminateInstancesCommand,
  type CreateFleetCommandOutput,
  type Instance,
} from '@aws-sdk/client-ec2';
import type { LaunchRequest } from '../engine/model/command.ts';
import { type Fault, FaultError } from '../engine/model/fault.ts';
import { parsePoolId, poolId } from '../engine/model/ids.ts';
import type { Compute, LaunchAnswer } from '../engine/model/ports.ts';
import type { ImageRequest, ImageRow } from '../engine/model/image.ts';
import type { InstanceRow } from '../engine/model/worker.ts';
import type { CallPolicy } from './call-policy.ts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions } from './client-options.ts';
import { createImage, type ImagesPort, listImages, retireImage } from './ec2-images.ts';
import { faultKindOf } from './errors.ts';
import { jobsTag, machineTag, TAGS } from './tags.ts';

/** TerminateInstances takes at most this many ids. */
const TERMINATE_MAX = 1_000;
const PAGE_MAX = 1_000;

/** Launches by CreateFleet `instant`, as AWS advises: one attempt, answered at once, with an error per pool. */
export class Ec2Compute implements Compute {
  readonly #client: EC2Client;
  readonly #calls: CallPolicy;
  readonly #deployment: string;
  readonly #template: string;
  readonly #subnets: Readonly<Record<string, string>> | undefined;

  /** `subnets` by zone: a deployment in a VPC of its own launches in these and nowhere else. */
  constructor(target: AwsTarget, deployment: string, subnets?: Readonly<Record<string, string>>) {
    this.#subnets = subnets;
    this.#client = new EC2Client(clientOptions(target, 'EC2'));
    this.#calls = callsOf(target);
    this.#deployment = deployment;
    this.#template = workerTemplateName(deployment);
  }

  async launch(request: LaunchRequest): Promise<LaunchAnswer> {
    const { instanceType, zone } = parsePoolId(request.pool);
    const spot = request.maxUsdPerHour !== undefined;
    const tags = {
      [TAGS.deployment]: this.#deployment,
      [TAGS.role]: 'worker',
      [TAGS.intent]: request.intentId,
      [TAGS.bid]: String(request.maxUsdPerHour ?? 0),
      [TAGS.slots]: String(request.slots),
      ...(request.jobs !== undefined && { [TAGS.jobs]: jobsTag(request.jobs) }),
      ...(request.machine !== undefined && { [TAGS.machine]: machineTag(request.machine) }),
    };
    const command = new CreateFleetCommand({
      Type: 'instant',
      ClientToken: request.token,
      TargetCapacitySpecification: {
        TotalTargetCapacity: request.count,
        DefaultTargetCapacityType: spot ? 'spot' : 'on-demand',
      },
      ...(spot && { SpotOptions: { AllocationStrategy: 'price-capacity-optimized' } }),
      LaunchTemplateConfigs: [
        {
          LaunchTemplateSpecification: { LaunchTemplateName: this.#template, Version: '$Latest' },
          Overrides: [
            {
              // EC2 wants the price as text; a JavaScript number prints without trailing zeros and without an exponent here.
              InstanceType: instanceType as never,
              ...(request.imageId !== undefined && { ImageId: request.imageId }),
              ...this.#placeIn(zone, request.pool),
              ...(spot && { MaxPrice: String(request.maxUsdPerHour) }),
            },
          ],
        },
      ],
      TagSpecifications: [
        { ResourceType: 'instance', Tags: pairsOf(tags) },
        // By its tag a policy knows a fleet, too, as this deployment's.
        { ResourceType: 'fleet', Tags: pairsOf({ [TAGS.deployment]: this.#deployment, [TAGS.role]: 'worker' }) },
      ],
    });
    // The ClientToken makes the same launch once of any number of tries.
    const reply = await this.#calls.run(
      { operation: 'ec2 CreateFleet', target: request.pool, kind: 'list' },
      ({ signal }) => this.#client.send(command, { abortSignal: signal }),
    );
    return {
      instanceIds: (reply.Instances ?? []).flatMap(({ InstanceIds }) => InstanceIds ?? []),
      fault: fleetFault(reply, request.pool),
    };
  }

  #placeIn(zone: string, pool: string): { readonly SubnetId: string } | { readonly AvailabilityZone: string } {
    if (this.#subnets === undefined) return { AvailabilityZone: zone };
    const SubnetId = this.#subnets[zone];
    if (SubnetId !== undefined) return { SubnetId };
    const detail = `the deployment has no subnet in ${zone}; name one: cbas init --vpc ID --subnets IDS`;
    throw new FaultError({ kind: 'invalid', operation: 'ec2 CreateFleet', target: pool, detail, code: '' });
  }

  async terminate(instanceIds: readonly string[]): Promise<void> {
    for (let start = 0; start < instanceIds.length; start += TERMINATE_MAX) {
      const InstanceIds = instanceIds.slice(start, start + TERMINATE_MAX);
      const call = { operation: 'ec2 TerminateInstances', target: InstanceIds.join(' '), kind: 'list' } as const;
      await this.#calls.run(call, ({ signal }) =>
        this.#client.send(new TerminateInstancesCommand({ InstanceIds }), { abortSignal: signal }),
      );
    }
  }

  async instances(): Promise<readonly InstanceRow[]> {
    const Filters = [{ Name: `tag:${TAGS.deployment}`, Values: [this.#deployment] }];
    const call = { operation: 'ec2 DescribeInstances', target: this.#deployment, kind: 'list' } as const;
    const rows: InstanceRow[] = [];
    let NextToken: string | undefined;
    do {
      const command = new DescribeInstancesCommand({ Filters, MaxResults: PAGE_MAX, NextToken });
      const page = await this.#calls.run(call, ({ signal }) => this.#client.send(command, { abortSignal: signal }));
      for (const { Instances = [] } of page.Reservations ?? []) rows.push(...Instances.map(instanceRow));
      NextToken = page.NextToken === '' ? undefined : page.NextToken;
    } while (NextToken !== undefined);
    return rows;
  }

  createImage(request: ImageRequest): Promise<string> {
    return createImage(this.#images, request);
  }

  images(): Promise<readonly ImageRow[]> {
    return listImages(this.#images);
  }

  retireImage(imageId: string): Promise<void> {
    return retireImage(this.#images, imageId);
  }

  get #images(): ImagesPort {
    return { client: this.#client, calls: this.#calls, deployment: this.#deployment };
  }
}

function pairsOf(tags: Readonly<Record<string, string>>): { readonly Key: string; readonly Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function workerTemplateName(deployment: string): string {
  return `cbas-${deployment}-worker`;
}

const STATES: readonly InstanceRow['state'][] = [
  'pending',
  'running',
  'shutting-down',
  'terminated',
  'stopping',
  'stopped',
];

function instanceRow(instance: Instance): InstanceRow {
  return {
    id: instance.InstanceId ?? '',
    pool: poolId(instance.InstanceType ?? '', instance.Placement?.AvailabilityZone ?? ''),
    state: STATES.find((state) => state === instance.State?.Name) ?? 'pending',
    launchedAt: instance.LaunchTime?.getTime() ?? 0,
    spot: instance.InstanceLifecycle === 'spot',
    intent: instance.Tags?.find(({ Key }) => Key === TAGS.intent)?.Value ?? '',
    stateReason: instance.StateReason?.Code ?? '',
    endedAt: transitionTime(instance.StateTransitionReason ?? ''),
  };
}

/** "User initiated (2026-11-22 14:02:11 GMT)", to epoch ms; 0 where no time stands. */
function transitionTime(reason: string): number {
  const [, day, time] = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT\)/.exec(reason) ?? [];
  const at = Date.parse(`${day}T${time}Z`);
  return Number.isFinite(at) ? at : 0;
}

function fleetFault(reply: CreateFleetCommandOutput, pool: string): Fault | undefined {
  const error = reply.Errors?.[0];
  if (error === undefined) return undefined;
  const code = error.ErrorCode ?? '';
  return new FaultError({
    kind: faultKindOf(code, undefined),
    operation: 'ec2 CreateFleet',
    target: pool,
    detail: error.ErrorMessage ?? code,
    code,
  }).fault;
}
