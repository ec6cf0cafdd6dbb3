import path from 'node:path';
import fs from 'node:fs';
import { parsePrices } from '../../engine/market/parse-prices.ts';
import { DiskFull } from './durable-log.ts';
import { createDynamo } from './dynamodb/dynamodb.ts';
import { createEc2, type Ec2 } from './ec2/ec2.ts';
import { createEvents } from './events/events.ts';
import { createIam } from './iam/iam.ts';
import { recordedSource, syntheticSource } from './ec2/price-source.ts';
import { createPricing } from './pricing.ts';
import { createS3 } from './s3/s3.ts';
import { createLocalServer } from './server.ts';
import { createSns } from './sns/sns.ts';
import { createSqs } from './sqs/sqs.ts';
import { createSts } from './sts.ts';

export interface CloudOptions {
  /** Exists. Holds everything; one process at a time. */
  readonly folder: string;
  readonly region: string;
  readonly accountId: string;
  /** 0: the port of the last time, or a free one. */
  readonly port: number;
  readonly speed: number;
  readonly seed: number;
  /** Recorded prices to replay instead of the synthetic market. */
  readonly pricesText?: string;
  readonly binDirs: readonly string[];
  readonly onFatal: (error: Error) => void;
  /** Hears of a defect that did not end us. */
  readonly onFault?: (trouble: string) => void;
  /** How long an idle connection is kept; a minute unless said. */
  readonly keepAliveMs?: number;
}

export interface LocalCloud {
  readonly endpoint: string;
  readonly ec2: Ec2;
  stop(how: { readonly endInstances: boolean }): Promise<void>;
}

const ZONES = ['a', 'b', 'c'] as const;
/** From the launch to running. EC2 takes some 18 s; long enough here to be seen. */
const BOOT_DELAY_MS = 400;
/** A spike every eight hours and pool: at the usual speed of 60, one in eight minutes. */
const SPIKES_PER_HOUR = 1 / 8;
/** Where a synthetic market begins: any fixed instant would do, so that a seed names one market. */
const SYNTHETIC_PRESENT_MS = Date.UTC(2026, 0, 1, 12);

/** Puts the services together, binds the port, and adopts the instances that a predecessor left. */
export async function startLocalCloud(options: CloudOptions): Promise<LocalCloud> {
  const { folder, region, accountId, speed, onFatal } = options;
  const ids = { accountId, region };
  const sqs = createSqs({ folder });
  const events = createEvents({ folder, queues: sqs, ...ids });
  const onFault = (error: unknown): void => {
    if (error instanceof DiskFull) onFatal(error);
    else options.onFault?.(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  const dynamo = createDynamo({ folder, ...ids, onFault });
  const source =
    options.pricesText === undefined
      ? syntheticSource({
          zones: ZONES.map((zone) => `${region}${zone}`),
          seed: options.seed,
          options: { spikesPerHour: SPIKES_PER_HOUR },
          presentMs: SYNTHETIC_PRESENT_MS,
        })
      : recordedSource(parsePrices(options.pricesText));
  const ec2 = createEc2({
    stateDir: path.join(folder, 'ec2'),
    ...ids,
    bus: events,
    source,
    speed,
    binDirs: options.binDirs,
    bootDelayMs: BOOT_DELAY_MS,
  });
  const sns = createSns({ folder, queues: sqs });
  const server = createLocalServer({
    services: [
      sqs,
      events,
      sns,
      createS3({ folder }),
      createIam({ folder }),
      createSts(),
      createPricing(),
      ec2.service,
    ],
    mounted: [dynamo],
    control: (request) => ec2.control.handle(request) ?? sns.control(request),
    accountId,
    folder,
    onFault,
    onFatal,
    ...(options.keepAliveMs !== undefined && { keepAliveMs: options.keepAliveMs }),
  });
  const port = await listen(server, folder, options.port);
  const endpoint = `http://127.0.0.1:${port}`;
  await ec2.start(endpoint);
  return {
    endpoint,
    ec2,
    async stop(how) {
      await ec2.stop(how);
      await server.close();
    },
  };
}

/** Instances know their AWS by its address: a restart takes the same port again, if it can be had. */
async function listen(server: ReturnType<typeof createLocalServer>, folder: string, asked: number): Promise<number> {
  const file = path.join(folder, 'port');
  const last = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  const { port } = await tryPorts(server, asked === 0 ? [last, 0] : [asked]);
  fs.writeFileSync(file, `${port}\n`);
  return port;
}

async function tryPorts(
  server: ReturnType<typeof createLocalServer>,
  ports: readonly number[],
): Promise<{ readonly port: number }> {
  const [first = 0, ...rest] = ports;
  try {
    return await server.listen(first);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (rest.length > 0) return tryPorts(server, rest);
    throw new Error(
      `port ${first} on 127.0.0.1 is taken by another program; give another --port, or 0 for a free one`,
      { cause: error },
    );
  }
}
