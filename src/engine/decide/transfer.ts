import { regionOf } from '../market/parse-on-demand.ts';
import type { Usd, UsdPerHour } from '../model/units.ts';

/** What it takes to bring a job's data, and a master, to where the job could run. */
export interface TransferCosts {
  /** Inputs and checkpoint: what a job takes along. */
  readonly dataGb: number;
  /** 0 where data goes through the region's bucket, which is free; `INSTANCE_TO_INSTANCE_USD_PER_GB` from disk to disk. */
  readonly betweenZonesUsdPerGb: number;
  /** Undefined: `regionUsdPerGb`, by where the data comes from. */
  readonly betweenRegionsUsdPerGb: number | undefined;
  /** Between regions, gigabits a second. */
  readonly gbps: number;
  /** A master in a region where none is: dollars an hour while it stands there, and hours until it does. */
  readonly setupUsdPerHour: UsdPerHour;
  readonly setupH: number;
}

/** Between zones of a region 0.01 out and 0.01 in, between instances only (EC2 On-Demand Pricing, "Data Transfer"). */
export const INSTANCE_TO_INSTANCE_USD_PER_GB = 0.02;

/** Nothing to take along, and a master wherever the job goes. */
export const NOTHING_TO_MOVE: TransferCosts = {
  dataGb: 0,
  betweenZonesUsdPerGb: 0,
  betweenRegionsUsdPerGb: undefined,
  gbps: 1,
  setupUsdPerHour: 0,
  setupH: 0,
};

/**
 * Dollars per GB out of a region to another; in is free. By the first part of the source's name, from the list prices of "Data
 * transfer OUT to other AWS Regions" (aws.amazon.com/ec2/pricing/on-demand; S3 charges the same). Within a part they differ
 * by a cent or two: who knows his own gives it.
 */
const USD_PER_GB_FROM: Readonly<Record<string, number>> = { ap: 0.09, sa: 0.138, af: 0.147, me: 0.11 };
/** United States, Canada and Europe. */
const USD_PER_GB = 0.02;
/** The two regions of the American east have a price of their own. */
const NEIGHBOURS: ReadonlySet<string> = new Set(['us-east-1', 'us-east-2']);
const NEIGHBOURS_USD_PER_GB = 0.01;

export function regionUsdPerGb(from: string, to: string): number {
  if (NEIGHBOURS.has(from) && NEIGHBOURS.has(to)) return NEIGHBOURS_USD_PER_GB;
  return USD_PER_GB_FROM[from.split('-')[0] ?? ''] ?? USD_PER_GB;
}

export interface Transfer {
  /** Once: the data, and the master's hours until it stands. */
  readonly usd: Usd;
  /** Until work can go on there, beside the restart: setting up, then the data. */
  readonly hours: number;
  /** For each hour that the job stays: the master that it alone needs there. */
  readonly keepUsdPerHour: UsdPerHour;
}

/**
 * What a move of the job costs, by zones (a region is its own zone, as prices were told until 2011):
 *
 *   same zone      nothing
 *   same region    GB * rate between zones
 *   other region   GB * rate + setup dollars * setup hours,   8 GB / (3600 gbps) + setup hours
 *
 * the set-up where no master is. Example: 100 GB from us-east-1 to eu-west-1, where a master of 0.05 takes 0.5 h, at 1 Gb/s:
 * 2 + 0.025 dollars, 0.22 + 0.5 h, and 0.05 an hour.
 */
export function transferOf(
  costs: TransferCosts,
  { from, to, masters }: { readonly from: string; readonly to: string; readonly masters: ReadonlySet<string> },
): Transfer {
  const [source, target] = [regionOf(from), regionOf(to)];
  const { dataGb, setupH } = costs;
  const keepUsdPerHour = masters.has(target) ? 0 : costs.setupUsdPerHour;
  if (from === to) return { usd: 0, hours: 0, keepUsdPerHour };
  if (source === target) return { usd: dataGb * costs.betweenZonesUsdPerGb, hours: 0, keepUsdPerHour };
  const rate = costs.betweenRegionsUsdPerGb ?? regionUsdPerGb(source, target);
  return {
    usd: dataGb * rate + keepUsdPerHour * setupH,
    hours: (8 * dataGb) / (3600 * costs.gbps) + (masters.has(target) ? 0 : setupH),
    keepUsdPerHour,
  };
}

/** The costs in one sentence; empty where moving is free. */
export function transferSentence(costs: TransferCosts, home: string): string {
  const { dataGb, betweenRegionsUsdPerGb: rate, setupUsdPerHour, setupH } = costs;
  const said: string[] = [];
  if (dataGb > 0) {
    const hours = (8 * dataGb) / (3600 * costs.gbps);
    const perGb = rate ?? regionUsdPerGb(home, '');
    said.push(`${dataGb} GB to another region cost $${(dataGb * perGb).toFixed(2)} and take ${hours.toFixed(2)} h`);
    if (costs.betweenZonesUsdPerGb > 0)
      said.push(`to another zone $${(dataGb * costs.betweenZonesUsdPerGb).toFixed(2)}`);
  }
  if (setupUsdPerHour > 0 || setupH > 0)
    said.push(`a master there takes ${setupH} h to set up and costs $${setupUsdPerHour} an hour`);
  return said.length === 0 ? '' : `A move is charged: ${said.join('; ')}.`;
}
