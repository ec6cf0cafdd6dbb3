import type { ScreenId } from './screens.ts';
import type { UiState } from './state.ts';

/** Where keys have a meaning of their own: a screen, or what is open over it. */
export type KeyPlace = ScreenId | 'log' | 'tuner';

export function placeOf(ui: Pick<UiState, 'screen' | 'log' | 'dialog'>): KeyPlace {
  if (ui.dialog?.kind === 'bid') return 'tuner';
  return ui.log === undefined ? ui.screen : 'log';
}

/**
 * Keys are data: what `use-keys.ts` obeys, the footer shows, `?` explains and docs/keys.md prints. Lower case looks,
 * capitals act (`G` and `N`, which every terminal user moves with, excepted); no act is on ctrl-anything.
 */
export type KeyId =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'top'
  | 'bottom'
  | 'page-down'
  | 'page-up'
  | 'half-down'
  | 'half-up'
  | 'open'
  | 'back'
  | 'pane'
  | 'screen-1'
  | 'screen-2'
  | 'screen-3'
  | 'screen-4'
  | 'screen-5'
  | 'filter'
  | 'next'
  | 'previous'
  | 'sort'
  | 'reverse'
  | 'mark'
  | 'range'
  | 'mark-all'
  | 'command'
  | 'log'
  | 'stream'
  | 'epoch-before'
  | 'epoch-after'
  | 'search'
  | 'next-match'
  | 'previous-match'
  | 'why'
  | 'copy'
  | 'pause'
  | 'faults'
  | 'help'
  | 'quit'
  | 'redraw'
  | 'suspend'
  | 'launch'
  | 'bid'
  | 'checkpoint'
  | 'kill'
  | 'hold'
  | 'retry'
  | 'terminate'
  | 'drain'
  | 'urgency'
  | 'shell'
  | 'undo'
  | 'master'
  | 'bid-down'
  | 'bid-up'
  | 'bid-far-down'
  | 'bid-far-up'
  | 'bid-on-demand'
  | 'bid-recommended'
  | 'bid-checkpoints'
  | 'bid-market'
  | 'bid-plan'
  | 'bid-leave';

/** What a key's availability may depend on. */
export interface KeyContext {
  readonly place: KeyPlace;
  /** Something is under the cursor. */
  readonly hasTarget: boolean;
  readonly isPaused: boolean;
  /** false: the console is read-only. */
  readonly acts: boolean;
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
}

export interface KeyBinding {
  readonly id: KeyId;
  /** As `use-keys.ts` names them: the character itself, or a word such as `enter` or `ctrl-f`. */
  readonly keys: readonly string[];
  readonly label: string;
  /** Where it works; everywhere when absent. */
  readonly places?: readonly KeyPlace[];
  /** It opens a plan. */
  readonly act?: true;
  /** Shown in the footer, in this order; absent = only in the help. What is seldom of use gives way on a narrow screen. */
  readonly footer?: true | 'seldom';
  /** Why it does nothing now, for a person; undefined when it works. */
  readonly disabledReason?: (context: KeyContext) => string | undefined;
}

const LISTS: readonly KeyPlace[] = ['jobs', 'workers', 'market', 'book'];
const SCROLLED: readonly KeyPlace[] = [...LISTS, 'log'];

function needsTarget(what: string): (context: KeyContext) => string | undefined {
  return (context) => needsPresent(context) ?? (context.hasTarget ? undefined : `no ${what} under the cursor`);
}
function needsPresent({ acts, isPaused }: KeyContext): string | undefined {
  if (!acts) return 'this console is read-only; start it without --read-only to act';
  return isPaused ? 'paused: z goes on' : undefined;
}
function needsHoldable(context: KeyContext): string | undefined {
  const why = needsTarget('job')(context);
  return why ?? (context.holds === undefined ? 'only a job that waits or runs can be held' : undefined);
}
function needsEnded(context: KeyContext): string | undefined {
  if (context.place === 'overview') return needsPresent(context) ?? (context.retries ? undefined : 'no job has failed');
  const why = needsTarget('job')(context);
  return why ?? (context.retries ? undefined : 'only a job that failed or was killed can be retried');
}
function needsUnfinished(context: KeyContext): string | undefined {
  const why = needsTarget('job')(context);
  return why ?? (context.hurries ? undefined : 'it has ended: there is nothing to hurry');
}
/** Of what is held back anywhere; of a bid where bids are seen. */
function needsUndoable(context: KeyContext): string | undefined {
  if (context.held > 0) return undefined;
  if (context.place !== 'overview' && context.place !== 'market') return 'nothing waits to be undone; a bid is undone on Overview and Market'; // prettier-ignore
  return needsPresent(context);
}
function needsNoMaster(context: KeyContext): string | undefined {
  if (context.leader !== '') return `${context.leader} leads already`;
  return needsPresent(context) ?? (context.startsMaster ? undefined : 'not from here; run: cbas master');
}

