import { createHash } from 'node:crypto';
import {
  DescribeServices$,
  GetAttributeValues$,
  GetProducts$,
  type DescribeServicesRequest,
  type DescribeServicesResponse,
  type Filter,
  type GetAttributeValuesRequest,
  type GetAttributeValuesResponse,
  type GetProductsRequest,
  type GetProductsResponse,
} from '@aws-sdk/client-pricing';
import { INSTANCE_TYPES, PRICED_REGIONS, type InstanceType } from './instance-types.ts';
import { only } from './only.ts';
import { paginate } from './paginate.ts';
import { operation, ServiceError, type LocalService } from './service.ts';

const SERVICE = 'AmazonEC2';
const PAGE_MAX = 100;
/** AWS's code of the on-demand term, and of its price per hour. */
const ON_DEMAND = 'JRTCKXETXF';
const HOURLY = '6YS6EN2CT7';
const PUBLISHED = '2024-01-01T00:00:00Z';

type Attributes = Readonly<Record<string, string>>;

interface Product {
  readonly type: InstanceType;
  readonly attributes: Attributes;
}

const PRODUCTS: readonly Product[] = PRICED_REGIONS.flatMap((region) =>
  INSTANCE_TYPES.map((type) => ({ type, attributes: attributesOf(type, region) })),
);

/** The embedded price list: on-demand Linux instances, as the table of instance types has them. */
export const createPricing = (): LocalService => ({
  scope: 'pricing',
  protocol: 'awsJson1_1',
  operations: [
    operation(GetProducts$, getProducts),
    operation(DescribeServices$, describeServices),
    operation(GetAttributeValues$, getAttributeValues),
  ],
});

function attributesOf({ type, vcpus, memoryMb, arch, gpus }: InstanceType, region: string): Attributes {
  return {
    servicecode: SERVICE,
    instanceType: type,
    vcpu: String(vcpus),
    memory: `${memoryMb / 1_024} GiB`,
    processorArchitecture: arch === 'arm64' ? 'ARM' : '64-bit',
    ...(gpus > 0 && { gpu: String(gpus) }),
    regionCode: region,
    locationType: 'AWS Region',
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
    licenseModel: 'No License required',
    marketoption: 'OnDemand',
    operation: 'RunInstances',
    usagetype: `BoxUsage:${type}`,
    currentGeneration: 'Yes',
  };
}

function demandService(code: string | undefined): void {
  if (code === SERVICE) return;
  throw new ServiceError('NotFoundException', `The embedded price list has ${SERVICE} only, not ${code}.`);
}

function getProducts(input: GetProductsRequest): GetProductsResponse {
  const asked = only(input, ['ServiceCode', 'Filters', 'FormatVersion', 'MaxResults', 'NextToken']);
  demandService(asked.ServiceCode);
  const filters = (asked.Filters ?? []).map(compileFilter);
  const products = PRODUCTS.filter(({ attributes }) => filters.every((matches) => matches(attributes)));
  const page = paginate(products, { size: Math.min(asked.MaxResults ?? PAGE_MAX, PAGE_MAX), token: asked.NextToken });
  return { FormatVersion: 'aws_v1', PriceList: page.items.map(priceListEntry), NextToken: page.nextToken };
}

function compileFilter({ Type, Field = '', Value = '' }: Filter): (attributes: Attributes) => boolean {
  const name = Field === 'ServiceCode' ? 'servicecode' : Field;
  const values = Value.split(',').map((value) => value.trim());
  switch (Type) {
    case 'TERM_MATCH':
    case 'EQUALS':
      return (attributes) => attributes[name]?.toLowerCase() === Value.toLowerCase();
    case 'ANY_OF':
      return (attributes) => values.includes(attributes[name] ?? '');
    case 'NONE_OF':
      return (attributes) => !values.includes(attributes[name] ?? '');
    case 'CONTAINS':
      return (attributes) => attributes[name]?.includes(Value) === true;
    default:
      throw new ServiceError('InvalidParameterException', `The filter type ${Type} is not known.`);
  }
}

/** One line of the price list, JSON in JSON, as AWS writes it. */
function priceListEntry({ type, attributes }: Product): string {
  const id = `${type.type}/${attributes.regionCode}`;
  const sku = createHash('sha256').update(id).digest('hex').slice(0, 16).toUpperCase();
  const term = `${sku}.${ON_DEMAND}`;
  const rateCode = `${term}.${HOURLY}`;
  const USD = type.onDemandUsdPerHour.toFixed(10);
  const description = `$${type.onDemandUsdPerHour} per On Demand Linux ${type.type} Instance Hour`;
  const dimension = {
    unit: 'Hrs',
    beginRange: '0',
    endRange: 'Inf',
    description,
    appliesTo: [],
    rateCode,
    pricePerUnit: { USD },
  };
  const onDemand = {
    priceDimensions: { [rateCode]: dimension },
    sku,
    offerTermCode: ON_DEMAND,
    effectiveDate: PUBLISHED,
  };
  return JSON.stringify({
    product: { productFamily: 'Compute Instance', attributes, sku },
    serviceCode: SERVICE,
    terms: { OnDemand: { [term]: { ...onDemand, termAttributes: {} } } },
    version: '20240101000000',
    publicationDate: PUBLISHED,
  });
}

function describeServices(input: DescribeServicesRequest): DescribeServicesResponse {
  if (input.ServiceCode !== undefined) demandService(input.ServiceCode);
  const names = new Set(PRODUCTS.flatMap(({ attributes }) => Object.keys(attributes)));
  return { FormatVersion: 'aws_v1', Services: [{ ServiceCode: SERVICE, AttributeNames: [...names] }] };
}

function getAttributeValues(input: GetAttributeValuesRequest): GetAttributeValuesResponse {
  demandService(input.ServiceCode);
  const values = new Set(PRODUCTS.flatMap(({ attributes }) => attributes[input.AttributeName ?? ''] ?? []));
  const page = paginate([...values].sort(), {
    size: Math.min(input.MaxResults ?? PAGE_MAX, PAGE_MAX),
    token: input.NextToken,
  });
  return { AttributeValues: page.items.map((Value) => ({ Value })), NextToken: page.nextToken };
}
