import type { Cockpit } from './cockpit.ts';
import { frameOf } from './cockpit.ts';
import type { WordCommand } from './commands.ts';
import { fieldsOf } from './describe.ts';
import { SCREEN_SPECS, selectedId } from './screens/index.ts';
import { SCREEN_TITLES, type ScreenId } from './screens.ts';
import { tell, type UiState } from './state.ts';

/** A program of the operator's own, as the configuration names it: it is given with `:` and gets the terminal until it ends. */
export interface Program {
  readonly name: string;
  readonly about: string;
  /** Screens whose row under the cursor it is about. */
  readonly on: readonly ScreenId[];
  /** The program and its arguments, each as it is: no shell reads them. `{id}` is the row, `{pool}` a field of it, `{1}` an input. */
  readonly run: readonly string[];
  /** What has to be typed behind its name, in a word each. */
  readonly inputs: readonly string[];
  /** true: it changes nothing, and may run where nothing may be changed; of others the audit is told. */
  readonly looks: boolean;
}

const known = new WeakMap<readonly Program[], readonly WordCommand[]>();

/** Commands for the programs of a configuration. */
export function programCommands({ programs }: Pick<UiState, 'programs'>): readonly WordCommand[] {
  let commands = known.get(programs);
  if (commands === undefined) {
    commands = programs.map((program) => ({
      name: program.name,
      usage: program.inputs.join(' '),
      about: program.about || program.run.join(' '),
      run: (cockpit, args) => start(cockpit, program, args),
    }));
    known.set(programs, commands);
  }
  return commands;
}

function start(cockpit: Cockpit, program: Program, args: readonly string[]): string | undefined {
  const { engine, store } = cockpit;
  const frame = frameOf(cockpit);
  const { screen } = frame.ui;
  if (!program.on.includes(screen)) return `it works on ${program.on.map((one) => SCREEN_TITLES[one]).join(', ')}`;
  if (args.length !== program.inputs.length) return program.inputs.length === 0 ? 'it takes no words' : `it wants ${program.inputs.join(' ')}`; // prettier-ignore
  const id = selectedId(screen, frame.snapshot, frame.ui);
  const row = SCREEN_SPECS[screen].describe?.(frame, id);
  if (row === undefined) return 'nothing under the cursor';
  const { deployment } = frame.snapshot;
  const values = new Map([...fieldsOf(row), ['id', id], ['deployment', deployment?.name ?? ''], ['region', deployment?.region ?? '']]); // prettier-ignore
  for (const [at, arg] of args.entries()) values.set(String(at + 1), arg);
  const filled = fillArguments(program.run, values);
  if (!filled.ok) return filled.why;
  const { argv } = filled;
  const told = program.looks ? Promise.resolve('') : engine.tellProgram({ name: program.name, argv, about: id });
  void told.then(async (refusal) => {
    if (refusal !== '') return tell(store, `:${program.name}: ${refusal}`, 'attention');
    const trouble = await cockpit
      .terminal()
      ?.run({ kind: 'shell', argv: [...WAITING, program.name, ...argv], cwd: undefined, env: process.env });
    tell(store, trouble === '' ? `${program.name} has ended` : `${program.name}: ${trouble ?? 'there is no terminal'}`);
  });
  return undefined;
}

/** What it printed is to be read before the console paints over it. The arguments are handed on as they are. */
const WAITING = [
  'sh',
  '-c',
  '"$@"; ended=$?; printf "\\n%s has ended (%s); enter goes back " "$0" "$ended"; read -r _; exit "$ended"',
];

const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Values in their places. They come from anywhere: none with a control character is used, and none makes an argument that begins with
 * "-", which the program would take for an option of its own.
 */
export function fillArguments(
  run: readonly string[],
  values: ReadonlyMap<string, string>,
): { readonly ok: true; readonly argv: readonly string[] } | { readonly ok: false; readonly why: string } {
  const argv: string[] = [];
  for (const part of run) {
    let why = '';
    const filled = part.replace(/\{([\w.]+)\}/g, (_, name: string) => {
      const value = values.get(name);
      if (value === undefined || value === '') why = `nothing is known of its {${name}}`;
      else if (CONTROL.test(value)) why = `its {${name}} has control characters`;
      return value ?? '';
    });
    if (why === '' && filled.startsWith('-') && !part.startsWith('-')) why = `"${filled}" would be taken for an option`;
    if (why !== '') return { ok: false, why };
    argv.push(filled);
  }
  return { ok: true, argv };
}