export const KEYMAP: readonly KeyBinding[] = [
  { id: 'launch', keys: ['L'], label: 'launch', act: true, footer: true, disabledReason: needsPresent },
  {
    id: 'bid',
    keys: ['B'],
    label: 'bid',
    places: ['market'],
    act: true,
    footer: true,
    disabledReason: needsTarget('pool'),
  },
  {
    id: 'checkpoint',
    keys: ['C'],
    label: 'checkpoint',
    places: ['jobs', 'workers'],
    act: true,
    footer: true,
    disabledReason: needsTarget('row'),
  },
  {
    id: 'kill',
    keys: ['K'],
    label: 'kill',
    places: ['jobs', 'workers'],
    act: true,
    footer: true,
    disabledReason: needsTarget('row'),
  },
  {
    id: 'drain',
    keys: ['D'],
    label: 'drain',
    places: ['workers'],
    act: true,
    footer: true,
    disabledReason: needsTarget('worker'),
  },
  {
    id: 'retry',
    keys: ['R'],
    label: 'retry',
    places: ['overview', 'jobs'],
    act: true,
    footer: 'seldom',
    disabledReason: needsEnded,
  },
  {
    id: 'hold',
    keys: ['H'],
    label: 'hold or release',
    places: ['jobs'],
    act: true,
    disabledReason: needsHoldable,
  },
  {
    id: 'terminate',
    keys: ['T'],
    label: 'terminate',
    places: ['workers'],
    act: true,
    disabledReason: needsTarget('worker'),
  },
  {
    id: 'urgency',
    keys: ['P'],
    label: 'priority, deadline',
    places: ['jobs'],
    act: true,
    disabledReason: needsUnfinished,
  },
  { id: 'shell', keys: ['S'], label: 'shell', places: ['workers'], act: true, disabledReason: needsTarget('worker') },
  { id: 'undo', keys: ['U'], label: 'undo', act: true, disabledReason: needsUndoable },
  { id: 'master', keys: ['M'], label: 'start a master', act: true, disabledReason: needsNoMaster },
  { id: 'up', keys: ['up', 'k'], label: 'up', places: SCROLLED },
  { id: 'down', keys: ['down', 'j'], label: 'down', places: SCROLLED },
  { id: 'left', keys: ['left', 'h'], label: 'left, lower bid', places: ['workers', 'market'] },
  { id: 'right', keys: ['right', 'l'], label: 'right, higher bid', places: ['workers', 'market'] },
  { id: 'top', keys: ['g', 'home'], label: 'first', places: SCROLLED },
  { id: 'bottom', keys: ['G', 'end'], label: 'last', places: SCROLLED },
  { id: 'page-down', keys: ['ctrl-f', 'pagedown'], label: 'page down', places: SCROLLED },
  { id: 'page-up', keys: ['ctrl-b', 'pageup'], label: 'page up', places: SCROLLED },
  { id: 'half-down', keys: ['ctrl-d'], label: 'half a page down', places: SCROLLED },
  { id: 'half-up', keys: ['ctrl-u'], label: 'half a page up', places: SCROLLED },
  { id: 'search', keys: ['/'], label: 'search', places: ['log'], footer: true },
  { id: 'next-match', keys: ['n'], label: 'next match', places: ['log'], footer: true },
  { id: 'previous-match', keys: ['N'], label: 'previous match', places: ['log'] },
  { id: 'stream', keys: ['tab'], label: 'stdout or stderr', places: ['log'], footer: true },
  { id: 'epoch-before', keys: ['['], label: 'run before', places: ['log'], footer: true },
  { id: 'epoch-after', keys: [']'], label: 'run after', places: ['log'] },
  { id: 'filter', keys: ['/'], label: 'filter', places: ['jobs', 'workers', 'market'], footer: true },
  { id: 'open', keys: ['enter'], label: 'open', places: ['jobs', 'workers'], footer: true },
  { id: 'why', keys: ['w'], label: 'why', places: ['jobs', 'workers'], footer: true },
  { id: 'log', keys: ['l'], label: 'log', places: ['jobs'], footer: true },
  { id: 'back', keys: ['esc'], label: 'back, clear' },
  { id: 'pane', keys: ['tab'], label: 'grid or table', places: ['workers'], footer: true },
  { id: 'sort', keys: ['s'], label: 'sort', places: ['jobs', 'workers', 'market'], footer: true },
  { id: 'reverse', keys: ['r'], label: 'reverse the order', places: ['jobs', 'workers', 'market'] },
  { id: 'faults', keys: ['f'], label: 'faults', places: ['overview', 'jobs'], footer: true },
  { id: 'next', keys: ['n'], label: 'next fault', places: ['jobs'] },
  { id: 'previous', keys: ['N'], label: 'previous fault', places: ['jobs'] },
  { id: 'mark', keys: ['space'], label: 'mark', places: ['jobs', 'workers'] },
  { id: 'range', keys: ['v'], label: 'mark a range', places: ['jobs', 'workers'] },
  { id: 'mark-all', keys: ['*'], label: 'mark all in the filter', places: ['jobs', 'workers'] },
  { id: 'copy', keys: ['y'], label: 'copy the id', places: SCROLLED },
  { id: 'pause', keys: ['z'], label: 'pause the screen' },
  { id: 'screen-1', keys: ['1'], label: 'Overview' },
  { id: 'screen-2', keys: ['2'], label: 'Jobs' },
  { id: 'screen-3', keys: ['3'], label: 'Workers' },
  { id: 'screen-4', keys: ['4'], label: 'Market' },
  { id: 'screen-5', keys: ['5'], label: 'Book' },
  // While a bid is tuned nothing else works: a digit is a price, and q would leave in the middle of it.
  { id: 'bid-down', keys: ['left', 'h'], label: 'lower', places: ['tuner'], footer: true },
  { id: 'bid-up', keys: ['right', 'l'], label: 'higher', places: ['tuner'], footer: true },
  { id: 'bid-far-down', keys: ['down', 'j'], label: 'ten steps lower', places: ['tuner'] },
  { id: 'bid-far-up', keys: ['up', 'k'], label: 'ten steps higher', places: ['tuner'] },
  { id: 'bid-plan', keys: ['enter'], label: 'plan…', places: ['tuner'], footer: true },
  { id: 'bid-on-demand', keys: ['o'], label: 'on-demand', places: ['tuner'], footer: true },
  { id: 'bid-recommended', keys: ['r'], label: 'recommended', places: ['tuner'], footer: true },
  { id: 'bid-checkpoints', keys: ['c'], label: 'checkpoints', places: ['tuner'], footer: 'seldom' },
  { id: 'bid-market', keys: ['m'], label: 'market', places: ['tuner'], footer: 'seldom' },
  { id: 'bid-leave', keys: ['esc'], label: 'leave', places: ['tuner'], footer: true },
  { id: 'command', keys: [':'], label: 'command' },
  { id: 'help', keys: ['?'], label: 'help' },
  { id: 'redraw', keys: ['ctrl-l'], label: 'redraw' },
  { id: 'suspend', keys: ['ctrl-z'], label: 'suspend' },
  { id: 'quit', keys: ['q', 'ctrl-c'], label: 'quit', footer: true },
];

