import type { ConditionalWrite } from '../model/command.ts';
import type { DurationMs, JsonObject, UsdPerHour } from '../model/units.ts';
import { notDeposed } from './job-transition.ts';
import { MISC } from './misc-item.ts';
import { readNumber, readNumbers } from './read.ts';

/** What the leader knows of the pools and publishes for workers, which have no right to ask EC2: one item, one write. */
export interface PoolFigures {
  /** Price now, by pool. */
  readonly usdPerHour: Readonly<Record<string, UsdPerHour>>;
  /** Mean time between interruptions, by pool; of those where something is known. */
  readonly meanMs: Readonly<Record<string, DurationMs>>;
  /** Of the interruptions, those that come without a notice; 1 where nobody has said. */
  readonly untoldShare: number;
  /** Slots of workers that have nothing to do, beyond the jobs that wait. */
  readonly spareSlots: number;
}

export const NO_FIGURES: PoolFigures = { usdPerHour: {}, meanMs: {}, untoldShare: 1, spareSlots: 0 };

export function figuresItem(figures: PoolFigures, leaderEpoch: number): ConditionalWrite {
  const { usdPerHour, meanMs, untoldShare, spareSlots } = figures;
  return {
    table: 'misc',
    key: MISC.prices,
    conditions: [notDeposed(leaderEpoch)],
    set: { value: { ...usdPerHour }, meanMs: { ...meanMs }, untoldShare, spareSlots, leaderEpoch },
    add: {},
    remove: [],
  };
}

/** Of an item that an older leader wrote: its prices alone. */
export function figuresOf(item: JsonObject | undefined): PoolFigures {
  if (item === undefined) return NO_FIGURES;
  const share = readNumber(item, 'untoldShare', 1);
  return {
    usdPerHour: readNumbers(item['value']),
    meanMs: Object.fromEntries(Object.entries(readNumbers(item['meanMs'])).filter(([, ms]) => ms > 0)),
    untoldShare: share >= 0 && share <= 1 ? share : 1,
    spareSlots: Math.max(0, readNumber(item, 'spareSlots')),
  };
}
