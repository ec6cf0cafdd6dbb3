/** What a term compares; `has` looks for a piece of text, the others compare numbers in base units. */
export type FilterOp = 'has' | 'matches' | '<' | '<=' | '>' | '>=' | '=';

/** One word of a filter. All of them must hold. */
export interface FilterTerm {
  /** undefined: any of the columns that are searched. */
  readonly column: string | undefined;
  readonly op: FilterOp;
  /** Lower case; what is looked for, as it was typed. */
  readonly text: string;
  /** Of `matches`. */
  readonly pattern: RegExp | undefined;
  /** Of a comparison, in base units: ms, dollars, percent, a count. */
  readonly number: number;
  /** Rows that have it are left out. */
  readonly isNot: boolean;
}

export interface Filter {
  readonly terms: readonly FilterTerm[];
  /** Why a word means nothing, for a person; what it says is left out of `terms`. */
  readonly problems: readonly string[];
}

/** What a filter may ask of a row: a column's value, and the texts that a word without a column is looked for in. */
export interface FilterRow {
  value(column: string): string | number | undefined;
  texts(): readonly string[];
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  '%': 1,
  k: 1_000,
};

const COMPARISON = /^([a-z][a-z-]*)(<=|>=|<|>|=)(.*)$/;

/**
 * The filter language: words that must all hold. `word` is looked for in all texts, `/regex/` matches them,
 * `column:value` and `column:/regex/` look in one column, `column<0.1`, `age>10m`, `cost>=$2`, `progress<50%` compare
 * numbers, and a leading `!` turns a word round. "double quotes" keep spaces. Case does not matter.
 */
export function parseFilter(text: string, columns: readonly string[]): Filter {
  const terms: FilterTerm[] = [];
  const problems: string[] = [];
  for (const word of wordsOf(text)) {
    const term = termOf(word, columns);
    if (typeof term === 'string') problems.push(term);
    else terms.push(term);
  }
  return { terms, problems };
}

/** Split at spaces, but not inside double quotes; the quotes go. */
function wordsOf(text: string): readonly string[] {
  const words = text.match(/(?:[^\s"]+|"[^"]*"?)+/g) ?? [];
  return words.map((word) => word.replaceAll('"', '')).filter((word) => word !== '' && word !== '!');
}

function termOf(said: string, columns: readonly string[]): FilterTerm | string {
  if (said.startsWith('!')) {
    const term = termOf(said.slice(1), columns);
    return typeof term === 'string' ? term : { ...term, isNot: !term.isNot };
  }
  const compared = COMPARISON.exec(said.toLowerCase());
  if (compared !== null) return comparison(said, compared, columns);
  const colon = said.indexOf(':');
  const name = said.slice(0, Math.max(0, colon)).toLowerCase();
  return columns.includes(name) ? textTerm(said.slice(colon + 1), name) : textTerm(said, undefined);
}

function textTerm(text: string, column: string | undefined): FilterTerm | string {
  const base = { column, text: text.toLowerCase(), number: 0, isNot: false };
  const regex = /^\/(.+?)\/?$/.exec(text)?.[1];
  if (regex === undefined) return { ...base, op: 'has', pattern: undefined };
  try {
    return { ...base, op: 'matches', pattern: new RegExp(regex, 'i') };
  } catch {
    return `/${regex}/ is no regular expression`;
  }
}

function comparison(said: string, parts: RegExpExecArray, columns: readonly string[]): FilterTerm | string {
  const [, column = '', op = '', value = ''] = parts;
  // "a=b" may be a piece of a name.
  if (!columns.includes(column)) return op === '=' ? textTerm(said, undefined) : `there is no column "${column}"`;
  const number = numberOf(value);
  if (number !== undefined) {
    return { column, op: op as FilterOp, text: value, pattern: undefined, number, isNot: false };
  }
  if (op === '=') return textTerm(value, column);
  return value === '' ? `${column}${op} wants a number` : `${column}${op}${value}: "${value}" is no number`;
}

/** "10m" -> 600000, "$0.1" -> 0.1, "50%" -> 50, "2h30m" -> 9000000; undefined where it is no number. */
export function numberOf(text: string): number | undefined {
  const plain = text.replace(/^\$/, '').replaceAll(',', '');
  if (!/^-?[\d.]+[a-z%]*(?:[\d.]+[a-z]+)*$/.test(plain)) return undefined;
  let sum = 0;
  for (const [, digits = '', unit = ''] of plain.matchAll(/(-?[\d.]+)([a-z%]*)/g)) {
    const factor = unit === '' ? 1 : UNITS[unit];
    const number = Number(digits);
    if (factor === undefined || !Number.isFinite(number)) return undefined;
    sum += number * factor;
  }
  return sum;
}

/** Whether a row has what all terms ask for. A column that it has no value in is equal to nothing. */
export function matchesFilter({ terms }: Filter, row: FilterRow): boolean {
  return terms.every((term) => holds(term, row) !== term.isNot);
}

function holds(term: FilterTerm, row: FilterRow): boolean {
  const values = term.column === undefined ? row.texts() : [row.value(term.column)];
  return values.some((value) => value !== undefined && holdsFor(term, value));
}

/** The same of one value: for whoever reads columns instead of rows. */
export function holdsFor({ op, text, pattern, number }: FilterTerm, value: string | number): boolean {
  if (op === 'has') return String(value).toLowerCase().includes(text);
  if (op === 'matches') return pattern?.test(String(value)) ?? false;
  const left = typeof value === 'number' ? value : Number.NaN;
  switch (op) {
    case '<':
      return left < number;
    case '<=':
      return left <= number;
    case '>':
      return left > number;
    case '>=':
      return left >= number;
    case '=':
      return typeof value === 'number' ? left === number : value.toLowerCase() === text;
  }
}