export function worksOn(binding: KeyBinding, place: KeyPlace): boolean {
  return binding.places === undefined ? place !== 'tuner' : binding.places.includes(place);
}

/** What a key means at a place. */
export function bindingFor(key: string, place: KeyPlace): KeyBinding | undefined {
  return KEYMAP.find((binding) => binding.keys.includes(key) && worksOn(binding, place));
}

export function footerBindings(place: KeyPlace): readonly KeyBinding[] {
  return KEYMAP.filter((binding) => binding.footer && worksOn(binding, place));
}

/** docs/keys.md, printed from the keys themselves; a test keeps the file equal to it. */
export function keysPage(): string {
  const rows = KEYMAP.map((binding) => {
    const keys = binding.keys.map((key) => `\`${key}\``).join(' ');
    return `| ${keys} | ${binding.label} | ${binding.places?.join(', ') ?? 'everywhere'} | ${binding.act ? 'acts' : ''} |`;
  });
  return [
    '# Keys',
    '',
    'Lower case looks, capitals act. Every act shows a plan first; `y` carries it out, `enter` and `esc` close it. In a plan the arrows',
    'go over the steps, and `e` or `space` switches one off or on. An act on more than five rows, and every act where the deployment is',
    'marked as production, is confirmed by typing what the plan names, and `enter`. What ends jobs or workers is carried out some seconds',
    'after its confirmation (`--undo-for`); until then `U` takes it back.',
    '',
    '| key | what it does | where | |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
