import {
  DescribeAvailabilityZones$,
  type DescribeAvailabilityZonesRequest,
  type DescribeAvailabilityZonesResult,
  DescribeInstanceTypeOfferings$,
  type DescribeInstanceTypeOfferingsRequest,
  type DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypes$,
  type DescribeInstanceTypesRequest,
  type DescribeInstanceTypesResult,
  DescribeRegions$,
  type DescribeRegionsRequest,
  type DescribeRegionsResult,
  type InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { type InstanceType, INSTANCE_TYPES } from '../instance-types.ts';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context, invalid } from './context.ts';
import { fieldsOf, matches, pageOf } from './filters.ts';
import { instanceType } from './launch.ts';

type TypeName = NonNullable<InstanceTypeInfo['InstanceType']>;

/** What does not change: the region and its zones, instance types, where they are sold. */
export function catalogueOperations(context: Ec2Context): Operation[] {
  return [zones(context), regions(context), types(), offerings(context)];
}

function zones({ market }: Ec2Context): Operation {
  return accepting<DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult>(
    DescribeAvailabilityZones$,
    ['ZoneNames', 'Filters', 'AllAvailabilityZones'],
    (input) => {
      const named = input.ZoneNames ?? [];
      const unknown = named.find((zone) => !market.zones.includes(zone));
      if (unknown !== undefined) throw invalid(`Invalid availability zone: [${unknown}]`);
      const found = (named.length === 0 ? market.zones : named).filter((zone) =>
        matches(input.Filters, fieldsOf({ 'zone-name': zone, 'region-name': market.region, state: 'available' })),
      );
      return {
        AvailabilityZones: found.map((zone) => ({
          ZoneName: zone,
          ZoneId: `local-az${market.zones.indexOf(zone) + 1}`,
          ZoneType: 'availability-zone',
          RegionName: market.region,
          GroupName: market.region,
          State: 'available',
          OptInStatus: 'opt-in-not-required',
        })),
      };
    },
  );
}

function regions({ market }: Ec2Context): Operation {
  return accepting<DescribeRegionsRequest, DescribeRegionsResult>(
    DescribeRegions$,
    ['RegionNames', 'Filters', 'AllRegions'],
    (input) => {
      const unknown = input.RegionNames?.find((name) => name !== market.region);
      if (unknown !== undefined) throw invalid(`Invalid region name: [${unknown}]`);
      const region = {
        RegionName: market.region,
        Endpoint: `ec2.${market.region}.amazonaws.com`,
        OptInStatus: 'opt-in-not-required',
      };
      return {
        Regions: matches(input.Filters, fieldsOf({ 'region-name': market.region })) ? [region] : [],
      };
    },
  );
}

function types(): Operation {
  return accepting<DescribeInstanceTypesRequest, DescribeInstanceTypesResult>(
    DescribeInstanceTypes$,
    ['InstanceTypes', 'Filters', 'MaxResults', 'NextToken'],
    (input) => {
      const named = input.InstanceTypes ?? [];
      for (const name of named)
        if (!INSTANCE_TYPES.some((type) => type.type === name))
          throw new ServiceError(
            'InvalidInstanceType',
            `The following supplied instance types do not exist: [${String(name)}]`,
          );
      const found = (named.length === 0 ? INSTANCE_TYPES : named.map((name) => instanceType(name))).filter((type) =>
        matches(input.Filters, typeFields(type)),
      );
      const { items, ...next } = pageOf(found, { ...input, MaxResults: input.MaxResults ?? 100 }, ({ type }) => type);
      return { InstanceTypes: items.map(shownType), ...next };
    },
  );
}

const typeFields = (type: InstanceType) =>
  fieldsOf({
    'instance-type': type.type,
    'current-generation': 'true',
    'supported-usage-class': ['on-demand', 'spot'],
    'processor-info.supported-architecture': type.arch,
    'vcpu-info.default-vcpus': String(type.vcpus),
    'memory-info.size-in-mib': String(type.memoryMb),
  });

function shownType(type: InstanceType): InstanceTypeInfo {
  return {
    InstanceType: type.type as TypeName,
    CurrentGeneration: true,
    SupportedUsageClasses: ['on-demand', 'spot'],
    BareMetal: false,
    ProcessorInfo: { SupportedArchitectures: [type.arch] },
    VCpuInfo: { DefaultVCpus: type.vcpus },
    MemoryInfo: { SizeInMiB: type.memoryMb },
    InstanceStorageSupported: false,
    HibernationSupported: false,
    BurstablePerformanceSupported: type.type.startsWith('t'),
    ...(type.gpus === 0 ? {} : { GpuInfo: { Gpus: [{ Count: type.gpus, Manufacturer: 'NVIDIA' }] } }),
  };
}

function offerings({ market }: Ec2Context): Operation {
  return accepting<DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult>(
    DescribeInstanceTypeOfferings$,
    ['LocationType', 'Filters', 'MaxResults', 'NextToken'],
    (input) => {
      const LocationType = input.LocationType ?? 'region';
      if (LocationType !== 'region' && LocationType !== 'availability-zone')
        throw new ServiceError('UnsupportedOperation', `LocationType ${LocationType} is not supported.`);
      const sold = market.pools.map((pool) => ({
        InstanceType: pool.type.type as TypeName,
        LocationType,
        Location: LocationType === 'region' ? market.region : pool.zone,
      }));
      const distinct = [...new Map(sold.map((one) => [`${one.InstanceType}/${one.Location}`, one])).values()];
      const found = distinct.filter((one) =>
        matches(input.Filters, fieldsOf({ 'instance-type': one.InstanceType, location: one.Location })),
      );
      const { items, ...next } = pageOf(found, input, (one) => `${one.InstanceType}/${one.Location}`);
      return { InstanceTypeOfferings: [...items], ...next };
    },
  );
}
