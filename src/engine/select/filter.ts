import { linearRegex, type Pattern } from './linear-regex.ts';

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
  readonly pattern: Pattern | undefined;
  /** In base units (ms, dollars, percent, a count): of a comparison, and of `has` where the text is a number; else NaN. */
  readonly number: number;
  /** Rows that have it are left out. */
  readonly isNot: boolean;
}

export interface Filter {
  readonly terms: readonly FilterTerm[];
  /** Why a word means nothing, for a person; what it says is left out of `terms`. */
  readonly problems: readonly string[];
  /** What may have been meant otherwise. */
  readonly hints: readonly string[];
}

/** A value of a row: several where it has more than one name. */
export type FilterValue = string | number | readonly string[] | undefined;

/** What a filter may ask of a row: a column's value, and the texts that a word without a column is looked for in. */
export interface FilterRow {
  value(column: string): FilterValue;
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
 * `column:value` and `column:/regex/` look in one column (of a column of numbers, `column:3` is the number), `column<0.1`,
 * `age>10m`, `cost>=$2`, `progress<50%` compare numbers, `column=value` wants all of it, and a leading `!` turns a word
 * round. "double quotes" keep spaces. Case does not matter.
 */
export function parseFilter(text: string, columns: readonly string[]): Filter {
  const terms: FilterTerm[] = [];
  const problems: string[] = [];
  const hints: string[] = [];
  for (const word of wordsOf(text)) {
    const term = termOf(word, columns);
    if (typeof term === 'string') problems.push(term);
    else terms.push(term);
    const [, like] = /^!*([a-z][a-z-]*):./i.exec(word) ?? [];
    if (like !== undefined && !columns.includes(like.toLowerCase()))
      hints.push(`"${like}" is no column: "${word.replace(/^!+/, '')}" is looked for as it stands`);
  }
  return { terms, problems, hints };
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
  const base = { column, text: text.toLowerCase(), isNot: false };
  const regex = /^\/(.+?)\/?$/s.exec(text)?.[1];
  if (regex === undefined) return { ...base, op: 'has', pattern: undefined, number: numberOf(base.text) ?? NaN };
  const pattern = linearRegex(regex);
  if (typeof pattern === 'string') return `/${regex}/: ${pattern}`;
  return { ...base, op: 'matches', pattern, number: NaN };
}

function comparison(said: string, parts: RegExpExecArray, columns: readonly string[]): FilterTerm | string {
  const [, column = '', op = '', value = ''] = parts;
  // "a=b" may be a piece of a name.
  if (!columns.includes(column)) return op === '=' ? textTerm(said, undefined) : `there is no column "${column}"`;
  const number = numberOf(value);
  if (number !== undefined) {
    return { column, op: op as FilterOp, text: value, pattern: undefined, number, isNot: false };
  }
  if (op === '=' && value !== '') return { column, op, text: value, pattern: undefined, number: NaN, isNot: false };
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
export function matchesFilter({ terms }: Pick<Filter, 'terms'>, row: FilterRow): boolean {
  return terms.every((term) => holds(term, row) !== term.isNot);
}

function holds(term: FilterTerm, row: FilterRow): boolean {
  const value = term.column === undefined ? row.texts() : row.value(term.column);
  if (value === undefined) return false;
  return typeof value === 'object' ? value.some((one) => holdsFor(term, one)) : holdsFor(term, value);
}

/** The same of one value: for whoever reads columns instead of rows. */
export function holdsFor({ op, text, pattern, number }: FilterTerm, value: string | number): boolean {
  const isNumber = typeof value === 'number';
  switch (op) {
    case 'has':
      // "attempt:1" is no 12.
      return isNumber && !Number.isNaN(number) ? value === number : String(value).toLowerCase().includes(text);
    case 'matches':
      return pattern?.test(String(value)) ?? false;
    case '=':
      return isNumber ? value === number : value.toLowerCase() === text;
    case '<':
      return isNumber && value < number;
    case '<=':
      return isNumber && value <= number;
    case '>':
      return isNumber && value > number;
    case '>=':
      return isNumber && value >= number;
  }
}

/** Whether every row that the narrow one keeps is surely kept by the wide one as well: then the search may go on in what was found. */
export function narrows(narrow: Pick<Filter, 'terms'>, wide: Pick<Filter, 'terms'>): boolean {
  return wide.terms.every((old) => narrow.terms.some((term) => implies(term, old)));
}

function implies(term: FilterTerm, old: FilterTerm): boolean {
  if (term.column !== old.column || term.op !== old.op || term.isNot !== old.isNot) return false;
  if (term.text === old.text) return true;
  // A number is compared and not looked into: 12 is no 1. And of texts, "!ab" keeps more than "!a".
  if (term.op !== 'has' || (term.column !== undefined && !Number.isNaN(old.number))) return false;
  return term.isNot ? old.text.includes(term.text) : term.text.includes(old.text);
}
