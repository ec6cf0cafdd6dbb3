import type { ConditionalWrite } from '../model/command.ts';
import type { OwnerSetting, Settings } from '../model/deployment.ts';
import type { Item } from '../model/ports.ts';
import type { DurationMs, EpochMs, Json, JsonObject } from '../model/units.ts';
import { readNumber, readNumbers, readObject, readText } from './read.ts';
import { isObject } from './shape.ts';

/** More would not fit into the item; groups of people share a role. */
export const OWNERS_MAX = 500;
/** Shares lie between these: of less nobody would notice that he has one. */
export const WEIGHT_MIN = 0.01;
export const WEIGHT_MAX = 100;

/** The settings' list of owners, as far as it can be right. */
export function ownerSettingsOf(list: Json | undefined): Pick<Settings, 'owners'> {
  if (!Array.isArray(list)) return {};
  const owners = list
    .filter(isObject)
    .slice(0, OWNERS_MAX)
    .map(ownerSettingOf)
    .filter(({ name }) => name !== '');
  return owners.length === 0 ? {} : { owners };
}

/** A limit that is no whole number from 0 limits nothing. */
function ownerSettingOf(item: JsonObject): OwnerSetting {
  const limit = (name: 'maxRunning' | 'maxWaiting'): Partial<OwnerSetting> => {
    const count = readNumber(item, name, -1);
    return Number.isInteger(count) && count >= 0 ? { [name]: count } : {};
  };
  const weight = readNumber(item, 'weight', 1);
  const isShare = weight >= WEIGHT_MIN && weight <= WEIGHT_MAX && weight !== 1;
  return { name: readText(item, 'name'), ...limit('maxRunning'), ...limit('maxWaiting'), ...(isShare && { weight }) };
}

/** What is kept of an owner between his submissions, in `misc` under `owner/<name>`. */
export interface OwnerItem {
  readonly rev: number;
  /** By lane: where his next job there goes, in microseconds of virtual time. */
  readonly turns: Readonly<Record<string, number>>;
  /** His jobs that waited, as the leader counted them: those submitted before the first of `given`. */
  readonly counted: number;
  /** Submitted since, oldest first. */
  readonly given: readonly { readonly at: EpochMs; readonly count: number }[];
}

/** Lanes that are remembered; more queues and priorities at once have few. What is forgotten begins where others are. */
const LANES_MAX = 32;
/** Far from where a number of microseconds is no longer exact: turns are added to. */
const TURN_MAX = Number.MAX_SAFE_INTEGER / 2;
/** Submissions told apart; the oldest are told as one. */
const GIVEN_MAX = 16;
/** What was submitted longer ago is in the leader's snapshot: uploads come before, and an index lags by less. */
export const COUNTED_AFTER_MS: DurationMs = 60_000;

export function ownerKey(owner: string): string {
  return `owner/${owner}`;
}

export function ownerItemOf(item: Item | undefined): OwnerItem {
  const value = item === undefined ? undefined : readObject(item, 'value');
  if (item === undefined || value === undefined) return { rev: 0, turns: {}, counted: 0, given: [] };
  const given = Array.isArray(value['given']) ? value['given'].filter(isObject) : [];
  return {
    rev: readNumber(item, 'rev'),
    turns: Object.fromEntries(
      Object.entries(readNumbers(value['turns'])).filter(([, turn]) => turn > 0 && turn <= TURN_MAX),
    ),
    counted: Math.max(0, readNumber(value, 'counted')),
    given: given.map((one) => ({ at: readNumber(one, 'at'), count: Math.max(0, readNumber(one, 'count')) })),
  };
}

/** How many of his jobs wait, as far as it is known: never fewer than there are, for a job that has started since is still counted. */
export function waitingOf({ counted, given }: OwnerItem): number {
  return given.reduce((sum, { count }) => sum + count, counted);
}

export interface Taking {
  readonly at: EpochMs;
  readonly count: number;
  /** By lane: where the next one after these goes. */
  readonly turns: Readonly<Record<string, number>>;
}

/** On condition that nobody submits as him at the same moment: so two submitters have no turn twice, and do not pass a limit together. */
export function takeTurns(owner: string, known: OwnerItem, { at, count, turns }: Taking): ConditionalWrite {
  const lanes = Object.entries({ ...known.turns, ...turns }).sort(([, a], [, b]) => b - a);
  const [oldest, second, ...rest] = [...known.given, { at, count }];
  const given =
    oldest !== undefined && second !== undefined && rest.length + 2 > GIVEN_MAX
      ? [{ at: second.at, count: oldest.count + second.count }, ...rest]
      : [...known.given, { at, count }];
  return ownerWrite(owner, { ...known, turns: Object.fromEntries(lanes.slice(0, LANES_MAX)), given });
}

/** By the leader: what waits, counted anew up to `before`, and only what came since beside it. On condition that nobody submitted meanwhile. */
export function recountOwner(
  owner: string,
  known: OwnerItem,
  count: { readonly before: EpochMs; readonly waiting: number },
): ConditionalWrite {
  const given = known.given.filter(({ at }) => at >= count.before);
  return ownerWrite(owner, { ...known, counted: count.waiting, given });
}

function ownerWrite(owner: string, { rev, turns, counted, given }: OwnerItem): ConditionalWrite {
  return {
    table: 'misc',
    key: ownerKey(owner),
    conditions: [rev === 0 ? { op: 'absent', attribute: 'rev' } : { op: '=', attribute: 'rev', value: rev }],
    set: { value: { turns: { ...turns }, counted, given: given.map((one) => ({ ...one })) } },
    add: { rev: 1 },
    remove: [],
  };
}
