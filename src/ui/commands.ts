import { tuneBid } from './act.ts';
import { propose } from './propose.ts';
import { ACT_COMMANDS, MODE_COMMANDS } from './act-commands.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import { FILE_COMMANDS } from './file-commands.ts';
import { nextMatch } from './find.ts';
import type { Frame } from './frame.ts';
import { openScreen } from './open-screen.ts';
import { type KeyContext, type KeyId, KEYMAP } from './keymap.ts';
import { sortBy } from './navigate.ts';
import { forgetFilter, saveFilter, savedFilters } from './saved-filters.ts';
import { SCREENS, SCREEN_TITLES } from './screens.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import { programCommands } from './programs.ts';
import { setFilter, tell, type UiState } from './state.ts';
import { USE_COMMAND } from './use-deployment.ts';

/** A command that is given with its arguments after `:`. What needs none is a key, and offered from the keymap. */
export interface WordCommand {
  readonly name: string;
  /** As in "[COUNT] [POOL]". */
  readonly usage: string;
  readonly about: string;
  /** The key that does the like: the command is off where the key is. */
  readonly like?: KeyId;
  /** What the arguments may be, whole, the likeliest first. `said`: what is typed of them. */
  complete?(frame: Frame, said: string): readonly string[];
  /** Returns what is wrong with the arguments, for a person; undefined when it was done. */
  run(cockpit: Cockpit, args: readonly string[], text: string): string | undefined;
}

const LAUNCH_MAX = 9_999;

function poolIds({ snapshot }: Pick<Frame, 'snapshot'>): readonly string[] {
  return snapshot.settings.pools.map(({ id }) => id);
}

function launch(cockpit: Cockpit, args: readonly string[]): string | undefined {
  const [first = '1'] = args;
  const [count, pool] = /^\d+$/.test(first) ? [Number(first), args[1]] : [1, first];
  if (count < 1 || count > LAUNCH_MAX) return `launch wants a count from 1 to ${LAUNCH_MAX}`;
  const known = poolIds(frameOf(cockpit));
  if (pool !== undefined && !known.includes(pool))
    return `there is no pool "${pool}"; there are: ${known.join(', ') || 'none'}`;
  propose(cockpit, { kind: 'workers.launch', count, pool }, 'enter');
  return undefined;
}

function bid(cockpit: Cockpit, [pool, price]: readonly string[]): string | undefined {
  const frame = frameOf(cockpit);
  const known = [...new Set([...poolIds(frame), ...Object.keys(frame.snapshot.markets)])];
  if (pool === undefined) return 'bid wants a pool, and a price in $/h';
  if (!known.includes(pool)) return `there is no pool "${pool}"; there are: ${known.join(', ') || 'none'}`;
  if (price === undefined) return tuneBid(cockpit, pool);
  const usdPerHour = Number(price.replace(/^\$/, ''));
  if (!Number.isFinite(usdPerHour) || usdPerHour < 0) return `"${price}" is no price in $/h`;
  propose(cockpit, { kind: 'bid.set', pool, usdPerHour }, 'enter');
  return undefined;
}

function sort(cockpit: Cockpit, [column = '', direction = 'up']: readonly string[]): string | undefined {
  const { sorts = [] } = SCREEN_SPECS[cockpit.store.getState().screen];
  if (!sorts.includes(column)) return `this screen sorts by ${sorts.join(', ') || 'nothing'}`;
  if (direction !== 'up' && direction !== 'down') return `"${direction}" is neither up nor down`;
  sortBy(cockpit, { column, direction });
  return undefined;
}

function filter(cockpit: Cockpit, text: string): string | undefined {
  const { store } = cockpit;
  const { screen } = store.getState();
  const spec = SCREEN_SPECS[screen].filter;
  if (spec === undefined) return 'the rows of this screen cannot be filtered';
  const [problem] = spec.parse(text).problems;
  if (problem !== undefined) return problem;
  setFilter(store, screen, text);
  return undefined;
}

