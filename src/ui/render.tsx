import { render } from 'ink';
import type { Engine } from '../engine/model/engine.ts';
import type { OpenTuner } from '../engine/model/tuner.ts';
import type { DurationMs } from '../engine/model/units.ts';
import { type Alert, alertSequence, keepAlerting } from './alert.ts';
import { App } from './app.tsx';
import { BACKGROUND_QUERY, BACKGROUND_WITHIN_MS, backgroundOf } from './background.ts';
import { clipboardSequence, type Multiplexer } from './clipboard.ts';
import type { Cockpit, ReadJobs, SaveFile, TerminalControl, UiClock } from './cockpit.ts';
import { type Keymap, OWN_KEYS } from './effective-keys.ts';
import type { Deployments } from './destination.ts';
import { FrameWriter } from './frame-writer.ts';
import { UNDO_MS } from './held-acts.ts';
import { JobControl } from './job-control.ts';
import { STATUS_REPLY } from './input-split.ts';
import { flowOf } from './line-flow.ts';
import { MOUSE_OFF, MOUSE_ON, mouseTo } from './mouse.ts';
import type { Background, ThemeName } from './palettes.ts';
import type { ScreenId } from './screens.ts';
import { createUiStore, setFilter, tell, type UiState, type UiStore } from './state.ts';
import type { TerminalHands } from './terminal-hands.ts';
import { TerminalInput } from './terminal-input.ts';
import { errorOutput, TerminalOutput } from './terminal-output.ts';
import { makeTheme, type Theme } from './theme.ts';
import { takeTables } from './table-memory.ts';
import { forgetfulMemory, type UiMemory } from './ui-memory.ts';

/** Whoever leaves waits so long for what the terminal still has to answer: the shell would take it for keys. */
const ANSWER_WITHIN_MS = 400;

export interface ConsoleOptions {
  readonly engine: Engine;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr?: NodeJS.WriteStream;
  /** A plain theme, where no other is given. */
  readonly color?: boolean;
  readonly ascii?: boolean;
  readonly theme?: Theme;
  /** What to paint with once the terminal has told its background; absent where it is not asked. */
  readonly themeOn?: (background: Background) => Theme;
  /** Another theme, where the operator asks for one; `background` is what the terminal has told, undefined where it has not. */
  readonly themeNamed?: (name: ThemeName, background: Background | undefined) => Theme;
  readonly keymap?: Keymap;
  /** Made with the way to tell the operator of its trouble. */
  readonly memory?: (tell: (sentence: string) => void) => UiMemory;
  readonly screen?: ScreenId;
  /** Of the screen to start on. */
  readonly filter?: string;
  /** What the program knows of itself and its terminal, for the Doctor. */
  readonly programFacts?: UiState['programFacts'];
  readonly programs?: UiState['programs'];
  readonly hasMouse?: boolean;
  readonly multiplexer?: Multiplexer;
  readonly alert?: Alert;
  readonly clock?: UiClock;
  /** False where the console object is somebody else's, as in a test runner. */
  readonly patchConsole?: boolean;
  readonly openTuner: OpenTuner;
  readonly readJobs: ReadJobs;
  /** Absent: nothing can be written here. */
  readonly saveFile?: SaveFile;
  /** Absent: this console has one deployment, and cannot open another. */
  readonly deployments?: Deployments;
  /** How long what ends something can still be undone; 0 = it is carried out at once. */
  readonly undoMs?: DurationMs;
  /** 'on': the session begins as a dry run. */
  readonly dryRun?: 'on' | 'off';
  /** Acts are refused by the engine; this is only told. */
  readonly readOnly?: boolean;
  /** False where the process is somebody else's: then it is never stopped. */
  readonly jobControl?: boolean;
}

export interface RunningConsole {
  /** Resolves when the operator has left. */
  waitUntilExit(): Promise<void>;
  unmount(): void;
  /** Resolves when all that is known so far is on the terminal. */
  painted(): Promise<void>;
  /** The terminal is the shell's: the operator pressed ctrl-z. */
  isAway(): boolean;
  /** For tests, and for whoever wants to open a screen from outside. */
  readonly store: UiStore;
}

const systemClock: UiClock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  every: (intervalMs, call) => {
    const timer = setInterval(call, intervalMs);
    return () => clearInterval(timer);
  },
  soon: (call) => void setImmediate(call),
};

