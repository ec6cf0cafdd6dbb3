import type { Settings } from '../../engine/model/deployment.ts';
import { plural } from '../../engine/decide/notables.ts';
import { parsePoolId } from '../../engine/model/ids.ts';
import { DAY_MS } from '../../engine/model/units.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { Look } from '../look.ts';
import { wholeNumber } from '../numbers.ts';
import { syncOnDemand } from '../on-demand-sync.ts';
import { aside, iso, note, print, printJson, printTable, type TextColumn } from '../output.ts';
import { PriceCache } from '../price-cache.ts';
import { HISTORY_DAYS_MAX, type SyncedMarket, syncPrices, type WantedPrices } from '../price-sync.ts';
import { progressLine } from '../progress.ts';
import { openToLook } from '../session.ts';
import type { Wired } from '../wire.ts';

export interface SyncOptions extends CommonOptions {
  readonly type?: readonly string[];
  readonly zone?: readonly string[];
  readonly days?: string;
}

/** `cbas prices sync`: EC2's prices of the pools, or of named types and zones, onto this disk; afterwards what changed. */
export async function syncVerb(options: SyncOptions): Promise<number> {
  const days = wholeNumber('--days', options.days ?? String(HISTORY_DAYS_MAX), { min: 1, max: HISTORY_DAYS_MAX });
  const wired = await openToLook(options);
  const wanted = await wantedOf(wired, options);
  const { Ec2Prices } = await import('../aws-ec2.ts');
  const teller = new Ec2Prices(wired.choice.target);
  const cache = new PriceCache(sourceOf(wired));
  const nowMs = Date.now();
  const progress = progressLine('prices of types');
  const { markets, remarks } = await syncPrices({
    cache,
    teller,
    wanted,
    nowMs,
    fromMs: nowMs - days * DAY_MS,
    onDone: (done) => progress.update(done, wanted.length),
  }).finally(() => progress.end());
  for (const remark of remarks) note(safe(remark));
  const types = [...new Set(markets.map(({ pool }) => parsePoolId(pool).instanceType))];
  const onDemandAsked = await syncOnDemand({ cache, teller, region: wired.choice.target.region, types, nowMs });
  const without = wanted.filter(({ type }) => !types.includes(type)).map(({ type }) => type);
  if (markets.length === 0)
    throw new CliError(
      `${safe(without.join(', '))}: EC2 told no price of it in ${safe(options.zone?.join(', ') ?? wired.choice.target.region)}`,
      EXIT.notFound,
    );
  for (const type of without) note(`${safe(type)}: EC2 told no price of it`);
  const { source, folder, onDemandFile } = cache;
  if (options.json === true)
    printJson({ source, folder, onDemandFile, onDemandAsked, markets: markets.map(marketJson), without });
  else {
    printTable(COLUMNS, markets);
    const added = markets.reduce((sum, one) => sum + one.added, 0);
    print(`${plural(added, 'new price')} of ${plural(markets.length, 'market')} kept as cache:${safe(source)}`);
    aside(`in ${safe(folder)}; on-demand prices in ${safe(onDemandFile)}`);
  }
  return without.length === 0 ? EXIT.done : EXIT.partly;
}

const COLUMNS: readonly TextColumn<SyncedMarket>[] = [
  { title: 'pool', text: ({ pool }) => pool },
  { title: 'asked', text: ({ asked }) => asked },
  { title: 'since', text: ({ sinceMs }) => iso(sinceMs) ?? '' },
  { title: 'new', text: ({ added }) => String(added), align: 'right' },
  { title: 'kept', text: ({ points }) => String(points), align: 'right' },
];

function marketJson({ pool, asked, sinceMs, added, points }: SyncedMarket) {
  return { pool, asked, since: iso(sinceMs), new: added, points };
}

/** Letters of zones are an account's own, and an embedded market is like no other. */
function sourceOf({ choice, deployment }: Wired): string {
  return choice.target.mode === 'local' ? `local-${choice.name}` : deployment.accountId;
}

/** The named types and zones; else the deployment's pools, type by type. */
async function wantedOf(wired: Wired, { type, zone }: SyncOptions): Promise<readonly WantedPrices[]> {
  const zones = [...new Set(zone)];
  if (type !== undefined) return [...new Set(type)].map((one) => ({ type: one, zones }));
  const { settings } = (await Look.at(wired, [])).snapshot;
  const types = new Map<string, string[]>();
  for (const { instanceType, zone: own } of poolsOf(settings))
    types.set(instanceType, [...(types.get(instanceType) ?? []), own]);
  if (types.size === 0)
    throw new CliError('the deployment has no pool; say which prices: cbas prices sync --type c5.large', EXIT.usage);
  return [...types].map(([one, own]) => ({ type: one, zones: zones.length > 0 ? zones : own }));
}

function poolsOf({ pools }: Settings): readonly { instanceType: string; zone: string }[] {
  return pools.map(({ id }) => parsePoolId(id));
}
