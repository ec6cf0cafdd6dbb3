import {
  DescribeInstanceTypesCommand,
  DescribeSpotPriceHistoryCommand,
  EC2Client,
  type _InstanceType,
} from '@aws-sdk/client-ec2';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { parsePoolId, poolId } from '../engine/model/ids.ts';
import type { InstanceType, PricePoint } from '../engine/model/market.ts';
import type { Prices } from '../engine/model/ports.ts';
import type { EpochMs, Json } from '../engine/model/units.ts';
import { isObject } from '../engine/protocol/shape.ts';
import type { CallPolicy } from './call-policy.ts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions, endpointOf } from './client-options.ts';
import { isUnsupported } from './errors.ts';

const PAGE_MAX = 1_000;
/** The Pricing API answers in a few regions only, for all regions' prices. */
const PRICING_REGION = 'us-east-1';

export interface TypesInZones {
  readonly types: readonly string[];
  readonly zones: readonly string[];
}

export class Ec2Prices implements Prices {
  readonly #ec2: EC2Client;
  readonly #pricing: PricingClient;
  readonly #calls: CallPolicy;
  readonly #region: string;

  constructor(target: AwsTarget) {
    this.#ec2 = new EC2Client(clientOptions(target, 'EC2'));
    this.#pricing = new PricingClient(
      clientOptions(
        { ...target, region: endpointOf(target, 'PRICING') === undefined ? PRICING_REGION : target.region },
        'PRICING',
      ),
    );
    this.#calls = callsOf(target);
    this.#region = target.region;
  }

  async history(pools: readonly string[], since: EpochMs): Promise<readonly PricePoint[]> {
    const wanted = new Set(pools);
    const parts = pools.map(parsePoolId);
    const points = await this.historyOf(
      { types: [...new Set(parts.map((one) => one.instanceType))], zones: [...new Set(parts.map((one) => one.zone))] },
      since,
    );
    return points.filter(({ pool }) => wanted.has(pool));
  }

  /** The same for types in zones, all zones of the region where none is named; all pages. */
  async historyOf({ types, zones }: TypesInZones, since: EpochMs): Promise<readonly PricePoint[]> {
    const InstanceTypes = [...types] as _InstanceType[];
    const Filters = zones.length === 0 ? undefined : [{ Name: 'availability-zone', Values: [...zones] }];
    const input = { InstanceTypes, ProductDescriptions: ['Linux/UNIX'], Filters, StartTime: new Date(since) };
    const target = types.join(' ');
    const call = { operation: 'ec2 DescribeSpotPriceHistory', target, kind: 'list' } as const;
    const points: PricePoint[] = [];
    let NextToken: string | undefined;
    do {
      const command = new DescribeSpotPriceHistoryCommand({ ...input, MaxResults: PAGE_MAX, NextToken });
      const page = await this.#calls.run(call, ({ signal }) => this.#ec2.send(command, { abortSignal: signal }));
      for (const { InstanceType: type, AvailabilityZone: zone, Timestamp, SpotPrice } of page.SpotPriceHistory ?? []) {
        const usdPerHour = Number(SpotPrice);
        if (Timestamp !== undefined && usdPerHour > 0)
          points.push({ pool: poolId(type ?? '', zone ?? ''), at: Timestamp.getTime(), usdPerHour });
      }
      // EC2 ends this list with an empty token.
      NextToken = page.NextToken === '' ? undefined : page.NextToken;
    } while (NextToken !== undefined);
    return points;
  }

  async types(instanceTypes: readonly string[]): Promise<readonly InstanceType[]> {
    const wanted = [...new Set(instanceTypes)];
    if (wanted.length === 0) return [];
    const onDemand = await this.#onDemandWhereHad(wanted);
    const command = new DescribeInstanceTypesCommand({ InstanceTypes: wanted as _InstanceType[] });
    const call = { operation: 'ec2 DescribeInstanceTypes', target: wanted.join(' '), kind: 'list' } as const;
    const { InstanceTypes = [] } = await this.#calls.run(call, ({ signal }) =>
      this.#ec2.send(command, { abortSignal: signal }),
    );
    return InstanceTypes.map((info) => ({
      type: info.InstanceType ?? '',
      vcpus: info.VCpuInfo?.DefaultVCpus ?? 0,
      memoryMb: info.MemoryInfo?.SizeInMiB ?? 0,
      arch: info.ProcessorInfo?.SupportedArchitectures?.includes('arm64') === true ? 'arm64' : 'x86_64',
      gpus: info.GpuInfo?.Gpus?.reduce((sum, { Count = 0 }) => sum + Count, 0) ?? 0,
      onDemandUsdPerHour: onDemand[info.InstanceType ?? ''] ?? 0,
    }));
  }

  /** A server that has no Pricing tells what a type is all the same: its price on demand is then unknown, which is 0. */
  async #onDemandWhereHad(instanceTypes: readonly string[]): Promise<Readonly<Record<string, number>>> {
    try {
      return await this.#onDemand(instanceTypes);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      return {};
    }
  }

  async #onDemand(instanceTypes: readonly string[]): Promise<Readonly<Record<string, number>>> {
    const term = (Field: string, Value: string) => ({ Type: 'TERM_MATCH' as const, Field, Value });
    const Filters = [
      { Type: 'ANY_OF' as const, Field: 'instanceType', Value: instanceTypes.join(',') },
      term('regionCode', this.#region),
      term('operatingSystem', 'Linux'),
      term('tenancy', 'Shared'),
      term('preInstalledSw', 'NA'),
      term('capacitystatus', 'Used'),
    ];
    const call = { operation: 'pricing GetProducts', target: instanceTypes.join(' '), kind: 'list' } as const;
    const prices: Record<string, number> = {};
    let NextToken: string | undefined;
    do {
      const command = new GetProductsCommand({ ServiceCode: 'AmazonEC2', Filters, NextToken });
      const page = await this.#calls.run(call, ({ signal }) => this.#pricing.send(command, { abortSignal: signal }));
      for (const entry of page.PriceList ?? []) {
        const product = JSON.parse(String(entry)) as Json;
        const type = at(at(at(product, 'product'), 'attributes'), 'instanceType');
        const usd = onDemandUsd(product);
        if (typeof type === 'string' && usd > 0) prices[type] = usd;
      }
      NextToken = page.NextToken === '' ? undefined : page.NextToken;
    } while (NextToken !== undefined);
    return prices;
  }
}

function at(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

/** terms.OnDemand.<offer>.priceDimensions.<rate>.pricePerUnit.USD of the price list's product document. */
function onDemandUsd(product: Json): number {
  const first = (value: Json | undefined): Json | undefined => (isObject(value) ? Object.values(value)[0] : undefined);
  const dimension = first(at(first(at(at(product, 'terms'), 'OnDemand')), 'priceDimensions'));
  return Number(at(at(dimension, 'pricePerUnit'), 'USD') ?? 0);
}
