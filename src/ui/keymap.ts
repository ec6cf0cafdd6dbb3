import type { ScreenId } from './screens.ts';

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
  | 'log'
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
  | 'terminate';

/** What a key's availability may depend on. */
export interface KeyContext {
  readonly screen: ScreenId;
  /** Something is under the cursor. */
  readonly hasTarget: boolean;
  readonly isPaused: boolean;
}

export interface KeyBinding {
  readonly id: KeyId;
  /** As `use-keys.ts` names them: the character itself, or a word such as `enter` or `ctrl-f`. */
  readonly keys: readonly string[];
  readonly label: string;
  /** Where it works; everywhere when absent. */
  readonly screens?: readonly ScreenId[];
  /** It opens a plan. */
  readonly act?: true;
  /** Shown in the footer, in this order; absent = only in the help. */
  readonly footer?: true;
  /** Why it does nothing now, for a person; undefined when it works. */
  readonly disabledReason?: (context: KeyContext) => string | undefined;
}

const LISTS: readonly ScreenId[] = ['jobs', 'workers', 'market', 'book'];

function needsTarget(what: string): (context: KeyContext) => string | undefined {
  return (context) =>
    context.isPaused ? 'paused: z goes on' : context.hasTarget ? undefined : `no ${what} under the cursor`;
}
function needsPresent(context: KeyContext): string | undefined {
  return context.isPaused ? 'paused: z goes on' : undefined;
}

export const KEYMAP: readonly KeyBinding[] = [
  { id: 'launch', keys: ['L'], label: 'launch', act: true, footer: true, disabledReason: needsPresent },
  {
    id: 'bid',
    keys: ['B'],
    label: 'bid',
    screens: ['market'],
    act: true,
    footer: true,
    disabledReason: needsTarget('pool'),
  },
  {
    id: 'checkpoint',
    keys: ['C'],
    label: 'checkpoint',
    screens: ['jobs', 'workers'],
    act: true,
    footer: true,
    disabledReason: needsTarget('row'),
  },
  {
    id: 'kill',
    keys: ['K'],
    label: 'kill',
    screens: ['jobs', 'workers'],
    act: true,
    footer: true,
    disabledReason: needsTarget('row'),
  },
  {
    id: 'terminate',
    keys: ['T'],
    label: 'terminate',
    screens: ['workers'],
    act: true,
    disabledReason: needsTarget('worker'),
  },
  { id: 'up', keys: ['up', 'k'], label: 'up', screens: LISTS },
  { id: 'down', keys: ['down', 'j'], label: 'down', screens: LISTS },
  { id: 'left', keys: ['left', 'h'], label: 'left, lower bid', screens: ['workers', 'market'] },
  { id: 'right', keys: ['right', 'l'], label: 'right, higher bid', screens: ['workers', 'market'] },
  { id: 'top', keys: ['g', 'home'], label: 'first', screens: LISTS },
  { id: 'bottom', keys: ['G', 'end'], label: 'last', screens: LISTS },
  { id: 'page-down', keys: ['ctrl-f', 'pagedown'], label: 'page down', screens: LISTS },
  { id: 'page-up', keys: ['ctrl-b', 'pageup'], label: 'page up', screens: LISTS },
  { id: 'half-down', keys: ['ctrl-d'], label: 'half a page down', screens: LISTS },
  { id: 'half-up', keys: ['ctrl-u'], label: 'half a page up', screens: LISTS },
  { id: 'filter', keys: ['/'], label: 'filter', screens: ['jobs', 'workers'], footer: true },
  { id: 'open', keys: ['enter'], label: 'open', screens: ['jobs', 'workers'], footer: true },
  { id: 'why', keys: ['w'], label: 'why', screens: ['jobs', 'workers'], footer: true },
  { id: 'back', keys: ['esc'], label: 'back, clear' },
  { id: 'pane', keys: ['tab'], label: 'grid or table', screens: ['workers'], footer: true },
  { id: 'sort', keys: ['s'], label: 'sort', screens: ['jobs'], footer: true },
  { id: 'reverse', keys: ['r'], label: 'reverse the order', screens: ['jobs'] },
  { id: 'faults', keys: ['f'], label: 'faults', screens: ['overview', 'jobs'], footer: true },
  { id: 'next', keys: ['n'], label: 'next fault', screens: ['jobs'] },
  { id: 'previous', keys: ['N'], label: 'previous fault', screens: ['jobs'] },
  { id: 'mark', keys: ['space'], label: 'mark', screens: ['jobs', 'workers'] },
  { id: 'log', keys: ['l'], label: 'log', screens: ['jobs'] },
  { id: 'copy', keys: ['y'], label: 'copy the id', screens: LISTS },
  { id: 'pause', keys: ['z'], label: 'pause the screen' },
  { id: 'screen-1', keys: ['1'], label: 'Overview' },
  { id: 'screen-2', keys: ['2'], label: 'Jobs' },
  { id: 'screen-3', keys: ['3'], label: 'Workers' },
  { id: 'screen-4', keys: ['4'], label: 'Market' },
  { id: 'screen-5', keys: ['5'], label: 'Book' },
  { id: 'help', keys: ['?'], label: 'help' },
  { id: 'redraw', keys: ['ctrl-l'], label: 'redraw' },
  { id: 'suspend', keys: ['ctrl-z'], label: 'suspend' },
  { id: 'quit', keys: ['q', 'ctrl-c'], label: 'quit', footer: true },
];

export function worksOn(binding: KeyBinding, screen: ScreenId): boolean {
  return binding.screens === undefined || binding.screens.includes(screen);
}

/** What a key means on a screen. */
export function bindingFor(key: string, screen: ScreenId): KeyBinding | undefined {
  return KEYMAP.find((binding) => binding.keys.includes(key) && worksOn(binding, screen));
}

export function footerBindings(screen: ScreenId): readonly KeyBinding[] {
  return KEYMAP.filter((binding) => binding.footer && worksOn(binding, screen));
}

/** docs/keys.md, printed from the keys themselves; a test keeps the file equal to it. */
export function keysPage(): string {
  const rows = KEYMAP.map((binding) => {
    const keys = binding.keys.map((key) => `\`${key}\``).join(' ');
    return `| ${keys} | ${binding.label} | ${binding.screens?.join(', ') ?? 'everywhere'} | ${binding.act ? 'acts' : ''} |`;
  });
  return [
    '# Keys',
    '',
    'Lower case looks, capitals act. Every act shows a plan first; `y` carries it out, `esc` closes it.',
    '',
    '| key | what it does | where | |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
