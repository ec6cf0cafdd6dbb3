/** Aborts at the first SIGTERM, SIGINT or SIGHUP; a second one ends the process at once, as an impatient person expects. */
export function untilTold(): AbortSignal {
  const told = new AbortController();
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      if (told.signal.aborted) process.exit(code);
      told.abort(signal);
    });
  }
  return told.signal;
}

/** Aborts as well when the process that started this one is gone: its end of the pipe on stdin closes. */
export function untilOrphaned(): AbortSignal {
  const orphaned = new AbortController();
  process.stdin.on('end', () => orphaned.abort('parent gone'));
  process.stdin.on('error', () => orphaned.abort('parent gone'));
  process.stdin.resume();
  return orphaned.signal;
}
