import { estimateOf, PRICE } from '../../src/aws/setup/estimate.ts';
import { CallPolicy } from '../../src/aws/call-policy.ts';
import { systemClock } from '../../src/aws/system-clock.ts';
import { FaultError } from '../../src/engine/model/fault.ts';

/** What is launched on a real account: the cheapest x86_64 type that every region has. */
export const LIVE_TYPE = 't3.micro';
/** Every launch of the cases, counted by `bound.test.ts`. */
export const INSTANCES_MAX = 11;
/** An instance switches itself off after this, whatever became of the run: its template then terminates it. */
export const INSTANCE_LIFE_S = 900;
/** The root disk of Amazon's images. */
const DISK_GB = 8;
const HOURS_A_MONTH = 730;
/** Beside what `cbas estimate` knows; us-east-1, from AWS's price pages. */
const MORE = { t3MicroHour: 0.0104, gp3GbMonth: 0.08, snapshotGbMonth: 0.05, snsRequest: 0.5e-6, gbOut: 0.09 } as const;
/** Two cases get a file of 33 MB, each at most twice. */
const GB_OUT = 0.15;
/** São Paulo, the dearest, is 1.7 times us-east-1. */
const DEAREST_REGION = 2;
/** The dearest request of the cases: 100 items read consistently, or an item of 4 KB written with its indexes. */
const UNITS_A_REQUEST = 20;

/** Requests to each service that is paid by the request; a run that wants more is stopped there. */
export const REQUESTS_MAX: Readonly<Record<string, number>> = { dynamodb: 1_500, s3: 3_000, sqs: 500, sns: 100 };

export interface BoundLine {
  readonly what: string;
  readonly usd: number;
  readonly source: string;
}

/** What a run can cost at most, item by item; `onDemandUsdPerHour` of an instance, undefined where nobody tells it. */
export function boundOf(region: string, onDemandUsdPerHour: number | undefined): readonly BoundLine[] {
  const factor = region === 'us-east-1' ? 1 : DEAREST_REGION;
  const hours = INSTANCES_MAX * (INSTANCE_LIFE_S / 3_600);
  const requests = (service: string, usd: number): BoundLine => ({
    what: `${REQUESTS_MAX[service]} requests to ${service}`,
    usd: factor * (REQUESTS_MAX[service] ?? 0) * usd,
    source: `AWS's price pages, us-east-1${factor === 1 ? '' : `, times ${factor}`}; no more are sent`,
  });
  return [
    {
      what: `${INSTANCES_MAX} instances ${LIVE_TYPE} for ${INSTANCE_LIFE_S / 60} minutes, spot at its price on demand`,
      usd: hours * (onDemandUsdPerHour ?? factor * MORE.t3MicroHour),
      source: onDemandUsdPerHour === undefined ? `price page, us-east-1, times ${factor}` : 'the price list of this region', // prettier-ignore
    },
    {
      what: `their addresses and disks of ${DISK_GB} GB`,
      usd: factor * hours * (PRICE.publicAddressHour + (DISK_GB * MORE.gp3GbMonth) / HOURS_A_MONTH),
      source: "AWS's price pages; they go with the instances",
    },
    {
      what: `an image of ${DISK_GB} GB for an hour`,
      usd: (factor * DISK_GB * MORE.snapshotGbMonth) / HOURS_A_MONTH,
      source: "AWS's price pages",
    },
    { what: `${GB_OUT} GB read out of AWS`, usd: factor * GB_OUT * MORE.gbOut, source: "AWS's price pages" },
    requests('dynamodb', UNITS_A_REQUEST * PRICE.writeUnit),
    requests('s3', PRICE.s3Put),
    requests('sqs', PRICE.sqsRequest),
    requests('sns', MORE.snsRequest),
  ];
}

/** A story is over after this, and what it made is taken away. */
export const STORY_S = 900;
/** One is asked for; one that is taken back is replaced. */
const STORY_INSTANCES = 3;

/** The same for a story: what the product itself asks, counted as if its master were an instance beside the worker. */
export function storyBoundOf(region: string, onDemandUsdPerHour: number | undefined): readonly BoundLine[] {
  const factor = region === 'us-east-1' ? 1 : DEAREST_REGION;
  const hours = STORY_S / 3_600;
  const masterUsd = estimateOf().lines.find(({ what }) => what === 'a master')?.usd ?? 0;
  return [
    {
      what: `${STORY_INSTANCES} instances ${LIVE_TYPE} for ${STORY_S / 60} minutes, with addresses and disks`,
      usd: STORY_INSTANCES * hours * ((onDemandUsdPerHour ?? factor * MORE.t3MicroHour) + factor * (PRICE.publicAddressHour + (DISK_GB * MORE.gp3GbMonth) / HOURS_A_MONTH)), // prettier-ignore
      source: 'the price on demand; spot costs less',
    },
    { what: `a master for ${STORY_S / 60} minutes`, usd: (factor * hours * masterUsd) / HOURS_A_MONTH, source: 'cbas estimate' }, // prettier-ignore
    { what: 'one job, and a program of 150 MB put once', usd: factor * 0.001, source: 'cbas estimate; reading it in its region is free' }, // prettier-ignore
  ];
}

export function totalUsd(lines: readonly BoundLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

/** Keeps the bound true: what would be one request too many is not sent. Every try counts. */
export class MeteredCalls extends CallPolicy {
  readonly sent: Record<string, number> = {};
  /** What takes away is sent in any case: deletions cost next to nothing, and what stays costs on. */
  isClearing = false;
  readonly #max: Readonly<Record<string, number>>;

  constructor(max: Readonly<Record<string, number>> = REQUESTS_MAX) {
    super({ clock: systemClock, random: Math.random });
    this.#max = max;
  }

  override run<T>(...[call, act]: Parameters<CallPolicy['run']>): Promise<T> {
    const [service = ''] = call.operation.split(' ');
    return super.run(call, (attempt) => {
      const sent = (this.sent[service] = (this.sent[service] ?? 0) + 1);
      if (this.isClearing || sent <= (this.#max[service] ?? Infinity)) return act(attempt);
      const detail = `not sent: the stated cost covers ${this.#max[service]} requests to ${service}`;
      throw new FaultError({ kind: 'quota', operation: call.operation, target: call.target, detail, code: '' });
    }) as Promise<T>;
  }
}
