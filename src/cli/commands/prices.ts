import { type PoolLine, poolLines } from '../../engine/select/market.ts';
import { age, NONE, percent, price } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { Look } from '../look.ts';
import { aside, iso, printJson, printTable, type TextColumn } from '../output.ts';
import { openToLook } from '../session.ts';

export interface PricesOptions extends CommonOptions {
  readonly pool?: string;
  readonly history?: boolean;
}

/** `cbas prices`: each pool's price now against bid and on-demand; with `--history` the changes of late. */
export async function prices(options: PricesOptions): Promise<number> {
  const { snapshot } = await Look.at(await openToLook(options), ['workers', 'prices']);
  const all = poolLines(snapshot);
  const lines = all.filter(({ id }) => options.pool === undefined || id === options.pool);
  if (lines.length === 0 && options.pool !== undefined) {
    const known = all.map(({ id }) => id).join(', ');
    throw new CliError(`${safe(options.pool)} is not a pool of this deployment: ${safe(known)}`, EXIT.notFound);
  }
  const isJson = options.json === true;
  if (options.history === true) printHistory(lines, isJson);
  else if (isJson) printJson(lines.map(poolJson));
  else if (lines.length > 0) printTable(COLUMNS, lines);
  else aside('the deployment has no pool; give it some: cbas init --pool c5.large/us-east-1a:0.05');
  return EXIT.done;
}

const COLUMNS: readonly TextColumn<PoolLine>[] = [
  { title: 'pool', text: ({ id }) => id },
  { title: 'price $/h', text: ({ priceUsdPerHour }) => price(priceUsdPerHour), align: 'right' },
  { title: 'bid', text: bidText, align: 'right' },
  { title: 'of od', text: ({ onDemandPct }) => percent(onDemandPct), align: 'right' },
  { title: 'on-demand', text: ({ onDemandUsdPerHour }) => price(onDemandUsdPerHour), align: 'right' },
  { title: 'workers', text: ({ workers }) => String(workers.length), align: 'right' },
  { title: 'changed', text: ({ points }) => age(sinceChange(points)), align: 'right' },
  { title: 'now', text: verdict },
];

function bidText({ bidUsdPerHour }: PoolLine): string {
  return bidUsdPerHour === undefined ? NONE : bidUsdPerHour === 0 ? 'od' : price(bidUsdPerHour);
}

function sinceChange(points: PoolLine['points']): number | undefined {
  const newest = points.at(-1);
  return newest === undefined ? undefined : Date.now() - newest.at;
}

function verdict({ priceUsdPerHour, bidUsdPerHour, retryAt }: PoolLine): string {
  if (retryAt > Date.now()) return `refused a launch; asked again in ${age(retryAt - Date.now())}`;
  if (priceUsdPerHour === undefined) return 'no price known';
  if (bidUsdPerHour === undefined) return 'not used';
  return bidUsdPerHour > 0 && priceUsdPerHour > bidUsdPerHour ? 'above the bid' : 'can launch';
}

function poolJson(line: PoolLine) {
  return {
    pool: line.id,
    usdPerHour: line.priceUsdPerHour ?? null,
    bidUsdPerHour: line.bidUsdPerHour ?? null,
    onDemandUsdPerHour: line.onDemandUsdPerHour ?? null,
    onDemandPct: line.onDemandPct ?? null,
    workers: line.workers.length,
    changedAt: iso(line.points.at(-1)?.at ?? 0),
    retryAt: iso(line.retryAt),
  };
}

function printHistory(lines: readonly PoolLine[], isJson: boolean): void {
  const points = lines.flatMap((line) => line.points);
  if (isJson) printJson(points.map((point) => ({ pool: point.pool, at: iso(point.at), usdPerHour: point.usdPerHour })));
  else
    printTable(
      [
        { title: 'pool', text: ({ pool }) => pool },
        { title: 'at', text: ({ at }) => iso(at) ?? NONE },
        { title: 'price $/h', text: ({ usdPerHour }) => price(usdPerHour), align: 'right' },
      ],
      points,
    );
}
