import {
  DescribeInstances$,
  type DescribeInstancesRequest,
  type DescribeInstancesResult,
  DescribeInstanceStatus$,
  type DescribeInstanceStatusRequest,
  type DescribeInstanceStatusResult,
  RunInstances$,
  type RunInstancesRequest,
  type Reservation,
  type SummaryStatus,
  TerminateInstances$,
  type TerminateInstancesRequest,
  type TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { USER_SHUTDOWN } from '../instances/instances.ts';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context, invalid, missing, once } from './context.ts';
import { matches, pageOf, type Paging } from './filters.ts';
import { instanceFields, reservations, shownState } from './instance-view.ts';
import { admitted, type Count, launch, type LaunchSpec } from './launch.ts';
import { LAUNCH_KEYS, launchSpec, overridden, poolsFor } from './launch-data.ts';
import { templateNamed, versionOf } from './launch-templates.ts';
import { zoneOfSubnet } from './network.ts';
import { type InstanceRecord, isActive } from './records.ts';

export function instanceOperations(context: Ec2Context): Operation[] {
  return [runInstances(context), ...describeInstances(context), terminateInstances(context)];
}

function runInstances(context: Ec2Context): Operation {
  return accepting<RunInstancesRequest, Reservation>(
    RunInstances$,
    [...LAUNCH_KEYS, 'MinCount', 'MaxCount', 'ClientToken', 'LaunchTemplate', 'SubnetId'],
    (input) => {
      const ids = once(context, { operation: 'RunInstances', input, run: () => run(context, input) });
      const records = ids.flatMap((id) => context.store.instances.get(id) ?? []);
      return reservations(context, records)[0] ?? { OwnerId: context.accountId, Instances: [] };
    },
  );
}

function run(context: Ec2Context, input: RunInstancesRequest): string[] {
  const { LaunchTemplate: named, MinCount: min = 1, MaxCount: max = min } = input;
  if (!(min >= 1 && max >= min)) throw invalid(`MinCount ${min} and MaxCount ${max} must satisfy 1 <= min <= max`);
  const template = named === undefined ? {} : versionOf(templateNamed(context, named), named.Version).data;
  const data = overridden(template, input);
  if (data.InstanceType === undefined) throw missing('InstanceType');
  const spec = launchSpec(context, data, data.InstanceType);
  const subnetZone = input.SubnetId === undefined ? undefined : zoneOfSubnet(context.market.zones, input.SubnetId);
  const zone = subnetZone ?? data.Placement?.AvailabilityZone;
  const { pool, count } = firstThatAdmits(context, { spec, zone, count: { min, max } });
  return launch(context, { spec, pool }, { count, clientToken: input.ClientToken }).map((record) => record.id);
}

interface Wanted {
  readonly spec: LaunchSpec;
  readonly zone: string | undefined;
  readonly count: Count;
}

/** Without a zone EC2 chooses: the cheapest that will take them all, else the reason of the cheapest. */
function firstThatAdmits(context: Ec2Context, { spec, zone, count }: Wanted) {
  const now = context.clock.now();
  const price = new Map(poolsFor(context, spec.type, zone).map((pool) => [pool, context.market.priceAt(pool, now)]));
  let refusal: unknown;
  for (const [pool] of [...price].sort(([, a], [, b]) => a - b)) {
    try {
      return { pool, count: admitted(context, { spec, pool }, count) };
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

function describeInstances(context: Ec2Context): Operation[] {
  return [
    accepting<DescribeInstancesRequest, DescribeInstancesResult>(
      DescribeInstances$,
      ['InstanceIds', 'Filters', 'MaxResults', 'NextToken'],
      (input) => {
        checkPaging(input, input.InstanceIds);
        const found = selected(context, input.InstanceIds).filter((record) =>
          matches(input.Filters, instanceFields(context, record)),
        );
        const { items, ...next } = pageOf(found, input, bySequence);
        return { Reservations: reservations(context, items), ...next };
      },
    ),
    accepting<DescribeInstanceStatusRequest, DescribeInstanceStatusResult>(
      DescribeInstanceStatus$,
      ['InstanceIds', 'Filters', 'MaxResults', 'NextToken', 'IncludeAllInstances'],
      (input) => {
        checkPaging(input, input.InstanceIds);
        const found = selected(context, input.InstanceIds)
          .filter((record) => input.IncludeAllInstances === true || record.state === 'running')
          .filter((record) => matches(input.Filters, instanceFields(context, record)));
        const { items, ...next } = pageOf(found, input, bySequence);
        return { InstanceStatuses: items.map(statusOf), ...next };
      },
    ),
  ];
}

const bySequence = ({ sequence }: InstanceRecord): string => String(sequence).padStart(12, '0');

function statusOf(record: InstanceRecord) {
  const Status: SummaryStatus = record.state === 'running' ? 'ok' : 'not-applicable';
  return {
    InstanceId: record.id,
    AvailabilityZone: record.zone,
    InstanceState: shownState(record.state),
    InstanceStatus: { Status },
    SystemStatus: { Status },
  };
}

function checkPaging({ MaxResults: max }: Paging, ids: readonly string[] | undefined): void {
  if (max === undefined) return;
  if (ids !== undefined && ids.length > 0)
    throw new ServiceError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  if (max < 5 || max > 1000)
    throw invalid(`Value ( ${max} ) for parameter maxResults is invalid. Expecting 5 to 1000.`);
}

/** All, or those named. Throws when one of them is unknown. */
function selected({ store }: Ec2Context, ids: readonly string[] | undefined): InstanceRecord[] {
  if (ids === undefined || ids.length === 0) return [...store.instances.values()];
  const unknown = ids.filter((id) => !store.instances.has(id));
  if (unknown.length === 0) return [...new Set(ids)].flatMap((id) => store.instances.get(id) ?? []);
  const malformed = unknown.find((id) => !/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id));
  if (malformed !== undefined) throw new ServiceError('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  throw new ServiceError(
    'InvalidInstanceID.NotFound',
    unknown.length === 1
      ? `The instance ID '${unknown[0]}' does not exist`
      : `The instance IDs '${unknown.join(', ')}' do not exist`,
  );
}

function terminateInstances(context: Ec2Context): Operation {
  return accepting<TerminateInstancesRequest, TerminateInstancesResult>(
    TerminateInstances$,
    ['InstanceIds', 'SkipOsShutdown', 'Force'],
    (input) => {
      if (input.InstanceIds === undefined || input.InstanceIds.length === 0) throw missing('InstanceIds');
      const before = selected(context, input.InstanceIds);
      for (const { id } of before.filter(isActive)) context.instances.end(id, USER_SHUTDOWN);
      return {
        TerminatingInstances: before.map(({ id, state }) => ({
          InstanceId: id,
          PreviousState: shownState(state),
          CurrentState: shownState(context.store.instances.get(id)?.state ?? 'terminated'),
        })),
      };
    },
  );
}
