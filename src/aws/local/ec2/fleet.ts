import {
  CreateFleet$,
  type CreateFleetError,
  type CreateFleetInstance,
  type CreateFleetRequest,
  type CreateFleetResult,
  type FleetLaunchTemplateConfigRequest,
  type FleetLaunchTemplateOverridesRequest,
  type LaunchTemplateAndOverridesResponse,
} from '@aws-sdk/client-ec2';
import type { Pool } from './price-source.ts';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context, invalid, missing, newId, once, only } from './context.ts';
import { checkOptions, type FleetOptions, targetsOf } from './fleet-options.ts';
import { admitted, launch, type LaunchSpec } from './launch.ts';
import { launchSpec, maxPrice, overridden, poolsFor } from './launch-data.ts';
import { templateNamed, versionOf } from './launch-templates.ts';
import { zoneOfSubnet } from './network.ts';
import { type InstanceRecord, isActive, type Lifecycle, poolNameOf, type Tags } from './records.ts';
import { specifiedTags } from './tags.ts';

/** One way to fill the fleet: an override in one of its pools. */
interface Candidate {
  readonly spec: LaunchSpec;
  readonly pool: Pool;
  /** Units of the target that one instance fills. */
  readonly weight: number;
  readonly usdPerUnit: number;
  readonly priority: number;
  readonly shown: LaunchTemplateAndOverridesResponse;
}

interface Refused {
  readonly shown: LaunchTemplateAndOverridesResponse;
  readonly error: ServiceError;
}

const LAUNCHED_MAX = 1000;

/** CreateFleet of type instant: one attempt, answered with what was launched and, per override, what was not and why. */
export function fleetOperations(context: Ec2Context): Operation[] {
  return [
    accepting<CreateFleetRequest, CreateFleetResult>(
      CreateFleet$,
      [
        'ClientToken',
        'Type',
        'LaunchTemplateConfigs',
        'TargetCapacitySpecification',
        'SpotOptions',
        'OnDemandOptions',
        'TagSpecifications',
      ],
      (input) => once(context, { operation: 'CreateFleet', input, run: () => instantFleet(context, input) }),
    ),
  ];
}

function instantFleet(context: Ec2Context, input: CreateFleetRequest): CreateFleetResult {
  if (input.Type !== 'instant')
    throw new ServiceError('UnsupportedOperation', `Fleets of type ${input.Type ?? 'maintain'} are not supported.`);
  const options = checkOptions(input);
  const targets = targetsOf(input.TargetCapacitySpecification);
  const fleetId = `fleet-${newId('x').slice(2, 10)}-${newId('x').slice(2, 6)}-${newId('x').slice(2, 14)}`;
  const tags = { ...specifiedTags(input.TagSpecifications, 'instance'), 'aws:ec2:fleet-id': fleetId };
  const configs = input.LaunchTemplateConfigs ?? [];
  if (configs.length === 0) throw missing('LaunchTemplateConfigs');
  const Instances: CreateFleetInstance[] = [];
  const Errors: CreateFleetError[] = [];
  for (const lifecycle of ['on-demand', 'spot'] as const) {
    if (targets[lifecycle] === 0) continue;
    const filled = fill(context, {
      ...expanded(context, configs, { lifecycle, tags }),
      lifecycle,
      target: targets[lifecycle],
      options,
    });
    Instances.push(...filled.instances);
    Errors.push(...filled.errors);
  }
  return { FleetId: fleetId, Instances, Errors };
}

interface Filling {
  readonly candidates: readonly Candidate[];
  readonly refused: readonly Refused[];
  readonly lifecycle: Lifecycle;
  readonly target: number;
  readonly options: FleetOptions;
}

/** Goes through the candidates in the strategy's order until the target is reached. */
function fill(context: Ec2Context, { candidates, refused, lifecycle, target, options }: Filling) {
  const instances: CreateFleetInstance[] = [];
  const failures = [...refused];
  let open = target;
  for (const { spec, pool, weight, shown } of ordered(context, candidates, { lifecycle, target, options })) {
    if (open <= 0) break;
    try {
      const max = Math.min(LAUNCHED_MAX, Math.ceil(open / weight));
      const count = admitted(context, { spec, pool }, { min: 1, max });
      const ids = launch(context, { spec, pool }, { count }).map(({ id }) => id);
      open -= count * weight;
      instances.push({
        LaunchTemplateAndOverrides: shown,
        Lifecycle: lifecycle,
        InstanceIds: ids,
        InstanceType: spec.type as NonNullable<CreateFleetInstance['InstanceType']>,
      });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      failures.push({ shown, error });
    }
  }
  const errors = failures.map(({ shown, error }): CreateFleetError => ({
    LaunchTemplateAndOverrides: shown,
    Lifecycle: lifecycle,
    ErrorCode: error.code,
    ErrorMessage: error.message,
  }));
  return { instances, errors };
}

type Ordering = Pick<Filling, 'lifecycle' | 'target' | 'options'>;

/**
 * lowest-price: by price per unit. price-capacity-optimized: the same, but pools that can hold the whole target come
 * before those that cannot. prioritized (on-demand): by priority, the smallest number first.
 */
