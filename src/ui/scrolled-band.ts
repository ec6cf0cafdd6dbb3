/** Rows `top` to `bottom` of the screen have moved up by `by`; down where that is negative. */
export interface Band {
  readonly top: number;
  readonly bottom: number;
  readonly by: number;
}

/** To move fewer rows than these costs as much as to write them. */
const ROWS_MIN = 3;

/**
 * The band of rows that a frame has scrolled, if it has: the shift that most rows agree on. Rows of one text, as blank ones,
 * say nothing about where they came from.
 */
export function scrolledBand(before: readonly string[], after: readonly string[]): Band | undefined {
  const placeOf = new Map<string, number>();
  for (const [row, text] of before.entries()) placeOf.set(text, placeOf.has(text) ? -1 : row);
  const votes = new Map<number, { count: number; first: number; last: number }>();
  for (const [row, text] of after.entries()) {
    const from = text === before[row] ? -1 : (placeOf.get(text) ?? -1);
    if (from < 0) continue;
    const vote = votes.get(from - row);
    if (vote === undefined) votes.set(from - row, { count: 1, first: row, last: row });
    else {
      vote.count++;
      vote.last = row;
    }
  }
  let best: { readonly band: Band; readonly gain: number } | undefined;
  for (const [by, { count, first, last }] of votes) {
    const band = { top: Math.min(first, first + by), bottom: Math.max(last, last + by), by };
    const gain = count - stayed(before, after, band);
    if (gain >= ROWS_MIN && gain > (best?.gain ?? 0)) best = { band, gain };
  }
  return best?.band;
}

/** Rows of the band that stand where they stood: moved, they would have to be written again. */
function stayed(before: readonly string[], after: readonly string[], { top, bottom }: Band): number {
  let rows = 0;
  for (let row = top; row <= bottom; row++) if (before[row] === after[row] && after[row] !== '') rows++;
  return rows;
}

/** The rows after the band was moved; `blank` comes in where nothing came from. */
export function moveBand<T>(rows: readonly T[], { top, bottom, by }: Band, blank: T): readonly T[] {
  return rows.map((row, at) => {
    if (at < top || at > bottom) return row;
    const from = at + by;
    return from < top || from > bottom ? blank : (rows[from] ?? blank);
  });
}

const ESC = '\u001b';

/**
 * What moves it on a terminal: a scroll region, lines deleted or inserted at its top, the region gone again. Whoever has
 * regions at all does this; SU and SD are younger.
 */
export function bandSequence({ top, bottom, by }: Band): string {
  const move = by > 0 ? `${by}M` : `${-by}L`;
  return `${ESC}[${top + 1};${bottom + 1}r${ESC}[${top + 1}H${ESC}[${move}${ESC}[r`;
}

/** Terminals that are known to have them; a screen reader would read all that moves. */
const KNOWN =
  /^(?:xterm|tmux|screen|rxvt|alacritty|kitty|foot|wezterm|ghostty|contour|vte|konsole|st|iterm|gnome|putty)\b/;

export function hasScrollRegion(env: Readonly<Record<string, string | undefined>>): boolean {
  return KNOWN.test(env['TERM'] ?? '') && env['INK_SCREEN_READER'] !== 'true';
}
