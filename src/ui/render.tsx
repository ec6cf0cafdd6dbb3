import { render } from 'ink';
import { alertSequence, keepAlerting } from './alert.ts';
import { App } from './app.tsx';
import { BACKGROUND_QUERY, BACKGROUND_WITHIN_MS, backgroundOf } from './background.ts';
import { clipboardSequence } from './clipboard.ts';
import type { Cockpit, TerminalControl } from './cockpit.ts';
import type { ConsoleOptions } from './console-options.ts';
import { FrameWriter } from './frame-writer.ts';
import { STATUS_REPLY } from './input-split.ts';
import { JobControl } from './job-control.ts';
import { flowOf } from './line-flow.ts';
import { cockpitOf, type MutableCockpit, repaint } from './make-cockpit.ts';
import { MOUSE_OFF, MOUSE_ON, mouseTo } from './mouse.ts';
import { setFilter, type UiStore } from './state.ts';
import type { TerminalHands } from './terminal-hands.ts';
import { TerminalInput } from './terminal-input.ts';
import { errorOutput, TerminalOutput } from './terminal-output.ts';

/** Whoever leaves waits so long for what the terminal still has to answer: the shell would take it for keys. */
const ANSWER_WITHIN_MS = 400;

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
