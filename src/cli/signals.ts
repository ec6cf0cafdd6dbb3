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
