import type { Cockpit, SaveFile, UiClock } from './cockpit.ts';
import type { ConsoleOptions } from './console-options.ts';
import { OWN_KEYS } from './effective-keys.ts';
import type { FrameWriter } from './frame-writer.ts';
import { UNDO_MS } from './held-acts.ts';
import type { Background } from './palettes.ts';
import { createUiStore, tell } from './state.ts';
import { takeTables } from './table-memory.ts';
import { makeTheme, type Theme } from './theme.ts';
import { forgetfulMemory } from './ui-memory.ts';

const systemClock: UiClock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  every: (intervalMs, call) => {
    const timer = setInterval(call, intervalMs);
    return () => clearInterval(timer);
  },
  soon: (call) => void setImmediate(call),
};

export interface MutableCockpit extends Cockpit {
  theme: Theme;
  background: Background | undefined;
}

const nothingSaved: SaveFile = async () => ({ ok: false, why: 'no file can be written from here' });

/** Everything that keys and frames reach, as the options have it. */
export function cockpitOf(
  options: ConsoleOptions,
  { frames, terminal }: { readonly frames: FrameWriter } & Pick<Cockpit, 'terminal'>,
): MutableCockpit {
  const { stdout, engine } = options;
  const clock = options.clock ?? systemClock;
  const store = createUiStore({ size: { columns: stdout.columns || 80, rows: stdout.rows || 24 }, now: clock.now() });
  store.setState({
    ownMaster: engine.ownMaster(),
    programFacts: options.programFacts ?? [],
    programs: options.programs ?? [],
  });
  const memory = options.memory?.((sentence) => tell(store, sentence, 'attention')) ?? forgetfulMemory();
  takeTables(store, memory.load());
  if (options.readOnly === true) store.setState({ isReadOnly: true });
  if (options.dryRun === 'on') {
    engine.setDryRun('on');
    store.setState({ isDryRun: true });
  }
  const cockpit: MutableCockpit = {
    engine,
    store,
    clock,
    openTuner: options.openTuner,
    readJobs: options.readJobs,
    saveFile: options.saveFile ?? nothingSaved,
    deployments: options.deployments,
    screenText: () => frames.text(),
    terminal,
    undoMs: options.undoMs ?? UNDO_MS,
    background: undefined,
    paintAs: (name) => {
      if (options.themeNamed !== undefined) repaint(cockpit, options.themeNamed(name, cockpit.background));
      return options.themeNamed !== undefined;
    },
    theme: options.theme ?? makeTheme({ color: options.color ?? true, ascii: options.ascii ?? false }),
    keymap: options.keymap ?? OWN_KEYS,
    memory,
  };
  return cockpit;
}

export function repaint(cockpit: MutableCockpit, theme: Theme): void {
  cockpit.theme = theme;
  cockpit.store.setState(({ redraws }) => ({ redraws: redraws + 1 }));
}
