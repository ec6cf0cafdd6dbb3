import { propose } from './act.ts';
import type { Cockpit } from './cockpit.ts';
import type { KeyPress } from './key-press.ts';
import { type Dialog, tell } from './state.ts';

/** A command that is typed after a colon. */
export interface TypedCommand {
  readonly name: string;
  /** What follows it, for a person; '' where nothing does. */
  readonly argument: string;
  readonly label: string;
  run(cockpit: Cockpit, argument: string): void;
}

/** Commands that act, and those that change how acts are done. */
export const ACT_COMMANDS: readonly TypedCommand[] = [
  {
    name: 'submit',
    argument: 'FILE',
    label: 'submit the job documents of a file',
    run: submitFile,
  },
  {
    name: 'dry-run',
    argument: '',
    label: 'plans only tell what they would do, until it is said again',
    run: toggleDryRun,
  },
];

export function commandHint(typed: string): string {
  const [word = ''] = typed.split(' ');
  const fitting = ACT_COMMANDS.filter(({ name }) => name.startsWith(word));
  if (fitting.length === 0) return `there is no command ${word}; esc leaves`;
  return fitting.map(({ name, argument, label }) => `${name}${argument === '' ? '' : ` ${argument}`}: ${label}`).join('   '); // prettier-ignore
}

export function commandKey(cockpit: Cockpit, dialog: Extract<Dialog, { kind: 'command' }>, press: KeyPress): void {
  const { store } = cockpit;
  const set = (typed: string): void => store.setState({ dialog: { kind: 'command', typed, problem: [] } });
  if (press.name === 'esc') return store.setState({ dialog: undefined });
  if (press.name === 'backspace' || press.name === 'delete') return set([...dialog.typed].slice(0, -1).join(''));
  if (press.name === 'ctrl-u') return set('');
  if (press.name === 'tab') return set(completed(dialog.typed));
  if (press.name === 'enter') return runTyped(cockpit, dialog.typed);
  if (press.text !== '') set(dialog.typed + press.text);
}

function completed(typed: string): string {
  const [only, ...others] = ACT_COMMANDS.filter(({ name }) => name.startsWith(typed));
  return only === undefined || others.length > 0 ? typed : `${only.name} `;
}

/** By its whole name, or the only one that begins so. */
function runTyped(cockpit: Cockpit, typed: string): void {
  const { store } = cockpit;
  const text = typed.trim();
  if (text === '') return store.setState({ dialog: undefined });
  const [word = ''] = text.split(/\s+/);
  const [only, ...others] = ACT_COMMANDS.filter(({ name }) => name.startsWith(word));
  if (only === undefined || others.length > 0) return tell(store, `there is no command ${word}: ${ACT_COMMANDS.map(({ name }) => name).join(', ')}`, 'attention'); // prettier-ignore
  store.setState({ dialog: undefined });
  only.run(cockpit, text.slice(word.length).trim());
}

/** Reads the file, and shows what would be submitted, or what is wrong with it line by line. */
function submitFile(cockpit: Cockpit, file: string): void {
  const { store, engine, readJobs } = cockpit;
  if (!engine.abilities().acts) return tell(store, 'this console is read-only; start it without --read-only to act');
  if (file === '') return tell(store, 'say which file: :submit FILE', 'attention');
  tell(store, `reading ${file}`);
  void readJobs(file).then((read) => {
    // Whoever has begun something else meanwhile is not thrown out of it.
    if (store.getState().dialog !== undefined) return tell(store, `${file} was read; say it again to submit it`);
    if (read.ok) return propose(cockpit, { kind: 'jobs.submit', source: file, jobs: read.jobs }, ':');
    store.setState({
      dialog: { kind: 'command', typed: `submit ${file}`, problem: read.problems },
      message: undefined,
    });
  });
}

export function toggleDryRun({ engine, store }: Cockpit): void {
  const isOn = !engine.abilities().dryRun;
  engine.setDryRun(isOn ? 'on' : 'off');
  store.setState({ isDryRun: isOn });
  tell(store, isOn ? 'dry run: from now on plans only tell what they would do' : 'no dry run any more: plans are carried out'); // prettier-ignore
}
