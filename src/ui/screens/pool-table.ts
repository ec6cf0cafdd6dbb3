import type { Snapshot } from '../../engine/model/snapshot.ts';
import { type PoolLine, poolLines } from '../../engine/select/market.ts';
import type { Column } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import type { TableSpec } from '../table-screen.ts';

const lines = new WeakMap<Snapshot, readonly PoolLine[]>();
function poolLinesOf(snapshot: Snapshot): readonly PoolLine[] {
  let known = lines.get(snapshot);
  if (known === undefined) lines.set(snapshot, (known = poolLines(snapshot)));
  return known;
}

export const POOL_TABLE: TableSpec<PoolLine> = {
  screen: 'market',
  rows: poolLinesOf,
  idOf: ({ id }) => id,
  line: (row) => row,
  columns: poolColumns,
  values: {
    pool: ({ id }) => id,
    price: ({ priceUsdPerHour }) => priceUsdPerHour,
    share: ({ onDemandPct }) => onDemandPct,
    'on-demand': ({ onDemandUsdPerHour }) => onDemandUsdPerHour,
    bid: ({ bidUsdPerHour }) => bidUsdPerHour,
    workers: ({ workers }) => workers.length,
    busy: ({ counts }) => counts.busy,
    idle: ({ counts }) => counts.idle,
  },
  // It refused, or its price is above our bid: no launch can succeed there.
  isFault: (pool, { at }) => pool.retryAt > at || isOutbid(pool),
  searched: ['pool'],
  dropOrder: ['fleet', 'on-demand', 'bid'],
  lastMin: 34,
};

function isOutbid({ bidUsdPerHour = 0, priceUsdPerHour = 0 }: PoolLine): boolean {
  return bidUsdPerHour > 0 && priceUsdPerHour > bidUsdPerHour;
}

function poolColumns({ theme, now, snapshot }: Frame): readonly Column<PoolLine>[] {
  const region = snapshot.deployment?.region ?? '';
  return [
    { id: 'pool', title: 'pool', width: 20, text: ({ id }) => format.shortPool(id, region) },
    {
      id: 'price',
      title: 'price $/h',
      width: 9,
      align: 'right',
      text: ({ priceUsdPerHour }) => format.price(priceUsdPerHour),
      tone: (pool) => (isOutbid(pool) ? 'attention' : 'plain'),
    },
    { id: 'share', title: 'of od', width: 5, align: 'right', text: ({ onDemandPct }) => format.percent(onDemandPct) },
    {
      id: 'on-demand',
      title: 'on-demand',
      width: 9,
      align: 'right',
      text: ({ onDemandUsdPerHour }) => format.price(onDemandUsdPerHour),
    },
    {
      id: 'bid',
      title: 'bid',
      width: 9,
      align: 'right',
      text: ({ bidUsdPerHour }) =>
        bidUsdPerHour === undefined ? 'not used' : bidUsdPerHour === 0 ? 'on-demand' : format.price(bidUsdPerHour),
    },
    {
      id: 'workers',
      title: 'workers',
      width: 7,
      align: 'right',
      text: ({ workers }) => format.grouped(workers.length),
    },
    { id: 'fleet', title: '', width: 16, text: ({ counts }) => `${counts.busy} busy, ${counts.idle} idle` },
    {
      id: 'note',
      title: '',
      width: 1,
      text: (pool) => noteOf(pool, { now, isOutbid: isOutbid(pool), dot: theme.glyphs.dot }),
      tone: () => 'attention',
    },
  ];
}

function noteOf(
  pool: PoolLine,
  at: { readonly now: number; readonly isOutbid: boolean; readonly dot: string },
): string {
  const notes = [
    pool.retryAt > at.now ? `no capacity; asks again in ${format.age(pool.retryAt - at.now)}` : '',
    at.isOutbid ? 'price above the bid' : '',
  ];
  return notes.filter((note) => note !== '').join(` ${at.dot} `);
}