/** All of them, in the order in which they are offered. A further one is one of these. */
export const COMMANDS: readonly WordCommand[] = [
  {
    name: 'launch',
    usage: '[COUNT] [POOL]',
    about: 'plan to launch workers',
    like: 'launch',
    complete: (frame, said) => poolIds(frame).map((pool) => `${/^\d+/.exec(said)?.[0] ?? '1'} ${pool}`),
    run: launch,
  },
  {
    name: 'bid',
    usage: 'POOL [PRICE]',
    about: 'plan a bid in $/h; without a price, tune it',
    like: 'launch',
    complete: poolIds,
    run: bid,
  },
  ...ACT_COMMANDS,
  {
    name: 'filter',
    usage: '[TEXT]',
    about: 'show only rows that match; empty shows all',
    complete: ({ ui }) => (SCREEN_SPECS[ui.screen].filter?.columns ?? []).map((column) => `${column}:`),
    run: (cockpit, _, text) => filter(cockpit, text),
  },
  {
    name: 'sort',
    usage: 'COLUMN [up|down]',
    about: 'sort the rows',
    complete: ({ ui }) => (SCREEN_SPECS[ui.screen].sorts ?? []).flatMap((column) => [column, `${column} down`]),
    run: sort,
  },
  {
    name: 'find',
    usage: 'TEXT',
    about: 'go to the next row that has it; n N go on',
    run: (cockpit, _, text) => {
      if (text === '') return 'find wants a text';
      cockpit.store.setState({ search: { text, isShown: true } });
      return void nextMatch(cockpit, 1);
    },
  },
  {
    name: 'save',
    usage: 'NAME',
    about: 'keep the filter of this screen',
    complete: ({ ui, snapshot }) => savedFilters(ui, snapshot).map(({ name }) => name),
    run: (cockpit, [name = '']) => {
      const problem = saveFilter(cockpit, frameOf(cockpit).snapshot, name);
      if (problem === undefined) tell(cockpit.store, `saved: :${name} brings it back`);
      return problem;
    },
  },
  {
    name: 'forget',
    usage: 'NAME',
    about: 'forget a saved filter',
    complete: ({ ui, snapshot }) => savedFilters(ui, snapshot).map(({ name }) => name),
    run: (cockpit, [name = '']) => {
      const problem = forgetFilter(cockpit, frameOf(cockpit).snapshot, name);
      if (problem === undefined) tell(cockpit.store, `forgotten: ${name}`);
      return problem;
    },
  },
  {
    name: 'mine',
    usage: '',
    about: 'the jobs that you submitted',
    run: (cockpit) => {
      const { deployment } = frameOf(cockpit).snapshot;
      if (deployment === undefined) return 'not connected yet';
      openScreen(cockpit, 'jobs');
      setFilter(cockpit.store, 'jobs', `owner="${deployment.identity}"`);
      return undefined;
    },
  },
  ...FILE_COMMANDS,
  ...MODE_COMMANDS,
  USE_COMMAND,
  ...SCREENS.map((screen): WordCommand => ({
    name: screen,
    usage: SCREEN_SPECS[screen].filter === undefined ? '' : '[FILTER]',
    about: `open ${SCREEN_TITLES[screen]}`,
    run: (cockpit, _, text) => {
      openScreen(cockpit, screen);
      return text === '' ? undefined : filter(cockpit, text);
    },
  })),
];

/** Those of the console, and the operator's own behind them. */
export function commandsIn(ui: Pick<UiState, 'programs'>): readonly WordCommand[] {
  return ui.programs.length === 0 ? COMMANDS : [...COMMANDS, ...programCommands(ui)];
}

/** "launch 4 c5.large/us-east-1a": the command, and what stands behind it. */
export function parseCommand(
  text: string,
  ui: Pick<UiState, 'programs'>,
): { readonly command: WordCommand; readonly args: readonly string[]; readonly said: string } | undefined {
  const [, name = '', said = ''] = /^\s*(\S+)(?:\s+(.*))?$/s.exec(text) ?? [];
  const command = commandsIn(ui).find((one) => one.name === name.toLowerCase());
  return command && { command, args: said.split(/\s+/).filter((arg) => arg !== ''), said: said.trim() };
}

/** Why a command does nothing now; undefined when it works. */
export function commandOff({ like }: WordCommand, context: KeyContext): string | undefined {
  return KEYMAP.find(({ id }) => id === like)?.disabledReason?.(context);
}
