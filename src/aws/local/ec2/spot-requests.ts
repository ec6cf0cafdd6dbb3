import {
  DescribeSpotInstanceRequests$,
  type DescribeSpotInstanceRequestsRequest,
  type DescribeSpotInstanceRequestsResult,
  type SpotInstanceRequest,
} from '@aws-sdk/client-ec2';
import { SPOT_TERMINATION } from './interruptions.ts';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context } from './context.ts';
import { fieldsOf, matches, pageOf } from './filters.ts';
import { type InstanceRecord, isActive, type SpotTerms } from './records.ts';

/** The requests behind the spot instances that were launched; they live and are forgotten with them. */
export function spotRequestOperations(context: Ec2Context): Operation[] {
  return [
    accepting<DescribeSpotInstanceRequestsRequest, DescribeSpotInstanceRequestsResult>(
      DescribeSpotInstanceRequests$,
      ['SpotInstanceRequestIds', 'Filters', 'MaxResults', 'NextToken'],
      (input) => {
        const all = [...context.store.instances.values()].flatMap((record) =>
          record.spot === undefined ? [] : [shown(record, record.spot)],
        );
        const named = input.SpotInstanceRequestIds ?? [];
        const unknown = named.find((id) => !all.some((one) => one.SpotInstanceRequestId === id));
        if (unknown !== undefined)
          throw new ServiceError(
            'InvalidSpotInstanceRequestID.NotFound',
            `The spot instance request ID '${unknown}' does not exist`,
          );
        const found = all
          .filter((one) => named.length === 0 || named.includes(one.SpotInstanceRequestId ?? ''))
          .filter((one) => matches(input.Filters, fields(one)));
        const { items, ...next } = pageOf(found, input, (one) => one.SpotInstanceRequestId ?? '');
        return { SpotInstanceRequests: [...items], ...next };
      },
    ),
  ];
}

const fields = (request: SpotInstanceRequest) =>
  fieldsOf({
    'spot-instance-request-id': request.SpotInstanceRequestId,
    'instance-id': request.InstanceId,
    state: request.State,
    'status-code': request.Status?.Code,
    'launched-availability-zone': request.LaunchedAvailabilityZone,
  });

function shown(record: InstanceRecord, { requestId, maxUsdPerHour }: SpotTerms): SpotInstanceRequest {
  const Status = status(record);
  return {
    SpotInstanceRequestId: requestId,
    InstanceId: record.id,
    State: isActive(record) ? 'active' : 'closed',
    Status: { ...Status, UpdateTime: new Date(record.endedAt ?? record.interruption?.noticedAt ?? record.launchAt) },
    SpotPrice: maxUsdPerHour.toFixed(6),
    Type: 'one-time',
    CreateTime: new Date(record.launchAt),
    LaunchedAvailabilityZone: record.zone,
    ProductDescription: 'Linux/UNIX',
    InstanceInterruptionBehavior: 'terminate',
  };
}

function status(record: InstanceRecord): { readonly Code: string; readonly Message: string } {
  if (isActive(record) && record.interruption !== undefined)
    return { Code: 'marked-for-termination', Message: 'Your Spot instance is marked for termination.' };
  if (isActive(record)) return { Code: 'fulfilled', Message: 'Your Spot request is fulfilled.' };
  if (record.stateReason?.code === SPOT_TERMINATION.code)
    return { Code: 'instance-terminated-by-price', Message: 'Your Spot instance was terminated due to its price.' };
  return { Code: 'instance-terminated-by-user', Message: 'Your Spot instance was terminated by user action.' };
}
