/** What the terminal can do, by the environment. NO_COLOR is any non-empty text (no-color.org); a locale that is not UTF-8 gets ASCII. */
export interface TerminalAbilities {
  readonly interactive: boolean;
  readonly color: boolean;
  readonly ascii: boolean;
}

export function terminalAbilities(
  env: NodeJS.ProcessEnv,
  streams: { readonly stdin: { readonly isTTY?: boolean }; readonly stdout: { readonly isTTY?: boolean } },
): TerminalAbilities {
  const term = env['TERM'] ?? '';
  const drawable = term !== '' && term !== 'dumb' && term !== 'unknown';
  const interactive = streams.stdin.isTTY === true && streams.stdout.isTTY === true && drawable && !env['CI'];
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return { interactive, color: streams.stdout.isTTY === true && !env['NO_COLOR'], ascii: !/utf-?8/i.test(locale) };
}
