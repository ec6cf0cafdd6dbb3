import type { Command, Option } from 'commander';
import { CONSOLE_WORDS, optionLines } from './console-arguments.ts';
import { SETTING_ENTRIES } from './console-settings.ts';
import { EXIT } from './exit.ts';

/** The manual pages, in roff, made of the same data as the programs' help: a page cannot say anything else than they do. */
export function cbasPage(program: Command): string {
  return [
    ...head('cbas', program.description()),
    '.SH SYNOPSIS',
    '.B cbas',
    roff('<verb> [options] [arguments]'),
    '.SH VERBS',
    ...verbsOf(program, 'cbas').flatMap(verbPart),
    ...exitCodes(),
    ...seeAlso('cbas\\-console'),
  ].join('\n');
}

export function consolePage(): string {
  return [
    ...head('cbas-console', 'the operator’s terminal of CBAS'),
    '.SH SYNOPSIS',
    '.B cbas\\-console',
    roff('[options]'),
    '.br',
    '.B cbas\\-console',
    roff(Object.keys(CONSOLE_WORDS).join(' | ')),
    '.SH DESCRIPTION',
    roff('Shows every worker and job live, and acts on them by plans that are confirmed. ? prints the keys.'),
    roff('Without a terminal it prints the overview and exits.'),
    '.SH OPTIONS',
    ...optionLines().flatMap(([option, help]) => item(option.trim(), help)),
    '.SH COMMANDS',
    ...Object.entries(CONSOLE_WORDS).flatMap(([word, help]) => item(word, help)),
    '.SH ENVIRONMENT',
    ...SETTING_ENTRIES.flatMap(([, { env, flag }]) => item(env, `the same as --${flag}`)),
    ...item('NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, COLORTERM, COLORFGBG, TERM', 'decide about colours where nothing is set'),
    '.SH FILES',
    ...item('$XDG_CONFIG_HOME/cbas-console/config.json', `the configuration: ${inFile()}, and keys by the names of their bindings`),
    ...item('$XDG_STATE_HOME/cbas-console/state.json', 'what the console remembers: columns, order, filters'),
    ...exitCodes(),
    ...seeAlso('cbas'),
  ].join('\n');
} // prettier-ignore

function inFile(): string {
  return SETTING_ENTRIES.filter(([, setting]) => setting.inFile)
    .map(([name]) => name)
    .join(', ');
}

function head(name: string, sentence: string): readonly string[] {
  return [
    '.\\" Printed by scripts/write-man.ts from the program itself.',
    `.TH ${roff(name.toUpperCase())} 1`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(sentence)}`,
  ];
}

function verbsOf(command: Command, at: string): readonly (readonly [at: string, command: Command])[] {
  const verbs = command.createHelp().visibleCommands(command);
  return verbs
    .filter((verb) => verb.name() !== 'help')
    .flatMap((verb) => {
      const path = `${at} ${verb.name()}`;
      return [[path, verb] as const, ...verbsOf(verb, path)];
    });
}

function verbPart([at, verb]: readonly [string, Command]): readonly string[] {
  const help = verb.createHelp();
  const words = help.visibleArguments(verb);
  const options = help.visibleOptions(verb).filter(({ long }) => long !== '--help');
  return [
    '.SS',
    roff(`${at} ${verb.usage()}`),
    roff(verb.description()),
    ...words.flatMap((argument) => item(argument.name(), argument.description)),
    ...options.flatMap((option: Option) => item(option.flags, option.description)),
  ];
}

const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  failed: 'failed',
  usage: 'wrong usage',
  notFound: 'not found',
  refused: 'refused: read-only, not confirmed, or against a rule',
  conflict: 'it has changed meanwhile',
  partly: 'partly done',
  unavailable: 'AWS does not answer',
  tryAgain: 'not done yet: try again',
};

function exitCodes(): readonly string[] {
  const codes = Object.entries(EXIT).flatMap(([name, code]) => item(String(code), EXIT_WORDS[name as keyof typeof EXIT]));
  return ['.SH EXIT STATUS', ...codes, ...item('129, 130, 131, 143', 'ended by SIGHUP, SIGINT, SIGQUIT, SIGTERM')];
} // prettier-ignore

function seeAlso(page: string): readonly string[] {
  return ['.SH SEE ALSO', `.BR ${page} (1)`, ''];
}

function item(term: string, text: string): readonly string[] {
  return ['.TP', `.B ${roff(term)}`, roff(text)];
}

/** Text that roff prints as it is. */
function roff(text: string): string {
  const safe = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('’', "'").replaceAll(/\s+/g, ' ');
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}
