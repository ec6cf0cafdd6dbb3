import type { ColorDepth } from '../ui/palettes.ts';
import { type ColorWord, DEPTH_OF_WORD } from './console-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A decision, and what it was made by: `cbas info` tells both. */
export interface ColorDecision {
  readonly depth: ColorDepth;
  readonly why: string;
}

/**
 * How many colours, by the strongest that speaks: what was set (flag, CBAS_COLOR, configuration), NO_COLOR
 * (no-color.org), FORCE_COLOR and CLICOLOR_FORCE, and at last what the terminal is.
 */
export function decideColor(word: ColorWord, env: Environment, isTerminal: boolean): ColorDecision {
  const offered = colorsOffered(env);
  // Whoever insists gets the sixteen that nearly everything understands.
  const forced = Math.max(16, offered.depth) as ColorDepth;
  if (word === 'always') return { depth: forced, why: 'set to always' };
  if (word !== 'auto') return { depth: DEPTH_OF_WORD[word] ?? 0, why: `set to ${word}` };
  if ((env['NO_COLOR'] ?? '') !== '') return { depth: 0, why: 'NO_COLOR' };
  const force = env['FORCE_COLOR'] ?? '';
  if (force !== '') return { depth: FORCED[force] ?? forced, why: `FORCE_COLOR=${force}` };
  if (!['', '0'].includes(env['CLICOLOR_FORCE'] ?? '')) return { depth: forced, why: 'CLICOLOR_FORCE' };
  return isTerminal ? offered : { depth: 0, why: 'stdout is no terminal' };
}

/** The numbers that other programs give it; any other value only says yes. */
const FORCED: Readonly<Record<string, ColorDepth>> = { '0': 0, false: 0, '1': 16, '2': 256, '3': 16_777_216 };

/** What the terminal says that it can do. */
function colorsOffered(env: Environment): ColorDecision {
  const term = env['TERM'] ?? '';
  const colorTerm = env['COLORTERM'] ?? '';
  if (!canDraw(term)) return { depth: 0, why: `TERM=${term}` };
  if (/^vt\d/.test(term)) return { depth: 0, why: `TERM=${term} has none` };
  // GNU screen hands on what its own terminal set, and understands 256.
  const isScreen = (env['STY'] ?? '') !== '';
  if (/^(?:truecolor|24bit)$/i.test(colorTerm) && !isScreen)
    return { depth: 16_777_216, why: `COLORTERM=${colorTerm}` };
  if (/-256color$|-direct$/.test(term)) return { depth: 256, why: `TERM=${term}` };
  return { depth: 16, why: `TERM=${term}` };
}

/** A cursor can be moved on it: what a screen needs at least. */
export function canDraw(term: string): boolean {
  return term !== '' && term !== 'dumb' && term !== 'unknown';
}
