import type { Destination } from './destination.ts';

/**
 * What the console remembers of its operator between two starts: taste, never state of the deployment. Each field is
 * optional, and whoever reads one takes its own default where it is absent. A further field of a screen is one line here
 * and one in `FIELDS`.
 */
export interface Remembered {
  /** Ids of the columns shown, by screen, in their order. */
  readonly columns?: Readonly<Record<string, readonly string[]>>;
  /** By screen: the column that is sorted by, and which way. */
  readonly sorts?: Readonly<Record<string, { readonly column: string; readonly direction: 'up' | 'down' }>>;
  /** Filters kept under a name. */
  readonly filters?: Readonly<Record<string, string>>;
  /** Deployments on AWS that were opened, by name: where they are, so that the name is enough the next time. */
  readonly deployments?: Readonly<Record<string, Pick<Destination, 'region' | 'profile'>>>;
}

export interface UiMemory {
  /** Never throws: what cannot be read is not there. */
  load(): Remembered;
  /** Sets these fields and keeps the others. Never throws: a full disk costs a preference, not the console. */
  save(part: Remembered): void;
}

/** A record of more entries was not made by a person. */
const ENTRIES_MAX = 200;
const TEXT_MAX = 2_000;

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= TEXT_MAX;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length <= ENTRIES_MAX;
const isRecordOf = (value: unknown, is: (entry: unknown) => boolean): boolean =>
  isRecord(value) && Object.values(value).every(is);

/** What each field must look like. */
const FIELDS: Readonly<Record<keyof Remembered, (value: unknown) => boolean>> = {
  columns: (value) => isRecordOf(value, (ids) => Array.isArray(ids) && ids.length <= ENTRIES_MAX && ids.every(isText)),
  sorts: (value) =>
    isRecordOf(
      value,
      (sort) => isRecord(sort) && isText(sort['column']) && ['up', 'down'].includes(sort['direction'] as string),
    ),
  filters: (value) => isRecordOf(value, isText),
  deployments: (value) => isRecordOf(value, (where) => isRecordOf(where, isText)),
};

/** The fields that are what they should be; those of a newer version, or damaged, are left out. */
export function rememberedOf(value: unknown): Remembered {
  if (!isRecord(value)) return {};
  const known = Object.entries(FIELDS).filter(([field, isFit]) => value[field] !== undefined && isFit(value[field]));
  return Object.fromEntries(known.map(([field]) => [field, value[field]]));
}

/** A memory that ends with the process: for tests, and where nothing may be written. */
export function forgetfulMemory(): UiMemory {
  let remembered: Remembered = {};
  return { load: () => remembered, save: (part) => void (remembered = { ...remembered, ...part }) };
}