/** Takes the terminal over and shows the console until the operator leaves. */
export function renderConsole(options: ConsoleOptions): RunningConsole {
  const { stdout } = options;
  const frames = new FrameWriter(stdout);
  let control: TerminalControl | undefined;
  const cockpit = cockpitOf(options, { frames, terminal: () => control });
  const { store } = cockpit;
  beginWith(cockpit, options);
  const flow = flowOf(stdout);
  const terminalInput = new TerminalInput(options.stdin, {
    reply: (reply) => (reply === STATUS_REPLY ? flow.answered() : onReply(reply)),
    isAsked: () => flow.isAsking,
    raw: (isRaw) => {
      flow.isHeard = isRaw;
    },
    mouse: (report) => control !== undefined && mouseTo(cockpit, control, report),
  });
  const jobControl = options.jobControl === false ? undefined : new JobControl();
  const mode = (sequence: string): void => void (options.hasMouse === true && stdout.write(sequence));
  const hands: TerminalHands = {
    settled: () => flow.settled(ANSWER_WITHIN_MS),
    stop: async () => {
      mode(MOUSE_OFF);
      await jobControl?.stop();
    },
    back: () => mode(MOUSE_ON),
    copy: (text) => {
      const sequence = clipboardSequence(text, options.multiplexer);
      if (sequence !== undefined) stdout.write(sequence);
      return sequence !== undefined;
    },
    ready: (now) => {
      control = now;
    },
  };
  const instance = render(<App cockpit={cockpit} hands={hands} frames={frames} />, {
    stdout: new TerminalOutput(stdout, frames) as unknown as NodeJS.WriteStream,
    stdin: terminalInput as unknown as NodeJS.ReadStream,
    stderr: errorOutput(options.stderr ?? process.stderr, frames),
    alternateScreen: true,
    exitOnCtrlC: false,
    // What a library prints would otherwise land in the middle of a frame.
    patchConsole: options.patchConsole ?? true,
    interactive: true,
  });
  mode(MOUSE_ON);
  const onReply = asking(cockpit, options, { input: terminalInput, painted: instance.waitUntilRenderFlush() });
  const { alert = 'none' } = options;
  const call = (sentence: string): void => void stdout.write(alertSequence(alert, sentence, options.multiplexer));
  const stops = [
    forgetWhenResized(frames),
    alert === 'none' ? undefined : keepAlerting(cockpit, call),
    jobControl?.onContinued(() => control?.redraw()),
  ];
  const leave = (): void => {
    for (const stop of stops) stop?.();
    mode(MOUSE_OFF);
  };
  return {
    waitUntilExit: async () => {
      await instance.waitUntilExit();
      leave();
    },
    unmount: () => {
      leave();
      instance.unmount();
    },
    painted: () => instance.waitUntilRenderFlush(),
    isAway: () => jobControl?.isAway ?? false,
    store,
  };
}

/** Made smaller and larger again at once, a terminal may have lost what stood at its edges, and its size is what it was. */
function forgetWhenResized(frames: FrameWriter): () => void {
  const forget = (): void => frames.forget();
  process.on('SIGWINCH', forget);
  return () => void process.off('SIGWINCH', forget);
}

interface MutableCockpit extends Cockpit {
  theme: Theme;
  background: Background | undefined;
}

const nothingSaved: SaveFile = async () => ({ ok: false, why: 'no file can be written from here' });

function cockpitOf(
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

function repaint(cockpit: MutableCockpit, theme: Theme): void {
  cockpit.theme = theme;
  cockpit.store.setState(({ redraws }) => ({ redraws: redraws + 1 }));
}

/** Asks for the background once the first frame is there, and no key of an echo can spoil it. Returns what hears the answer. */
function asking(
  cockpit: MutableCockpit,
  { stdout, themeOn }: ConsoleOptions,
  { input, painted }: { readonly input: TerminalInput; readonly painted: Promise<unknown> },
): (reply: string) => void {
  if (themeOn === undefined) return () => undefined;
  let askedMs = Infinity;
  void painted.then(() => {
    askedMs = cockpit.clock.monotonicMs();
    input.awaitsReply = true;
    stdout.write(BACKGROUND_QUERY);
  });
  return (reply) => {
    const background = backgroundOf(reply);
    if (background === undefined) return;
    input.awaitsReply = false;
    // Later, the operator would see the colours change under his eyes.
    if (cockpit.clock.monotonicMs() - askedMs > BACKGROUND_WITHIN_MS) return;
    cockpit.background = background;
    repaint(cockpit, themeOn(background));
  };
}

/** What is remembered, and where the operator wants to start. */
function beginWith({ store, memory }: Cockpit, { screen, filter }: ConsoleOptions): void {
  store.setState({ savedFilters: memory.load().filters ?? {}, ...(screen !== undefined && { screen }) });
  if (filter !== undefined) setFilter(store, store.getState().screen, filter);
}
