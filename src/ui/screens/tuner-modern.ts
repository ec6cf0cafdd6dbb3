import type { Tuner, TunerAnswer, TunerCapacity } from '../../engine/model/tuner.ts';
import { oneIn } from '../../engine/market/interruption-record.ts';
import type { PoolLine } from '../../engine/select/market.ts';
import { paintItems } from '../components/flow.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, type Span, span } from '../line.ts';
import type { Tuning } from '../tuning-state.ts';

/** Columns of a line's label. */
const LABEL = 10;

/** How often capacity takes an instance of this market back, and where that is known from. */
export function drawCapacity(
  { theme, width }: Frame,
  capacity: TunerCapacity,
  answer: TunerAnswer,
): readonly Painted[] {
  const safe = answer.noInterruption;
  return [
    paintItems(theme, width, {
      label: 'taken',
      items: [
        [span(`back ${oneIn(capacity)}`, 'strong')],
        safe === undefined
          ? []
          : [
              span(
                `not before the work is done: ${format.percent(100 * safe.probability)}`,
                safe.probability < 0.5 ? 'attention' : 'plain',
              ),
              span(`, at least ${format.percent(100 * safe.atLeast)}`),
            ],
      ],
    }),
    paintItems(theme, width, { label: '', items: [[span(`${' '.repeat(LABEL)}${originOf(capacity)}`, 'dim')]] }),
  ];
}

/** Where the rate is known from: its sentence without the rate itself, which stands above it. */
function originOf({ sentence }: TunerCapacity): string {
  const at = sentence.indexOf(': from ');
  return at < 0 ? sentence : sentence.slice(at + 2);
}

/** What a higher ceiling does not do, and what does. */
export function drawHelp(
  { theme, width, snapshot }: Frame,
  at: { readonly pool: PoolLine; readonly tuning: Tuning; readonly tuner: Tuner; readonly bid: number },
): Painted {
  const { pool, tuning, tuner, bid } = at;
  const region = snapshot.deployment?.region ?? '';
  const items: (readonly Span[])[] = [];
  if (tuning.policy !== 'young') items.push([span('c', 'strong'), span(' checkpoints at the best interval')]);
  const { seldomest } = tuning;
  if (seldomest?.capacity !== undefined) {
    const there = tuner.markets(bid).find(({ name }) => name === seldomest.name);
    const cost =
      there === undefined || !Number.isFinite(there.usdPerWorkHour)
        ? ''
        : `, ${format.price(there.usdPerWorkHour)} per hour of work`;
    const rate = `1 in ${Math.round(1 / seldomest.capacity.perHour)} h`;
    items.push([span(format.shortPool(seldomest.name, region), 'strong'), span(`: taken back ${rate}${cost}`)]);
  }
  const pools = snapshot.settings.pools.length;
  const here = pool.workers.length;
  if (pools > 1 && here > 1)
    items.push([span(`spread over ${pools} pools: the largest loss ${here} -> ${Math.ceil(here / pools)} workers`)]);
  if (items.length === 0) items.push([span('a shorter checkpoint interval; another market; several markets', 'dim')]);
  return paintItems(theme, width, { label: 'help', items });
}
