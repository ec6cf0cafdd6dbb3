import fs from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { type Ec2Control, createControl } from './control.ts';
import { catalogueOperations } from './catalogue.ts';
import type { Ec2Context } from './context.ts';
import { fleetOperations } from './fleet.ts';
import { imageOperations } from './images.ts';
import { instanceOperations } from './instance-operations.ts';
import { templateOperations } from './launch-templates.ts';
import { networkOperations } from './network.ts';
import { priceOperations } from './prices.ts';
import { spotRequestOperations } from './spot-requests.ts';
import { securityGroupOperations } from './security-groups.ts';
import { openStore } from './store.ts';
import { tagOperations } from './tags.ts';
import { createInstances, type Instances, type InstancesOptions, type StopOptions } from '../instances/instances.ts';
import { createInterruptions, type InterruptionOptions } from './interruptions.ts';
import { createMarket, type Market } from './market.ts';
import type { PriceSource } from './price-source.ts';
import type { EventBus, LocalService } from '../service.ts';

type InstanceSettings = Pick<InstancesOptions, 'binDirs' | 'bootDelayMs' | 'silenceMs' | 'confinement'>;
type InterruptionSettings = Pick<InterruptionOptions, 'noticeMs' | 'noticeShare' | 'rebalanceLeadMs'>;

export interface Ec2Options extends InstanceSettings, InterruptionSettings {
  /** Holds ec2.log, market.json, pulse and instances/. One process at a time. */
  readonly stateDir: string;
  readonly region: string;
  readonly accountId: string;
  readonly bus: EventBus;
  readonly source: PriceSource;
  /** Of the price history alone; 1 when absent. */
  readonly speed?: number;
  /** Instances that pools hold, by name ("c5.large/us-east-1a"). */
  readonly capacity?: Readonly<Record<string, number>>;
  readonly quotaVcpus?: Partial<Ec2Context['quotaVcpus']>;
  readonly clock?: Clock;
}

export interface Ec2 {
  readonly service: LocalService;
  readonly market: Market;
  readonly instances: Instances;
  readonly control: Ec2Control;
  /** Called once the server answers at `endpoint`, and before it is asked to launch: adopts what a predecessor left. */
  start(endpoint: string): Promise<void>;
  /** Called once. With endInstances it resolves when no process of any instance is left. */
  stop(options: StopOptions): Promise<void>;
}

/** As on a new account, the limits are low: each vCPU here is a share of one machine. */
const QUOTA_VCPUS = { spot: 512, 'on-demand': 256 };

export function createEc2(options: Ec2Options): Ec2 {
  const { stateDir, clock = systemClock, accountId } = options;
  fs.mkdirSync(stateDir, { recursive: true });
  const store = openStore(path.join(stateDir, 'ec2.log'));
  // A copy that was broken off with the process before is half of one.
  for (const image of store.images.values())
    if (image.state === 'pending') store.putImage({ ...image, state: 'failed' });
  const market = createMarket({ ...options, clock, file: path.join(stateDir, 'market.json') });
  const instances = createInstances({ ...options, clock, store });
  const interruptions = createInterruptions({ ...options, clock, store, market, instances });
  const quotaVcpus = { ...QUOTA_VCPUS, ...options.quotaVcpus };
  const context: Ec2Context = { store, market, instances, clock, accountId, quotaVcpus };
  return {
    service: { scope: 'ec2', protocol: 'ec2Query', operations: operations(context) },
    market,
    instances,
    control: createControl({ market, interruptions, now: () => clock.now() }),
    start: (endpoint) => instances.start(endpoint),
    async stop(how) {
      interruptions.stop();
      await instances.stop(how);
      store.close();
    },
  };
}

function operations(context: Ec2Context) {
  return [
    ...instanceOperations(context),
    ...fleetOperations(context),
    ...priceOperations(context),
    ...templateOperations(context),
    ...tagOperations(context),
    ...catalogueOperations(context),
    ...imageOperations(context),
    ...networkOperations(context),
    ...securityGroupOperations(context),
    ...spotRequestOperations(context),
  ];
}
