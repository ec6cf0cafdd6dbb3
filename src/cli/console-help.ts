import { wrapWords } from '../ui/components/fields.ts';
import { CONSOLE_WORDS, optionLines } from './console-arguments.ts';

const OPTION_COLUMNS = 28;
/** What stands behind an option goes on under itself from here. */
const HELP_COLUMNS = 78;

/** What `cbas-console --help` prints, from the same tables that the arguments are read by. */
export function consoleHelp(): string {
  const lines = (entries: readonly (readonly [string, string])[]): string =>
    entries
      .flatMap(([name, help]) =>
        wrapWords(help, HELP_COLUMNS).map((part, at) => `  ${(at === 0 ? name : '').padEnd(OPTION_COLUMNS)} ${part}`),
      )
      .join('\n');
  return `Usage: cbas-console [options]
       cbas-console ${Object.keys(CONSOLE_WORDS).join(' | ')}

The operator's terminal. Without a terminal it prints the overview and exits.

${lines(optionLines())}

Each option can be set by an environment variable (CBAS_THEME=light, CBAS_READ_ONLY=1),
and most in the configuration; cbas-console info prints where that is.

${lines(Object.entries(CONSOLE_WORDS))}

Example:
  cbas-console --deployment lab --read-only --screen jobs`;
}
