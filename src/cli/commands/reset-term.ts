import { spawnSync } from 'node:child_process';
import { EXIT } from '../exit.ts';
import { note } from '../output.ts';
import { RESET } from '../terminal-guard.ts';

/** `cbas-console reset-term`: what a console that was killed outright could not do any more. */
export function resetTerminal(): number {
  if (process.stdout.isTTY) process.stdout.write(RESET);
  // Raw mode is the terminal driver's, and only the driver knows what is sane for it.
  const { error, status } = spawnSync('stty', ['sane'], { stdio: ['inherit', 'ignore', 'ignore'] });
  if (error === undefined && status === 0) return EXIT.done;
  note('the modes of the screen are reset, but the keyboard is not: type `stty sane` and ctrl-J');
  return EXIT.failed;
}
