import fs from 'node:fs';
import tty from 'node:tty';

/**
 * Everything that a program of ours may have switched on, off again; the alternate screen is left last, so that nothing
 * of it is lost on the other one. Mouse (six modes), focus, paste, synchronized output, kitty's keys, colours, wrapping, cursor.
 */
export const RESET =
  '\u001b[?2026l\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1005l\u001b[?1006l\u001b[?1015l' +
  '\u001b[?2004l\u001b[?1004l\u001b[<u\u001b[0m\u001b[?25h\u001b[?7h\u001b[?1049l';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;
/** A terminal whose hangup was not told (its session had other plans with SIGHUP) is missed after this long. */
const LOOK_EVERY_MS = 5_000;

/** The screen on the terminal, as far as its end is concerned. */
export interface Guarded {
  /** Takes the screen away; may throw, for instance because the terminal is gone. */
  unmount(): void;
  /** The terminal is the shell's now, and nothing may be written to it. */
  isAway(): boolean;
}

export interface Guard {
  /** The screen is gone, and there is nothing left to put away: from here on a signal ends the process as it does without us. */
  release(): void;
  /** The screen is gone, and `end` still has to put things away: it goes on hearing of signals, and the terminal is left alone. */
  giveUp(): void;
}

/**
 * Gives the terminal back, whatever ends us: a signal, an error that nobody caught, the loss of the terminal. `end` then
 * ends the process, at once or after it has put its things away; it is called with the exit code that a shell expects, and again
 * when there is another reason.
 */
export function guardTerminal(screen: Guarded, end: (exitCode: number) => void): Guard {
  let isOver = false;
  const leave = (exitCode: number, error?: unknown): void => {
    if (!isOver) giveBack(screen);
    isOver = true;
    if (error !== undefined)
      writeNow(2, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    end(exitCode);
  };
  const listeners: readonly (readonly [string, (reason: unknown) => void])[] = [
    ...Object.entries(SIGNALS).map(([name, code]) => [name, () => leave(code)] as const),
    ['uncaughtException', (error) => leave(1, error)],
    ['unhandledRejection', (error) => leave(1, error)],
  ];
  for (const [event, listener] of listeners) process.on(event, listener);
  const gone = (): void => leave(SIGNALS.SIGHUP);
  // The other end of the terminal is closed: an end of file where there can be none.
  process.stdin.once('end', gone);
  process.stdin.once('error', gone);
  const looking = setInterval(() => {
    if (!tty.isatty(0) || !tty.isatty(1)) gone();
  }, LOOK_EVERY_MS).unref();
  return {
    giveUp() {
      isOver = true;
    },
    release() {
      isOver = true;
      clearInterval(looking);
      for (const [event, listener] of listeners) process.off(event, listener);
      process.stdin.off('end', gone);
      process.stdin.off('error', gone);
    },
  };
}

function giveBack(screen: Guarded): void {
  if (screen.isAway()) return;
  try {
    screen.unmount();
    process.stdin.setRawMode(false);
  } catch {
    // A terminal that is gone takes nothing back, and the rest of the end is still to come.
  }
  writeNow(1, RESET);
}

/** Before anything else happens: what is still queued when a process ends is lost. */
function writeNow(descriptor: 1 | 2, text: string): void {
  try {
    fs.writeSync(descriptor, text);
  } catch {
    // Nobody is there to read it.
  }
}
