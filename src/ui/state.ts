import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AuditAnswer, AuditEntry } from '../engine/model/audit.ts';
import type { ExpectedBid } from '../engine/model/command.ts';
import type { OwnMaster } from '../engine/model/engine.ts';
import type { FactsAnswer } from '../engine/model/job-facts.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import type { EpochMs } from '../engine/model/units.ts';
import type { JobOrder } from '../engine/select/job-order.ts';
import type { Sort } from './components/table.ts';
import type { Destination } from './destination.ts';
import type { Dialog, HeldAct, Results } from './dialog.ts';
import type { LogPane } from './log-pane.ts';
import type { Tuning } from './tuning-state.ts';
import type { Program } from './programs.ts';
import { SCREENS, type ScreenId } from './screens.ts';

/** Where the cursor stands in a list: by id, so that it follows its row; by index, for when the row is gone. */
export interface Cursor {
  readonly id: string;
  readonly index: number;
  /** First row shown. Drawing corrects it where rows moved; keys write it. */
  readonly top: number;
}

/** An order that was asked for, as the screen that made it reads it: rank by row id, or one of jobs, which is made while they are shown. */
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

/** What a screen was like when the operator was last on it: what has changed since bears a mark. */
export interface Looked {
  readonly at: EpochMs;
  readonly jobs: Snapshot['jobCounts'];
}

/** Where a cross-link was followed from: the way back. */
export type Place = Pick<UiState, 'screen' | 'isDetailOpen'> & {
  readonly hasFaultsOnly: boolean;
  readonly cursor: Cursor;
  readonly filter: string;
};

/** Why something is as it is; shown until the next key. */
export interface Why {
  readonly title: string;
  readonly sentences: readonly string[];
}

export interface Message {
  readonly text: string;
  readonly level: 'told' | 'attention' | 'broken';
}

/** What has been read of the audit. */
export interface AuditSeen {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** When it was last read well; 0 = never. */
  readonly readAt: EpochMs;
  /** All since then has been read; 0 = nothing yet. The newest hours come first. */
  readonly since: EpochMs;
  /** Why the newest question was not answered; undefined when it was. */
  readonly failed: Extract<AuditAnswer, { kind: 'failed' }> | undefined;
  /** There is more than is kept. */
  readonly isCut: boolean;
}

/** What is being typed, and what esc puts back. */
export type Prompt =
  /** The filter of the screen, or what to look for in an open log. */
  | { readonly kind: 'filter'; readonly before: string }
  /** What to look for in the list; the cursor goes along. */
  | { readonly kind: 'search'; readonly before: UiState['search']; readonly cursor: Cursor }
  /** A command; `chosen`: which of those that are offered. */
  | { readonly kind: 'command'; readonly text: string; readonly chosen: number };

/** What the operator is doing. The engine's snapshot is not in here: it has its own store. */
export interface UiState {
  readonly screen: ScreenId;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly now: EpochMs;
  readonly cursors: Readonly<Record<ScreenId, Cursor>>;
  readonly filters: Readonly<Record<ScreenId, string>>;
  readonly tables: Readonly<Record<ScreenId, TableChoice>>;
  /** Only rows that something is wrong with. */
  readonly faultsOnly: Readonly<Record<ScreenId, boolean>>;
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
  /** This console was started to look only. */
  readonly isReadOnly: boolean;
  /** The bid that was set from here last: what `U` takes back. */
  readonly lastBid: ExpectedBid | undefined;
  readonly workersPane: 'grid' | 'table';
  readonly isDetailOpen: boolean;
  /** What was read for the job whose detail is open, or was before. */
  readonly facts: { readonly jobId: string; readonly answer: FactsAnswer } | undefined;
  /** Read while its screen is open. */
  readonly audit: AuditSeen;
  /** The log that is open, over the screen that it was opened from. */
  readonly log: LogPane | undefined;
  readonly isHelpOpen: boolean;
  /** Something is being typed on the line above the footer. */
  readonly prompt: Prompt | undefined;
  /** What was looked for last, on any list: n and N go on from it. `isShown`: it is marked in the rows. */
  readonly search: { readonly text: string; readonly isShown: boolean };
  /** Commands given with `:`, the newest first. */
  readonly commands: readonly string[];
  /** Filters kept under a name, of all deployments: see `saved-filters.ts`. */
  readonly savedFilters: Readonly<Record<string, string>>;
  /** Counts up when a search that goes on between the keys has found something. */
  readonly searched: number;
  readonly dialog: Dialog | undefined;
  readonly message: Message | undefined;
  readonly why: Why | undefined;
  /** The columns of the table are chosen; the row of the chooser under its cursor. */
  readonly chooser: { readonly index: number } | undefined;
  /** By screen, as it was when it was left; a screen that was never left has none. */
  readonly looked: Readonly<Partial<Record<ScreenId, Looked>>>;
  /** The newest last. */
  readonly trail: readonly Place[];
  /** Ids of needs that the operator knows of: they are no longer loud. */
  readonly acknowledged: ReadonlySet<string>;
  /** The master that was started from here, as it was a moment ago. */
  readonly ownMaster: OwnMaster | undefined;
  /** Where the operator goes when the console is left; undefined = back to the shell. */
  readonly next: Destination | undefined;
  /** Deployments that can be gone to by name, as far as they are known here. */
  readonly deployments: readonly string[];
  /** The operator's own programs: see `programs.ts`. */
  readonly programs: readonly Program[];
  /** What this program knows of itself and its terminal, for the Doctor. */
  readonly programFacts: readonly (readonly [label: string, text: string])[];
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
    faultsOnly: perScreen(false),
    marks: new Set(),
    range: undefined,
    held: [],
    heldNowMs: 0,
    results: undefined,
    lastBid: undefined,
    isDryRun: false,
    isReadOnly: false,
    workersPane: 'grid',
    isDetailOpen: false,
    facts: undefined,
    audit: { entries: [], readAt: 0, since: 0, failed: undefined, isCut: false },
    log: undefined,
    isHelpOpen: false,
    prompt: undefined,
    search: { text: '', isShown: false },
    commands: [],
    savedFilters: {},
    searched: 0,
    dialog: undefined,
    message: undefined,
    why: undefined,
    chooser: undefined,
    looked: {},
    trail: [],
    acknowledged: new Set(),
    ownMaster: undefined,
    next: undefined,
    deployments: [],
    programs: [],
    programFacts: [],
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
