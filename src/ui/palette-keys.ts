import { keyContext } from './act.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import { commandOff, parseCommand } from './commands.ts';
import { goTo, openScreen } from './open-screen.ts';
import type { KeyPress } from './key-press.ts';
import type { KeyBinding } from './keymap.ts';
import { type Choice, type PaletteEntry, paletteEntries } from './palette.ts';
import { typedText } from './prompt-keys.ts';
import { type Prompt, setFilter, tell } from './state.ts';

type CommandPrompt = Extract<Prompt, { kind: 'command' }>;

/** Commands remembered: more nobody looks for. */
const COMMANDS_MAX = 50;

/** Deployments may have come and gone since it was open last. */
export function openPalette({ store, deployments }: Cockpit): void {
  const prompt = { kind: 'command', text: '', chosen: 0 } as const;
  store.setState({ isHelpOpen: false, prompt, deployments: deployments?.known() ?? [] });
}

/** Keys while a command is typed. `press`: what a key of the screen does, for an entry that is one. */
export function paletteKey(
  cockpit: Cockpit,
  prompt: CommandPrompt,
  { press, run }: { readonly press: KeyPress; readonly run: (binding: KeyBinding) => void },
): void {
  const { store } = cockpit;
  const set = (change: Partial<CommandPrompt>): void => store.setState({ prompt: { ...prompt, ...change } });
  const entries = (): readonly PaletteEntry[] => paletteEntries(frameOf(cockpit), keyContext(cockpit), prompt.text);
  switch (press.name) {
    case 'esc':
      return store.setState({ prompt: undefined });
    case 'up':
    case 'ctrl-p':
      return set({ chosen: Math.max(0, prompt.chosen - 1) });
    case 'down':
    case 'ctrl-n':
      return set({ chosen: Math.min(Math.max(0, entries().length - 1), prompt.chosen + 1) });
    case 'tab':
      return set({ text: completion(entries(), prompt), chosen: 0 });
    case 'enter':
      return choose(cockpit, entries()[prompt.chosen], { prompt, run });
    default: {
      const text = typedText(prompt.text, press);
      if (text !== undefined) set({ text, chosen: 0 });
      // Rubbing out the nothing behind the colon leaves, as in vi.
      if (text === '' && prompt.text === '') store.setState({ prompt: undefined });
    }
  }
}

/** What tab makes of the text: the chosen entry, or the first below it that is more than what is typed already. */
function completion(entries: readonly PaletteEntry[], { text, chosen }: CommandPrompt): string {
  const more = entries.slice(chosen).find(({ completes }) => completes.trim() !== text.trim());
  return more?.completes ?? text;
}

function choose(
  cockpit: Cockpit,
  entry: PaletteEntry | undefined,
  { prompt, run }: { readonly prompt: CommandPrompt; readonly run: (binding: KeyBinding) => void },
): void {
  const { store } = cockpit;
  if (entry === undefined) {
    const word = prompt.text.trim();
    store.setState({ prompt: undefined });
    return word === '' ? undefined : tell(store, `nothing is called "${word}"; : alone lists what there is`, 'attention'); // prettier-ignore
  }
  if (entry.off !== undefined) {
    store.setState({ prompt: undefined });
    return tell(store, `${entry.title}: ${entry.off}`, 'attention');
  }
  // A command that was picked, and not typed, may want arguments: they are typed next.
  const wantsMore = entry.completes.endsWith(' ') && entry.choice.kind === 'command' && prompt.text.trim() !== entry.choice.text; // prettier-ignore
  if (wantsMore) return store.setState({ prompt: { ...prompt, text: entry.completes, chosen: 0 } });
  store.setState({ prompt: undefined, message: undefined });
  carryOut(cockpit, entry, run);
}

function carryOut(cockpit: Cockpit, { choice, title }: PaletteEntry, run: (binding: KeyBinding) => void): void {
  const { store } = cockpit;
  switch (choice.kind) {
    case 'key':
      return run(choice.binding);
    case 'command':
      return runCommand(cockpit, choice);
    case 'filter':
      openScreen(cockpit, choice.screen);
      return setFilter(store, choice.screen, choice.filter);
    case 'go':
      if (choice.id === '') return openScreen(cockpit, choice.screen);
      if (!goTo(cockpit, choice.screen, choice.id)) tell(store, `${title} is not there any more`, 'attention');
  }
}

function runCommand(cockpit: Cockpit, { text }: Extract<Choice, { kind: 'command' }>): void {
  const { store } = cockpit;
  const parsed = parseCommand(text, store.getState());
  if (parsed === undefined) return;
  const said = `${parsed.command.name} ${parsed.said}`.trim();
  store.setState(({ commands }) => ({
    commands: [said, ...commands.filter((one) => one !== said)].slice(0, COMMANDS_MAX),
  }));
  const off = commandOff(parsed.command, keyContext(cockpit));
  const problem = off ?? parsed.command.run(cockpit, parsed.args, parsed.said);
  if (problem !== undefined) tell(store, `:${said}: ${problem}`, 'attention');
}
