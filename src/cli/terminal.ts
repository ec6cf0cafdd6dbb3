import { backgroundOfEnvironment } from '../ui/background.ts';
import { type Background, followsBackground, type ThemeName } from '../ui/palettes.ts';
import type { ThemeChoice } from '../ui/theme.ts';
import { canDraw, type ColorDecision, decideColor } from './color.ts';
import type { ConsoleSettings } from './console-settings.ts';

/** What the terminal can do, and how it is drawn on: by settings and environment. Each with what decided it. */
export interface TerminalAbilities {
  /** A screen can be shown; else lines are printed. */
  readonly interactive: boolean;
  /** Why there is no screen; '' where there is one. */
  readonly whyPlain: string;
  readonly color: ColorDecision;
  readonly ascii: boolean;
  readonly whyAscii: string;
  readonly theme: ThemeName;
  readonly background: Background;
  readonly whyBackground: string;
  /** The terminal is asked for its background, and what it answers is stronger. */
  readonly asksBackground: boolean;
}

interface Streams {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: { readonly isTTY?: boolean };
}

export function terminalAbilities(
  env: NodeJS.ProcessEnv,
  streams: Streams,
  settings: ConsoleSettings = {},
): TerminalAbilities {
  const whyPlain = plainReason(env, streams);
  const color = decideColor(settings.color ?? 'auto', env, streams.stdout.isTTY === true);
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const isUtf8 = /utf-?8/i.test(locale);
  const theme = settings.theme ?? 'default';
  const known = settings.background ?? 'auto';
  const told = backgroundOfEnvironment(env['COLORFGBG']);
  return {
    interactive: whyPlain === '',
    whyPlain,
    color,
    ascii: settings.ascii ?? !isUtf8,
    whyAscii: settings.ascii === undefined ? `locale ${locale === '' ? 'not set' : locale}` : 'set',
    theme,
    background: known === 'auto' ? (told ?? 'dark') : known,
    whyBackground: known !== 'auto' ? 'set' : told !== undefined ? `COLORFGBG=${env['COLORFGBG']}` : 'assumed',
    // The consoles of the kernel and of old terminals print what they do not understand.
    asksBackground:
      whyPlain === '' && known === 'auto' && color.depth > 0 && followsBackground(theme) && !/^(?:linux|vt\d)/.test(env['TERM'] ?? ''),
  }; // prettier-ignore
}

/** How the console is painted: before the terminal has told its background, and after. */
export function themeChoice({ ascii, color, theme, background }: TerminalAbilities): ThemeChoice {
  return { ascii, depth: color.depth, name: theme, background };
}

function plainReason(env: NodeJS.ProcessEnv, { stdin, stdout }: Streams): string {
  const term = env['TERM'] ?? '';
  if (stdout.isTTY !== true) return 'stdout is no terminal';
  if (stdin.isTTY !== true) return 'stdin is no terminal';
  if (!canDraw(term)) return term === '' ? 'TERM is not set' : `TERM=${term} cannot draw`;
  return env['CI'] ? 'CI is set' : '';
}
