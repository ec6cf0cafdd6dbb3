import { type Command, Option } from 'commander';
import { CONSOLE_WORDS } from '../console-arguments.ts';
import { SETTING_ENTRIES } from '../console-settings.ts';
import { CliError, EXIT } from '../exit.ts';
import { print } from '../output.ts';

/** A command as completion sees it: what may follow its words. */
interface Node {
  /** "" for the program itself, then " local", " local rm". */
  readonly at: string;
  readonly verbs: readonly Word[];
  readonly options: readonly Word[];
}

interface Word {
  readonly word: string;
  readonly description: string;
  /** What may follow an option; absent where it takes no value, or any. */
  readonly values?: readonly string[];
}

/** A program by its name, and what may follow it. */
interface Completed {
  readonly name: string;
  readonly nodes: readonly Node[];
}

const SHELLS: Readonly<Record<string, (program: Completed) => string>> = { bash, zsh, fish };

/** `cbas completion SHELL`: a script for the shell, printed from the commands themselves. */
export async function completion(program: Command, shell: string): Promise<number> {
  const write = SHELLS[shell];
  if (write === undefined)
    throw new CliError(`completion is printed for ${Object.keys(SHELLS).join(', ')}`, EXIT.usage);
  print(write({ name: 'cbas', nodes: nodesOf(program, '') }));
  print(write({ name: 'cbas-console', nodes: [consoleNode()] }));
  return EXIT.done;
}

function nodesOf(command: Command, at: string): readonly Node[] {
  const help = command.createHelp();
  const verbs = help.visibleCommands(command);
  const options = help.visibleOptions(command);
  const node: Node = {
    at,
    verbs: verbs.map((verb) => ({ word: verb.name(), description: verb.description() })),
    options: options.flatMap((option: Option) =>
      [option.short, option.long]
        .filter((word): word is string => typeof word === 'string')
        .map((word) => ({
          word,
          description: option.description,
          ...(option.argChoices && { values: option.argChoices }),
        })),
    ),
  };
  return [node, ...verbs.flatMap((verb) => (verb.name() === 'help' ? [] : nodesOf(verb, `${at} ${verb.name()}`)))];
}

/** The console, from the table of its settings. */
function consoleNode(): Node {
  const options = SETTING_ENTRIES.flatMap(([, { flag, short, help, choices }]): readonly Word[] =>
    [`--${flag}`, ...(short === undefined ? [] : [`-${short}`])].map((word) => ({
      word,
      description: help,
      ...(choices && { values: choices }),
    })),
  );
  const verbs = Object.entries(CONSOLE_WORDS).map(([word, description]) => ({ word, description }));
  return { at: '', verbs, options: [...options, { word: '--help', description: 'how it is used' }] };
}

/** An option before the word that is completed decides what may stand there. */
function valued(nodes: readonly Node[]): readonly (readonly [option: string, values: readonly string[]])[] {
  const all = nodes.flatMap(({ options }) => options.flatMap(({ word, values }) => (values === undefined ? [] : [[word, values] as const])));
  return [...new Map(all)];
} // prettier-ignore

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The words typed so far, options left out, become the command that is completed. */
const walked = (nodes: readonly Node[], first: string): string =>
  nodes.length === 1
    ? ''
    : `
  for ((i = ${first}; i < at_word; i++)); do
    case "$verb \${typed[i]}" in
      ${nodes.filter(({ at }) => at !== '').map(({ at }) => quoted(at)).join(' | ')}) verb="$verb \${typed[i]}" ;;
    esac
  done`; // prettier-ignore

function bash({ name, nodes }: Completed): string {
  const cases = nodes.map(
    ({ at, verbs, options }) =>
      `    ${quoted(at)}) words=${quoted([...verbs, ...options].map(({ word }) => word).join(' '))} ;;`,
  );
  const values = valued(nodes).map(([option, words]) => `    ${option}) words=${quoted(words.join(' '))} ;;`);
  return `# bash completion for ${name}; source it, or put it into ~/.local/share/bash-completion/completions/${name}
${functionOf(name)}() {
  local verb='' words='' i at_word=$COMP_CWORD
  local -a typed=("\${COMP_WORDS[@]}")
${walked(nodes, '1').slice(1)}
  case "$verb" in
${cases.join('\n')}
  esac
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n') || '    -) ;;'}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F ${functionOf(name)} ${name}`;
}

const functionOf = (name: string): string => `_${name.replaceAll('-', '_')}`;

function zsh({ name, nodes }: Completed): string {
  const described = (words: readonly Word[]): string =>
    words.map(({ word, description }) => quoted(`${word}:${description}`)).join(' ');
  const cases = nodes.map(
    ({ at, verbs, options }) => `    ${quoted(at)}) verbs=(${described(verbs)}) options=(${described(options)}) ;;`,
  );
  const values = valued(nodes).map(
    ([option, words]) => `    ${option}) compadd -- ${words.map(quoted).join(' ')}; return ;;`,
  );
  return `#compdef ${name}
# zsh completion for ${name}; put it into a folder of $fpath as _${name}
${functionOf(name)}() {
  local verb='' i at_word=$CURRENT
  local -a typed=("\${words[@]}") verbs options
${walked(nodes, '2').slice(1)}
  case "$verb" in
${cases.join('\n')}
  esac
  case "\${words[CURRENT - 1]}" in
${values.join('\n') || '    -) ;;'}
  esac
  if [[ $PREFIX == -* ]]; then _describe option options
  elif (( $#verbs )); then _describe verb verbs
  else _files
  fi
}
compdef ${functionOf(name)} ${name}`;
}

function fish({ name, nodes }: Completed): string {
  const lines = nodes.flatMap(({ at, verbs, options }) => {
    const path = at.trim().split(' ').filter(Boolean);
    const here = path.map((verb) => `__fish_seen_subcommand_from ${verb}`);
    const known = verbs.map(({ word }) => word).join(' ');
    const when = [...here, ...(known === '' ? [] : [`not __fish_seen_subcommand_from ${known}`])].join('; and ');
    return [
      ...verbs.map(({ word, description }) => `complete -c ${name} -f -n ${quoted(when)} -a ${word} -d ${quoted(description)}`),
      ...options.map(({ word, description, values }) => {
        const flag = word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`;
        const given = values === undefined ? '' : ` -x -a ${quoted(values.join(' '))}`;
        return `complete -c ${name} ${here.length === 0 ? '' : `-n ${quoted(here.join('; and '))} `}${flag}${given} -d ${quoted(description)}`;
      }),
    ];
  }); // prettier-ignore
  return [`# fish completion for ${name}; put it into ~/.config/fish/completions`, ...lines].join('\n');
}
