import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Command, ExpectedBid, Plan, StepOutcome } from '../engine/model/command.ts';
import type { FactsAnswer } from '../engine/model/job-facts.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import type { TunerPolicy } from '../engine/model/tuner.ts';
import type { EpochMs, UsdPerHour } from '../engine/model/units.ts';
import type { JobOrder } from '../engine/select/jobs-view.ts';
import type { Sort } from './components/table.ts';
import type { LogPane } from './log-pane.ts';
import type { Tuning } from './tuning.ts';
import { SCREENS, type ScreenId } from './screens.ts';

/** What asks for an answer before anything else is read from the keyboard. */
export type Dialog =
  | {
      readonly kind: 'plan';
      readonly plan: Plan;
      /** The key that led here: it never confirms. */
      readonly openedBy: string;
      /** The question that led to it: who cancels is there again. */
      readonly back: Dialog | undefined;
      /** Position of the step that the arrows stand on. */
      readonly step: number;
      /** What was typed of the token, where one is wanted. */
      readonly typed: string;
      /** Confirming it writes nothing. */
      readonly isDryRun: boolean;
      /** Monotonic time at which it reached the screen; undefined until then. Set by the dialog, read by the keys. */
      readonly shownAtMs: number | undefined;
    }
  | {
      /** A priority, a deadline, or both, for the jobs that were marked when it opened. */
      readonly kind: 'urgency';
      readonly jobIds: readonly string[];
      /** One job's name, or how many. */
      readonly what: string;
      readonly field: 'priority' | 'deadline';
      readonly priority: string;
      readonly deadline: string;
      /** What stands now, as far as it is the same for all. */
      readonly now: { readonly priority: string; readonly deadline: string };
      /** Why what was typed cannot be; empty when it can. */
      readonly problem: string;
    }
  /** A command is being typed after a colon. */
  | { readonly kind: 'command'; readonly typed: string; readonly problem: readonly string[] }
  | {
      /** Acts that are held back still: are they carried out, or dropped? */
      readonly kind: 'leave-held';
      readonly state: 'asked' | 'leaving';
      readonly shownAtMs: number | undefined;
    }
  | { readonly kind: 'launch'; readonly typed: string; readonly pool: string | undefined }
  | {
      /** A master that was started from here still runs: does it stay? */
      readonly kind: 'leave';
      readonly masterId: string;
      readonly state: 'asked' | 'stopping';
      readonly shownAtMs: number | undefined;
    }
  | {
      readonly kind: 'bid';
      readonly pool: string;
      readonly policy: TunerPolicy;
      readonly bidUsdPerHour: UsdPerHour;
      readonly typed: string;
      /** The bid before the last key, to tell what that key changed; undefined before the first. */
      readonly before: UsdPerHour | undefined;
    };

/** Where the cursor stands in a list: by id, so that it follows its row; by index, for when the row is gone. */
export interface Cursor {
  readonly id: string;
  readonly index: number;
  /** First row shown. Drawing corrects it where rows moved; keys write it. */
  readonly top: number;
}

/** An order that was asked for, as the screen that made it reads it: rank by row id, or positions of jobs. */
export type TableOrder = ReadonlyMap<string, number> | JobOrder;

/** How the operator wants a table. */
export interface TableChoice {
  /** Shown in the head of its column. */
  readonly sort: Sort | undefined;
  /** Made when the sort was asked for; undefined = the table's own order. */
  readonly order: TableOrder | undefined;
  /** Column ids, in this order; undefined = those of the table. */
  readonly columns: readonly string[] | undefined;
}
export const NO_CHOICE: TableChoice = { sort: undefined, order: undefined, columns: undefined };

/** A confirmed act that is not carried out yet: until then `U` takes it back. */
export interface HeldAct {
  readonly plan: Plan;
  /** Monotonic time at which it is carried out. */
  readonly dueMs: number;
}

/** What is held back: acts that end something, and that nobody can take back afterwards. */
export const HELD_KINDS: ReadonlySet<Command['kind']> = new Set(['jobs.kill', 'workers.terminate']);

/** What came of an act on one id. */
export interface ResultLine {
  readonly id: string;
  readonly name: string;
  readonly state: StepOutcome['state'];
  readonly detail: string;
}