function ordered({ market, store }: Ec2Context, candidates: readonly Candidate[], ordering: Ordering): Candidate[] {
  const { lifecycle, target, options } = ordering;
  const active = [...store.instances.values()].filter(isActive);
  const short = ({ pool, weight }: Candidate): number => {
    const used = active.filter((one: InstanceRecord) => poolNameOf(one) === pool.name).length;
    const room = (market.capacityOf(pool.name) ?? Infinity) - used;
    return Math.max(0, target - room * weight);
  };
  const byPrice = [...candidates].sort((a, b) => a.usdPerUnit - b.usdPerUnit);
  if (lifecycle === 'on-demand')
    return options.onDemand === 'prioritized' ? byPrice.sort((a, b) => a.priority - b.priority) : byPrice;
  return options.spot === 'price-capacity-optimized' ? byPrice.sort((a, b) => short(a) - short(b)) : byPrice;
}

interface Purpose {
  readonly lifecycle: Lifecycle;
  readonly tags: Tags;
}

/** Every override in every zone that it allows. An override that cannot be meant at all is refused, alone. */
function expanded(context: Ec2Context, configs: readonly FleetLaunchTemplateConfigRequest[], purpose: Purpose) {
  const candidates: Candidate[] = [];
  const refused: Refused[] = [];
  for (const config of configs) {
    for (const override of config.Overrides?.length ? config.Overrides : [{}]) {
      const shown = shownOverride(context, config, override);
      try {
        candidates.push(...candidatesOf(context, { config, override, shown }, purpose));
      } catch (error) {
        if (!(error instanceof ServiceError) || error.code === 'UnsupportedOperation') throw error;
        refused.push({ shown, error });
      }
    }
  }
  return { candidates, refused };
}

interface OneOverride {
  readonly config: FleetLaunchTemplateConfigRequest;
  readonly override: FleetLaunchTemplateOverridesRequest;
  readonly shown: LaunchTemplateAndOverridesResponse;
}

function candidatesOf(context: Ec2Context, { config, override, shown }: OneOverride, purpose: Purpose): Candidate[] {
  const { lifecycle, tags } = purpose;
  const template = templateOf(context, config).version.data;
  const type = override.InstanceType ?? template.InstanceType;
  if (type === undefined) throw missing('InstanceType');
  const { ImageId } = override;
  const plain = { ...template, InstanceMarketOptions: undefined };
  const spec: LaunchSpec = {
    ...launchSpec(context, overridden(plain, ImageId === undefined ? {} : { ImageId }), type),
    lifecycle,
    maxUsdPerHour:
      lifecycle === 'spot'
        ? maxPrice(override.MaxPrice ?? template.InstanceMarketOptions?.SpotOptions?.MaxPrice)
        : undefined,
  };
  const weight = override.WeightedCapacity ?? 1;
  if (!(weight > 0)) throw invalid(`WeightedCapacity ${weight} must be positive`);
  return poolsFor(context, type, zoneOf(context, override) ?? template.Placement?.AvailabilityZone).map((pool) => {
    const { onDemandUsdPerHour } = pool.type;
    const price = lifecycle === 'spot' ? context.market.priceAt(pool, context.clock.now()) : onDemandUsdPerHour;
    return {
      spec: { ...spec, tags: { ...spec.tags, ...tags } },
      pool,
      weight,
      usdPerUnit: price / weight,
      priority: override.Priority ?? Infinity,
      shown: { ...shown, Overrides: { ...shown.Overrides, AvailabilityZone: pool.zone } },
    };
  });
}

function zoneOf({ market }: Ec2Context, override: FleetLaunchTemplateOverridesRequest): string | undefined {
  if (override.SubnetId !== undefined) return zoneOfSubnet(market.zones, override.SubnetId);
  return override.AvailabilityZone ?? override.Placement?.AvailabilityZone;
}

function templateOf(context: Ec2Context, config: FleetLaunchTemplateConfigRequest) {
  const named = config.LaunchTemplateSpecification;
  if (named === undefined) throw missing('LaunchTemplateSpecification');
  const template = templateNamed(context, named);
  return { template, version: versionOf(template, named.Version) };
}

const OVERRIDE_KEYS = [
  'InstanceType',
  'MaxPrice',
  'SubnetId',
  'AvailabilityZone',
  'WeightedCapacity',
  'Priority',
  'Placement',
  'ImageId',
  'BlockDeviceMappings',
  'MetadataOptions',
];

function shownOverride(
  context: Ec2Context,
  config: FleetLaunchTemplateConfigRequest,
  override: FleetLaunchTemplateOverridesRequest,
): LaunchTemplateAndOverridesResponse {
  only('Overrides', override, OVERRIDE_KEYS);
  only('Placement', override.Placement ?? {}, ['AvailabilityZone']);
  const { template, version } = templateOf(context, config);
  const { InstanceType, MaxPrice, SubnetId, AvailabilityZone, WeightedCapacity, Priority } = override;
  return {
    LaunchTemplateSpecification: { LaunchTemplateId: template.id, Version: String(version.number) },
    Overrides: { InstanceType, MaxPrice, SubnetId, AvailabilityZone, WeightedCapacity, Priority },
  };
}
