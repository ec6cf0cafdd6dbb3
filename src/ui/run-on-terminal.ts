import { spawn } from 'node:child_process';
import type { TerminalControl } from './cockpit.ts';

/**
 * Another program has the terminal until it ends. The console is suspended meanwhile and paints everything anew afterwards; its signals
 * are its own: ctrl-c at a shell reaches the shell, and not the console under it.
 */
export async function runOnTerminal(
  { argv, cwd, env }: Parameters<TerminalControl['run']>[0],
  lend: (during: () => Promise<void>) => Promise<boolean>,
): Promise<string> {
  let trouble = '';
  const ignore = (): void => undefined;
  const isLent = await lend(async () => {
    process.on('SIGINT', ignore);
    try {
      trouble = await ended(argv, cwd, env);
    } finally {
      process.off('SIGINT', ignore);
    }
  });
  return isLent ? trouble : 'another program has the terminal';
}

function ended(argv: readonly string[], cwd: string | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env, ...(cwd !== undefined && { cwd }) });
    child.once('error', (error) => resolve(error.message));
    // A shell ends with the code of its last command: that is no trouble of ours.
    child.once('exit', (code, signal) => resolve(signal === null || code !== null ? '' : `ended by ${signal}`));
  });
}