export interface Results {
  readonly plan: Plan;
  readonly lines: readonly ResultLine[];
  /** First line shown. */
  readonly top: number;
}

export interface Message {
  readonly text: string;
  readonly level: 'told' | 'attention' | 'broken';
}

/** What the operator is doing. The engine's snapshot is not in here: it has its own store. */
export interface UiState {
  readonly screen: ScreenId;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly now: EpochMs;
  readonly cursors: Readonly<Record<ScreenId, Cursor>>;
  readonly filters: Readonly<Record<ScreenId, string>>;
  readonly tables: Readonly<Record<ScreenId, TableChoice>>;
  readonly isFaultsOnly: boolean;
  readonly marks: ReadonlySet<string>;
  /** Marks follow the cursor from where it stood when the range began; `before`: what was marked then. */
  readonly range: { readonly anchor: string; readonly before: ReadonlySet<string> } | undefined;
  /** Oldest first. */
  readonly held: readonly HeldAct[];
  /** Monotonic time of the newest look at them: what the countdown is drawn from. */
  readonly heldNowMs: number;
  /** Shown until it is closed. */
  readonly results: Results | undefined;
  /** Plans only tell what they would do: the engine's own switch, as it was set from here. */
  readonly isDryRun: boolean;
  /** The bid that was set from here last: what `U` takes back. */
  readonly lastBid: ExpectedBid | undefined;
  readonly workersPane: 'grid' | 'table';
  readonly isDetailOpen: boolean;
  /** What was read for the job whose detail is open, or was before. */
  readonly facts: { readonly jobId: string; readonly answer: FactsAnswer } | undefined;
  /** The log that is open, over the screen that it was opened from. */
  readonly log: LogPane | undefined;
  readonly isHelpOpen: boolean;
  /** The filter, or what to look for in a log, is being typed; what it was before is put back by esc. */
  readonly prompt: { readonly before: string } | undefined;
  readonly dialog: Dialog | undefined;
  readonly message: Message | undefined;
  /** The what-if of the bid that is tuned, as far as it is prepared. */
  readonly tuning: Tuning | undefined;
  /** The screen stands still; nothing can be acted on. */
  readonly frozen: { readonly snapshot: Snapshot; readonly now: EpochMs } | undefined;
  /** Counts up to force a new paint of the same frame. */
  readonly redraws: number;
}

export type UiStore = StoreApi<UiState>;

const HOME: Cursor = { id: '', index: 0, top: 0 };

function perScreen<T>(value: T): Record<ScreenId, T> {
  return Object.fromEntries(SCREENS.map((screen) => [screen, value])) as Record<ScreenId, T>;
}

export function createUiStore(start: Pick<UiState, 'size' | 'now'>): UiStore {
  return createStore<UiState>(() => ({
    screen: 'overview',
    ...start,
    cursors: perScreen(HOME),
    filters: perScreen(''),
    tables: perScreen(NO_CHOICE),
    isFaultsOnly: false,
    marks: new Set(),
    range: undefined,
    held: [],
    heldNowMs: 0,
    results: undefined,
    lastBid: undefined,
    isDryRun: false,
    workersPane: 'grid',
    isDetailOpen: false,
    facts: undefined,
    log: undefined,
    isHelpOpen: false,
    prompt: undefined,
    dialog: undefined,
    message: undefined,
    tuning: undefined,
    frozen: undefined,
    redraws: 0,
  }));
}

export function setCursor(store: UiStore, screen: ScreenId, cursor: Cursor): void {
  store.setState((state) => ({ cursors: { ...state.cursors, [screen]: cursor } }));
}

export function setFilter(store: UiStore, screen: ScreenId, filter: string): void {
  store.setState((state) => ({
    filters: { ...state.filters, [screen]: filter },
    cursors: { ...state.cursors, [screen]: { ...state.cursors[screen], top: 0 } },
  }));
}

export function setTable(store: UiStore, screen: ScreenId, choice: Partial<TableChoice>): void {
  store.setState(({ tables }) => ({ tables: { ...tables, [screen]: { ...tables[screen], ...choice } } }));
}

export function tell(store: UiStore, text: string, level: Message['level'] = 'told'): void {
  store.setState({ message: { text, level } });
}
