import fs from 'node:fs';
import type { Pulse } from './process-tree.ts';

/** The sign of life that instances watch for. */
export interface Beating {
  readonly pulse: Pulse;
  stop(): void;
}

/** How many looks an instance takes before it believes that its AWS is gone: a single slow beat must not end it. */
const LOOKS = 12;

/** Writes a changing text into a file, in place, twice per look: a full disk does not stop it, for it never grows. */
export function startPulse(file: string, silenceMs: number): Beating {
  const everyMs = silenceMs / LOOKS;
  const descriptor = fs.openSync(file, 'w', 0o600);
  let beats = 0;
  const beat = (): void => {
    fs.writeSync(descriptor, `${process.pid} ${String(beats++).padStart(12, '0')}\n`, 0);
  };
  beat();
  const timer = setInterval(beat, everyMs / 2);
  timer.unref();
  return {
    pulse: { file, everyMs, missedMax: LOOKS },
    stop() {
      clearInterval(timer);
      fs.closeSync(descriptor);
    },
  };
}
