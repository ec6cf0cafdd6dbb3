import { SCREEN_TITLES, type ScreenId, screenKey, SCREENS } from './screens.ts';

/** Where keys have a meaning of their own: a screen, or what is open over it. */
export type KeyPlace = ScreenId | 'log' | 'tuner' | 'columns';

export function placeOf(ui: {
  readonly screen: ScreenId;
  readonly log: object | undefined;
  readonly dialog: { readonly kind: string } | undefined;
  readonly chooser: object | undefined;
}): KeyPlace {
  if (ui.dialog?.kind === 'bid') return 'tuner';
  if (ui.chooser !== undefined) return 'columns';
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
  | 'screen-6'
  | 'screen-7'
  | 'screen-8'
  | 'screen-9'
  | 'screen-0'
  | 'filter'
  | 'find'
  | 'command'
  | 'next'
  | 'previous'
  | 'sort'
  | 'reverse'
  | 'mark'
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
  | 'master'
  | 'acknowledge'
  | 'follow'
  | 'follow-other'
  | 'return'
  | 'columns'
  | 'column-up'
  | 'column-down'
  | 'column-toggle'
  | 'column-earlier'
  | 'column-later'
  | 'column-sort'
  | 'column-reset'
  | 'column-leave'
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
  /** The leader in force; empty when there is none. */
  readonly leader: string;
  /** The key in force in the place of one of the keymap's own. */
  readonly shown: (ownKey: string) => string;
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

/** Tables of which columns, order and rows can be chosen. */
const TABLES: readonly KeyPlace[] = [
  'jobs',
  'workers',
  'market',
  'capacity',
  'masters',
  'incidents',
  'audit',
  'doctor',
];
const LISTS: readonly KeyPlace[] = [...TABLES, 'book'];
const SCROLLED: readonly KeyPlace[] = [...LISTS, 'log'];
/** Screens whose rows open. */
const OPENED: readonly KeyPlace[] = ['jobs', 'workers', 'capacity', 'incidents', 'audit'];
/** Screens whose rows can be wrong; from the Overview it shows those of the jobs. */
const FAULTY: readonly KeyPlace[] = [
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
const LINKED: readonly KeyPlace[] = ['jobs', 'workers', 'market', 'capacity', 'incidents', 'audit'];

function needsTarget(what: string): (context: KeyContext) => string | undefined {
  return (context) => needsPresent(context) ?? (context.hasTarget ? undefined : `no ${what} under the cursor`);
}
function needsPresent({ acts, isPaused, shown }: KeyContext): string | undefined {
  if (!acts) return 'this console is read-only; start it without --read-only to act';
  return isPaused ? `paused: ${shown('z')} goes on` : undefined;
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
    id: 'acknowledge',
    keys: ['A'],
    label: 'acknowledge',
    places: ['incidents'],
    act: true,
    footer: true,
    disabledReason: ({ hasTarget }) => (hasTarget ? undefined : 'nothing under the cursor'),
  },
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
  { id: 'filter', keys: ['/'], label: 'filter', places: TABLES, footer: true },
  { id: 'open', keys: ['enter'], label: 'open', places: OPENED, footer: true },
  { id: 'why', keys: ['w'], label: 'why', places: [...TABLES, 'overview'], footer: true },
  { id: 'log', keys: ['l'], label: 'log', places: ['jobs'], footer: true },
  { id: 'back', keys: ['esc'], label: 'back, clear' },
  { id: 'pane', keys: ['tab'], label: 'grid or table', places: ['workers'], footer: true },
  { id: 'sort', keys: ['s'], label: 'sort', places: TABLES, footer: 'seldom' },
  { id: 'reverse', keys: ['r'], label: 'reverse the order', places: TABLES },
  { id: 'columns', keys: ['o'], label: 'columns', places: TABLES, footer: 'seldom' },
  { id: 'follow', keys: [']'], label: 'follow', places: LINKED, footer: 'seldom' },
  { id: 'follow-other', keys: ['}'], label: 'follow, other', places: LINKED },
  { id: 'return', keys: ['['], label: 'return', places: [...LISTS, 'overview'] },
  { id: 'faults', keys: ['f'], label: 'faults', places: FAULTY, footer: true },
  { id: 'find', keys: ['\\'], label: 'find a text', places: LISTS },
  { id: 'next', keys: ['n'], label: 'next match', places: LISTS },
  { id: 'previous', keys: ['N'], label: 'previous match', places: LISTS },
  { id: 'command', keys: [':'], label: 'command, go to' },
  { id: 'mark', keys: ['space'], label: 'mark', places: ['jobs', 'workers'] },
  { id: 'copy', keys: ['y'], label: 'copy the id', places: SCROLLED },
  { id: 'pause', keys: ['z'], label: 'pause the screen' },
  ...SCREENS.map((screen): KeyBinding => {
    const key = screenKey(screen);
    return { id: `screen-${key}` as KeyId, keys: [key], label: SCREEN_TITLES[screen] };
  }),
  // While columns are chosen.
  { id: 'column-up', keys: ['up', 'k'], label: 'up', places: ['columns'] },
  { id: 'column-down', keys: ['down', 'j'], label: 'down', places: ['columns'] },
  { id: 'column-toggle', keys: ['space'], label: 'show or hide', places: ['columns'], footer: true },
  { id: 'column-earlier', keys: ['left', 'h'], label: 'further left', places: ['columns'], footer: true },
  { id: 'column-later', keys: ['right', 'l'], label: 'further right', places: ['columns'], footer: true },
  { id: 'column-sort', keys: ['s'], label: 'sort by it', places: ['columns'], footer: true },
  { id: 'column-reset', keys: ['d'], label: 'as it came', places: ['columns'], footer: true },
  { id: 'column-leave', keys: ['esc', 'enter', 'o'], label: 'done', places: ['columns'], footer: true },
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
  { id: 'help', keys: ['?'], label: 'help' },
  { id: 'redraw', keys: ['ctrl-l'], label: 'redraw' },
  { id: 'suspend', keys: ['ctrl-z'], label: 'suspend' },
  { id: 'quit', keys: ['q', 'ctrl-c'], label: 'quit', footer: true },
];

export function worksOn(binding: KeyBinding, place: KeyPlace): boolean {
  return binding.places === undefined ? place !== 'tuner' && place !== 'columns' : binding.places.includes(place);
}

/** docs/keys.md, printed from the keys themselves; a test keeps the file equal to it. */
export function keysPage(): string {
  const rows = KEYMAP.map((binding) => {
    const keys = binding.keys.map((key) => `\`${key}\``).join(' ');
    const where = binding.places?.join(', ') ?? 'everywhere';
    return `| ${keys} | ${binding.label} | ${where} | ${binding.act ? 'acts' : ''} | \`${binding.id}\` |`;
  });
  return [
    '# Keys',
    '',
    'Lower case looks, capitals act. Every act shows a plan first; `y` carries it out, `esc` closes it.',
    '',
    'These are the keys as they come; [console.md](console.md) says how to change them. `?` shows the keys in force.',
    '',
    '| key | what it does | where | | name |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
