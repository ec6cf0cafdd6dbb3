import { type Command, Option } from 'commander';
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
}

const SHELLS: Readonly<Record<string, (nodes: readonly Node[]) => string>> = { bash, zsh, fish };

/** `cbas completion SHELL`: a script for the shell, printed from the commands themselves. */
export async function completion(program: Command, shell: string): Promise<number> {
  const write = SHELLS[shell];
  if (write === undefined)
    throw new CliError(`completion is printed for ${Object.keys(SHELLS).join(', ')}`, EXIT.usage);
  print(write(nodesOf(program, '')));
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
        .map((word) => ({ word, description: option.description })),
    ),
  };
  return [node, ...verbs.flatMap((verb) => (verb.name() === 'help' ? [] : nodesOf(verb, `${at} ${verb.name()}`)))];
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The words typed so far, options left out, become the command that is completed. */
const walked = (nodes: readonly Node[], first: string): string => `
  for ((i = ${first}; i < at_word; i++)); do
    case "$verb \${typed[i]}" in
      ${nodes.filter(({ at }) => at !== '').map(({ at }) => quoted(at)).join(' | ')}) verb="$verb \${typed[i]}" ;;
    esac
  done`; // prettier-ignore

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(
    ({ at, verbs, options }) =>
      `    ${quoted(at)}) words=${quoted([...verbs, ...options].map(({ word }) => word).join(' '))} ;;`,
  );
  return `# bash completion for cbas; source it, or: cbas completion bash > ~/.local/share/bash-completion/completions/cbas
_cbas() {
  local verb='' words='' i at_word=$COMP_CWORD
  local -a typed=("\${COMP_WORDS[@]}")
${walked(nodes, '1').slice(1)}
  case "$verb" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _cbas cbas`;
}

function zsh(nodes: readonly Node[]): string {
  const described = (words: readonly Word[]): string =>
    words.map(({ word, description }) => quoted(`${word}:${description}`)).join(' ');
  const cases = nodes.map(
    ({ at, verbs, options }) => `    ${quoted(at)}) verbs=(${described(verbs)}) options=(${described(options)}) ;;`,
  );
  return `#compdef cbas
# zsh completion for cbas; put it into a folder of $fpath as _cbas
_cbas() {
  local verb='' i at_word=$CURRENT
  local -a typed=("\${words[@]}") verbs options
${walked(nodes, '2').slice(1)}
  case "$verb" in
${cases.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then _describe option options
  elif (( $#verbs )); then _describe verb verbs
  else _files
  fi
}
compdef _cbas cbas`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ at, verbs, options }) => {
    const path = at.trim().split(' ').filter(Boolean);
    const here = path.map((verb) => `__fish_seen_subcommand_from ${verb}`);
    const known = verbs.map(({ word }) => word).join(' ');
    const when = [...here, ...(known === '' ? [] : [`not __fish_seen_subcommand_from ${known}`])].join('; and ');
    return [
      ...verbs.map(({ word, description }) => `complete -c cbas -f -n ${quoted(when)} -a ${word} -d ${quoted(description)}`),
      ...options.map(({ word, description }) => {
        const flag = word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`;
        return `complete -c cbas ${here.length === 0 ? '' : `-n ${quoted(here.join('; and '))} `}${flag} -d ${quoted(description)}`;
      }),
    ];
  }); // prettier-ignore
  return ['# fish completion for cbas: cbas completion fish > ~/.config/fish/completions/cbas.fish', ...lines].join(
    '\n',
  );
}
