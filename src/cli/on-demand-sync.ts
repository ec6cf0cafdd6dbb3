import type { OnDemandRow } from '../engine/market/parse-on-demand.ts';
import type { EpochMs } from '../engine/model/units.ts';
import type { PriceCache } from './price-cache.ts';
import { PRODUCT } from './price-sync.ts';

/** The Pricing API, as far as it is asked here; 0 for a type without a price. */
export interface OnDemandTeller {
  types(types: readonly string[]): Promise<readonly { readonly type: string; readonly onDemandUsdPerHour: number }[]>;
}

export interface OnDemandInputs {
  readonly cache: PriceCache;
  readonly teller: OnDemandTeller;
  readonly region: string;
  readonly types: readonly string[];
  readonly nowMs: EpochMs;
}

/** On-demand prices of the types, asked once a day (UTC). Returns how many were asked for now. */
export async function syncOnDemand({ cache, teller, region, types, nowMs }: OnDemandInputs): Promise<number> {
  const held = cache.onDemand();
  const today = new Date(nowMs).toISOString().slice(0, 10);
  const stale = types.filter((type) => held.get(keyOf(region, type))?.at(-1)?.era !== today);
  if (stale.length === 0) return 0;
  const rows = new Map<string, readonly EraPrice[]>(held);
  for (const { type, onDemandUsdPerHour } of await teller.types(stale)) {
    if (!(onDemandUsdPerHour > 0)) continue;
    const key = keyOf(region, type);
    rows.set(key, withPrice(held.get(key) ?? [], { era: today, usdPerHour: onDemandUsdPerHour }));
  }
  if (rows.size > 0) cache.writeOnDemand(onDemandCsv(rows));
  return stale.length;
}

type EraPrice = Pick<OnDemandRow, 'era' | 'usdPerHour'>;

/** The first and the last day of a price stay; those between say nothing, and the file would grow with every day. */
function withPrice(rows: readonly EraPrice[], now: EraPrice): readonly EraPrice[] {
  const stands = rows.length >= 2 && rows.slice(-2).every(({ usdPerHour }) => usdPerHour === now.usdPerHour);
  return [...(stands ? rows.slice(0, -1) : rows), now];
}

function onDemandCsv(prices: ReadonlyMap<string, readonly EraPrice[]>): string {
  const lines = ['era,region,type,product,usd_per_hour,source'];
  for (const [key, rows] of prices)
    for (const { era, usdPerHour } of rows)
      lines.push(`${era},${key.replace('/', ',').replace('/', ',')},${usdPerHour},Pricing API`);
  return `${lines.join('\n')}\n`;
}

function keyOf(region: string, type: string): string {
  return `${region}/${type}/${PRODUCT}`;
}
