import { answers, type LocalEndpoint, readEndpoint } from './places.ts';

/** Aborts at the first SIGTERM, SIGINT or SIGHUP; a second one ends the process at once, as an impatient person expects. */
export function untilTold(): AbortSignal {
  const told = new AbortController();
  onEndSignal((code, signal) => {
    if (told.signal.aborted) process.exit(code);
    told.abort(signal);
  });
  return told.signal;
}

/** Calls back at every SIGTERM, SIGINT and SIGHUP, with the exit code that a shell expects of it. */
export function onEndSignal(told: (exitCode: number, signal: NodeJS.Signals) => void): void {
  process.on('SIGTERM', () => told(143, 'SIGTERM'));
  process.on('SIGINT', () => told(130, 'SIGINT'));
  process.on('SIGHUP', () => told(129, 'SIGHUP'));
}

/** Aborts as well when the process that started this one is gone: its end of the pipe on stdin closes. */
export function untilOrphaned(): AbortSignal {
  const orphaned = new AbortController();
  process.stdin.on('end', () => orphaned.abort('parent gone'));
  process.stdin.on('error', () => orphaned.abort('parent gone'));
  process.stdin.resume();
  return orphaned.signal;
}

/** An embedded AWS that is restarted is back within seconds; instances wait as long for it. */
const GONE: GoneTimes = { afterMs: 60_000, lookEveryMs: 5_000 };

export interface GoneTimes {
  readonly afterMs: number;
  readonly lookEveryMs: number;
}

/** Aborts when the embedded AWS has not answered for a minute: what was left alone with it has nothing to do any more. */
export function untilGone(local: Pick<LocalEndpoint, 'name' | 'endpoint'>, times: GoneTimes = GONE): AbortSignal {
  const gone = new AbortController();
  let answeredMs = performance.now();
  const timer = setInterval(() => {
    // A restarted one answers at another port.
    void answers(readEndpoint(local.name) ?? local).then((isThere) => {
      if (isThere) answeredMs = performance.now();
      else if (performance.now() - answeredMs > times.afterMs) {
        clearInterval(timer);
        gone.abort('the embedded AWS is gone');
      }
    });
  }, times.lookEveryMs);
  timer.unref();
  return gone.signal;
}
