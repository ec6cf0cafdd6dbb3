import { ASCII, type Glyphs, UNICODE } from './glyphs.ts';
import {
  type Background,
  type ColorDepth,
  MONO,
  type Palette,
  sgrOf,
  THEMES,
  type ThemeName,
  type Tone,
} from './palettes.ts';

export type { Glyphs } from './glyphs.ts';
export type { Tone } from './palettes.ts';

/**
 * Colours and glyphs as a frame is painted with: the only way to them. Colour says attention, broken and selected, and
 * nothing else; every state also has a glyph and a word, so nothing is lost without colour.
 */
export interface Theme {
  readonly glyphs: Glyphs;
  /** Nothing but printable ASCII reaches the screen, whatever a name holds. */
  readonly isAscii: boolean;
  readonly styles: Readonly<Record<Exclude<Tone, 'plain'>, readonly [open: string, close: string]>>;
}

export interface ThemeChoice {
  readonly ascii: boolean;
  readonly depth: ColorDepth;
  readonly name?: ThemeName;
  readonly background?: Background;
}

/** `depth` 0 leaves the attributes: bold and reverse are no colours. */
export function themeOf({ ascii, depth, name = 'default', background = 'dark' }: ThemeChoice): Theme {
  const palette: Palette = depth === 0 ? MONO : THEMES[name][background];
  const style = (tone: Exclude<Tone, 'plain'>) => sgrOf(palette[tone], depth);
  return {
    glyphs: ascii ? ASCII : UNICODE,
    isAscii: ascii,
    styles: {
      dim: style('dim'),
      strong: style('strong'),
      attention: style('attention'),
      broken: style('broken'),
      selected: style('selected'),
    },
  };
}

/** The theme of a terminal of which nothing more is known. */
export function makeTheme(options: { readonly color: boolean; readonly ascii: boolean }): Theme {
  return themeOf({ ascii: options.ascii, depth: options.color ? 16 : 0 });
}

export function paint(theme: Theme, tone: Tone, text: string): string {
  if (tone === 'plain' || text === '') return text;
  const [open, close] = theme.styles[tone];
  return `${open}${text}${close}`;
}
