import { SCREENS, type ScreenId } from '../screens.ts';

/** Where keys have a meaning of their own: a screen, or what is open over it. */
export type KeyPlace = ScreenId | OpenPlace;

/** What is open over a screen and takes all its keys, `log` and `text` excepted: they leave those that work everywhere. */
type OpenPlace = 'log' | 'text' | 'tuner' | 'columns' | 'question' | 'plan' | 'results';
export const CLOSED_PLACES: ReadonlySet<KeyPlace> = new Set(['tuner', 'columns', 'question', 'plan', 'results']);
export const KEY_PLACES: readonly KeyPlace[] = [...SCREENS, 'log', 'text', ...CLOSED_PLACES];

/** What a key's availability may depend on. */
export interface KeyContext {
  readonly place: KeyPlace;
  /** Something is under the cursor. */
  readonly hasTarget: boolean;
  readonly isPaused: boolean;
  /** false: the console is read-only. */
  readonly acts: boolean;
  /** Why it is; not there where it acts. */
  readonly whyReadOnly?: string | undefined;
  /** A master can be started on this machine. */
  readonly startsMaster: boolean;
  /** What H would do to the jobs marked, or the one under the cursor; undefined when neither. */
  readonly holds: 'hold' | 'release' | undefined;
  /** One of them has failed or was killed; on the Overview: any job has failed. */
  readonly retries: boolean;
  /** One of them has not ended: its priority and deadline mean something. */
  readonly hurries: boolean;
  /** Acts that are held back and can be taken back. */
  readonly held: number;
  /** Plans only tell what they would do. */
  readonly dryRun: boolean;
  /** The leader in force; empty when there is none. */
  readonly leader: string;
  /** The key in force in the place of one of the keymap's own. */
  readonly shown: (ownKey: string) => string;
}

/** One key, or several that mean the same. */
export interface KeyEntry<Id extends string = string> {
  readonly id: Id;
  /** As `use-keys.ts` names them: the character itself, or a word such as `enter` or `ctrl-f`. */
  readonly keys: readonly string[];
  readonly label: string;
  /** Where it works; everywhere when absent. */
  readonly places?: readonly KeyPlace[];
  /** It opens a plan. */
  readonly act?: true;
  /** Shown in the footer, in this order; absent = only in the help. What is seldom of use gives way on a narrow screen. */
  readonly footer?: true | 'seldom';
  /** Where the footer shows it; wherever it works when absent. */
  readonly footerPlaces?: readonly KeyPlace[];
  /** Why it does nothing now, for a person; undefined when it works. */
  readonly disabledReason?: (context: KeyContext) => string | undefined;
}

/** A list of keys whose ids are known to the compiler: what may be asked for by its id is what stands in a list. */
export function keyList<const Id extends string>(entries: readonly KeyEntry<Id>[]): readonly KeyEntry<Id>[] {
  return entries;
}

/** Tables of which columns, order and rows can be chosen. */
export const TABLES: readonly KeyPlace[] = [
  'jobs',
  'workers',
  'market',
  'capacity',
  'masters',
  'incidents',
  'audit',
  'doctor',
];
export const LISTS: readonly KeyPlace[] = [...TABLES, 'book'];
export const SCROLLED: readonly KeyPlace[] = [...LISTS, 'log', 'text'];
/** Screens whose rows open. */
export const OPENED: readonly KeyPlace[] = ['jobs', 'workers', 'capacity', 'incidents', 'audit'];
/** Screens whose rows can be wrong; from the Overview it shows those of the jobs. */
export const FAULTY: readonly KeyPlace[] = [
  'overview',
  'jobs',
  'workers',
  'market',
  'capacity',
  'incidents',
  'audit',
  'doctor',
];
/** Screens whose rows lead to rows of others. */
export const LINKED: readonly KeyPlace[] = ['jobs', 'workers', 'market', 'capacity', 'incidents', 'audit'];
/** Screens of whose rows all that is known can be read. */
export const DESCRIBED: readonly KeyPlace[] = ['jobs', 'workers', 'market', 'incidents', 'audit'];
/** Screens whose rows can be marked. */
export const MARKED: readonly KeyPlace[] = ['jobs', 'workers'];
