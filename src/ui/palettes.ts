/**
 * Themes as data. A palette gives each tone its attributes and, where it has one, its colour: as one of the sixteen
 * named colours, which follow the user's own scheme, and for some themes finer where the terminal offers more.
 *
 * Never a background, but for the cursor, which is the text's own colours reversed. Never bright black: in several
 * common schemes it is the background. A state is told by its glyph and its word as well, so a palette decides taste only.
 */
export type Tone = 'plain' | 'dim' | 'strong' | 'attention' | 'broken' | 'selected';

/** How many colours the terminal is trusted with; 0 = none at all. */
export type ColorDepth = 0 | 16 | 256 | 16_777_216;

/** The named colours that are used, by their SGR code. */
const NAMED = {
  red: 31,
  yellow: 33,
  magenta: 35,
  brightRed: 91,
  brightYellow: 93,
  brightBlue: 94,
  blue: 34,
} as const;

export interface Color {
  readonly named: keyof typeof NAMED;
  /** From the 256, where the terminal has them; the named one is taken when absent. */
  readonly x256?: number;
  readonly rgb?: readonly [red: number, green: number, blue: number];
}

/** Attributes stay where colour is not wanted: bold, faint, underline and reverse are no colours. */
export interface Style {
  readonly color?: Color;
  readonly attributes?: readonly ('bold' | 'faint' | 'underline' | 'reverse')[];
}

export type Palette = Readonly<Record<Exclude<Tone, 'plain'>, Style>>;

const FAINT: Style = { attributes: ['faint'] };
const BOLD: Style = { attributes: ['bold'] };
const REVERSE: Style = { attributes: ['reverse'] };
const CALM = { dim: FAINT, strong: BOLD, selected: REVERSE } as const;

/** Yellow and red of the user's own scheme. */
const DARK: Palette = {
  ...CALM,
  attention: { color: { named: 'yellow' } },
  broken: { color: { named: 'red' } },
};

/** Yellow on white cannot be read in most schemes: brown where there are colours enough, magenta where there are not. */
const LIGHT: Palette = {
  ...CALM,
  attention: { color: { named: 'magenta', x256: 130, rgb: [0x96, 0x58, 0x00] } },
  broken: { color: { named: 'red', x256: 124, rgb: [0xb0, 0x10, 0x10] } },
};

/** Nothing faint, everything that matters bold. */
const HIGH_CONTRAST_DARK: Palette = {
  dim: {},
  strong: BOLD,
  selected: { attributes: ['bold', 'reverse'] },
  attention: { attributes: ['bold'], color: { named: 'brightYellow', x256: 226, rgb: [0xff, 0xff, 0x00] } },
  broken: { attributes: ['bold', 'underline'], color: { named: 'brightRed', x256: 210, rgb: [0xff, 0x8a, 0x8a] } },
};
const HIGH_CONTRAST_LIGHT: Palette = {
  ...HIGH_CONTRAST_DARK,
  attention: { attributes: ['bold'], color: { named: 'blue', x256: 18, rgb: [0x00, 0x00, 0x87] } },
  broken: { attributes: ['bold', 'underline'], color: { named: 'red', x256: 88, rgb: [0x87, 0x00, 0x00] } },
};

/** Orange and blue, which every kind of colour blindness tells apart (Okabe and Ito, 2008). */
const COLOUR_BLIND_DARK: Palette = {
  ...CALM,
  attention: { color: { named: 'brightYellow', x256: 214, rgb: [0xe6, 0x9f, 0x00] } },
  broken: { attributes: ['bold'], color: { named: 'brightBlue', x256: 75, rgb: [0x56, 0xb4, 0xe9] } },
};
const COLOUR_BLIND_LIGHT: Palette = {
  ...CALM,
  attention: { color: { named: 'magenta', x256: 130, rgb: [0xa8, 0x4e, 0x00] } },
  broken: { attributes: ['bold'], color: { named: 'blue', x256: 25, rgb: [0x00, 0x5a, 0x9c] } },
};

/** Attributes alone; also what a theme becomes where colour is not wanted. */
export const MONO: Palette = { ...CALM, attention: BOLD, broken: { attributes: ['bold', 'underline'] } };

export type Background = 'dark' | 'light';
type Variants = Readonly<Record<Background, Palette>>;

/** The themes by name. `light` and `dark` leave the terminal's background unasked. */
export const THEMES = {
  default: { dark: DARK, light: LIGHT },
  dark: { dark: DARK, light: DARK },
  light: { dark: LIGHT, light: LIGHT },
  'high-contrast': { dark: HIGH_CONTRAST_DARK, light: HIGH_CONTRAST_LIGHT },
  'colour-blind': { dark: COLOUR_BLIND_DARK, light: COLOUR_BLIND_LIGHT },
  mono: { dark: MONO, light: MONO },
} as const satisfies Readonly<Record<string, Variants>>;

export type ThemeName = keyof typeof THEMES;
export const THEME_NAMES = Object.keys(THEMES) as readonly ThemeName[];

/** false: the theme is the same on every background, so nobody need ask what it is. */
export function followsBackground(name: ThemeName): boolean {
  return THEMES[name].dark !== THEMES[name].light;
}

const ATTRIBUTES = { bold: [1, 22], faint: [2, 22], underline: [4, 24], reverse: [7, 27] } as const;
const DEFAULT_FOREGROUND = 39;

/** The sequences that open and close a style: closed by its own codes, never by a reset, so that a row that is reversed as a whole stays so to its end. */
export function sgrOf(style: Style, depth: ColorDepth): readonly [open: string, close: string] {
  const opens: (number | string)[] = [];
  const closes: number[] = [];
  for (const name of style.attributes ?? []) {
    const [open, close] = ATTRIBUTES[name];
    opens.push(open);
    if (!closes.includes(close)) closes.push(close);
  }
  if (style.color !== undefined && depth > 0) {
    opens.push(colorCode(style.color, depth));
    closes.push(DEFAULT_FOREGROUND);
  }
  if (opens.length === 0) return ['', ''];
  return [`\u001b[${opens.join(';')}m`, `\u001b[${closes.join(';')}m`];
}

function colorCode({ named, x256, rgb }: Color, depth: ColorDepth): number | string {
  if (depth > 256 && rgb !== undefined) return `38;2;${rgb.join(';')}`;
  return depth >= 256 && x256 !== undefined ? `38;5;${x256}` : NAMED[named];
}
