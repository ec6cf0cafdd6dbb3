import {
  DescribeSpotPriceHistory$,
  type DescribeSpotPriceHistoryRequest,
  type DescribeSpotPriceHistoryResult,
  type SpotPrice,
} from '@aws-sdk/client-ec2';
import { pointsOf } from '../../../engine/market/price-series.ts';
import { type Pool, PRODUCT } from './price-source.ts';
import type { Operation } from '../service.ts';
import { accepting, type Ec2Context, invalid } from './context.ts';
import { fieldsOf, matches, openToken, sealToken } from './filters.ts';

const PAGE_MAX = 1000;
/** How much of the past the first look of a page covers; each further look doubles it. */
const FIRST_LOOK_MS = 60_000;

interface Row {
  readonly pool: Pool;
  /** Place among the pools asked for: the order of rows of one instant. */
  readonly rank: number;
  readonly atMs: number;
  readonly usdPerHour: number;
}

/** Where a page ended. The window is in it, for "now" must not move between pages. */
interface Cursor {
  readonly fromMs: number;
  readonly toMs: number;
  readonly beforeMs: number;
  readonly rank: number;
}

/** Newest first, and for each pool also the price that was in force at StartTime, with its own earlier time. */
export function priceOperations(context: Ec2Context): Operation[] {
  return [
    accepting<DescribeSpotPriceHistoryRequest, DescribeSpotPriceHistoryResult>(
      DescribeSpotPriceHistory$,
      [
        'StartTime',
        'EndTime',
        'InstanceTypes',
        'AvailabilityZone',
        'ProductDescriptions',
        'Filters',
        'MaxResults',
        'NextToken',
      ],
      (input) => {
        const size = Math.min(PAGE_MAX, input.MaxResults ?? PAGE_MAX);
        if (size < 1) throw invalid(`Value ( ${size} ) for parameter maxResults is invalid.`);
        const cursor = input.NextToken ? readCursor(input.NextToken) : firstCursor(context, input);
        const rows = newestRows(context, asked(context, input), { cursor, size });
        const last = rows[size - 1];
        return {
          SpotPriceHistory: rows.slice(0, size).map(shown),
          NextToken:
            last !== undefined && rows.length > size
              ? sealToken(JSON.stringify({ ...cursor, beforeMs: last.atMs, rank: last.rank }))
              : '',
        };
      },
    ),
  ];
}

function firstCursor({ clock, market }: Ec2Context, input: DescribeSpotPriceHistoryRequest): Cursor {
  const now = clock.now();
  const toMs = Math.min(now, input.EndTime?.getTime() ?? now);
  const fromMs = Math.max(market.oldestMs(), input.StartTime?.getTime() ?? 0);
  if (input.StartTime !== undefined && input.EndTime !== undefined && input.StartTime > input.EndTime)
    throw invalid('StartTime must not be later than EndTime.');
  return { fromMs: Math.min(fromMs, toMs), toMs, beforeMs: toMs + 1, rank: -1 };
}

function readCursor(token: string): Cursor {
  const cursor = JSON.parse(openToken(token)) as Partial<Cursor>;
  const { fromMs, toMs, beforeMs, rank } = cursor;
  if (fromMs === undefined || toMs === undefined || beforeMs === undefined || rank === undefined)
    throw invalid('NextToken is not valid.');
  return { fromMs, toMs, beforeMs, rank };
}

function asked({ market }: Ec2Context, input: DescribeSpotPriceHistoryRequest): Pool[] {
  const { InstanceTypes: types = [], AvailabilityZone: zone, ProductDescriptions: products = [] } = input;
  return market.pools.filter(
    (pool) =>
      (types.length === 0 || types.some((type) => type === pool.type.type)) &&
      (zone === undefined || zone === pool.zone) &&
      (products.length === 0 || products.some((product) => product.startsWith(PRODUCT))) &&
      matches(
        input.Filters,
        fieldsOf({
          'availability-zone': pool.zone,
          'instance-type': pool.type.type,
          'product-description': PRODUCT,
        }),
      ),
  );
}

interface PageOfRows {
  readonly cursor: Cursor;
  readonly size: number;
}

/** One row more than the page, where there are more. Looks back only as far as the page needs. */
function newestRows({ market }: Ec2Context, pools: readonly Pool[], { cursor, size }: PageOfRows): Row[] {
  const lastMs = Math.min(cursor.beforeMs, cursor.toMs);
  const rowsSince = (sinceMs: number): Row[] =>
    pools
      .flatMap((pool, rank) =>
        pointsOf(market.history(pool, { fromMs: sinceMs, toMs: lastMs + 1 }))
          .filter(({ atMs }) => sinceMs <= cursor.fromMs || atMs >= sinceMs)
          .map((point) => ({ pool, rank, ...point })),
      )
      .filter(({ atMs, rank }) => atMs < cursor.beforeMs || (atMs === cursor.beforeMs && rank > cursor.rank))
      .sort((a, b) => b.atMs - a.atMs || a.rank - b.rank);
  for (let lookMs = FIRST_LOOK_MS; ; lookMs *= 2) {
    const sinceMs = Math.max(cursor.fromMs, lastMs - lookMs);
    const rows = rowsSince(sinceMs);
    if (rows.length > size || sinceMs <= cursor.fromMs) return rows;
  }
}

function shown({ pool, atMs, usdPerHour }: Row): SpotPrice {
  return {
    InstanceType: pool.type.type as NonNullable<SpotPrice['InstanceType']>,
    AvailabilityZone: pool.zone,
    ProductDescription: PRODUCT,
    SpotPrice: usdPerHour.toFixed(6),
    Timestamp: new Date(atMs),
  };
}
