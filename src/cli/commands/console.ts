import { parseArgs } from 'node:util';
import type { CommonOptions } from '../choose.ts';
import { EXIT, exitCodeOf } from '../exit.ts';
import { LateEngine } from '../late-engine.ts';
import { UNDO_MS } from '../../ui/held-acts.ts';
import { realNumber } from '../numbers.ts';
import { readJobs } from '../read-jobs.ts';
import { openTuner } from '../tuner.ts';
import { terminalAbilities } from '../terminal.ts';
import { VERSION } from '../version.ts';

const HELP = `Usage: cbas-console [options]

The operator's terminal. Without a terminal on stdout it prints the overview and exits.

  -d, --deployment <name>  which deployment
      --region <region>    AWS region of the deployment
      --profile <profile>  AWS profile to use
      --read-only          look, but do not act
      --dry-run            plan and confirm, but write nothing (:dry-run in the console)
      --undo-for <seconds> how long a kill or a termination can be undone (5; 0 = not at all)
      --ascii              no box drawing, no block characters
      --no-color           no colours
      --json               print the overview as JSON and exit
      --version            print the version
      --help               this text

Example:
  cbas-console --deployment lab --read-only
`;

interface ConsoleArguments extends CommonOptions {
  readonly readOnly: boolean;
  readonly dryRun: boolean;
  readonly undoMs: number;
  readonly ascii: boolean;
  readonly color: boolean;
}

function parse(args: readonly string[]): ConsoleArguments | 'help' | 'version' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      deployment: { type: 'string', short: 'd' },
      region: { type: 'string' },
      profile: { type: 'string' },
      'read-only': { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      'undo-for': { type: 'string' },
      ascii: { type: 'boolean' },
      'no-color': { type: 'boolean' },
      json: { type: 'boolean' },
      version: { type: 'boolean', short: 'V' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  const { deployment, region, profile, json } = values;
  return {
    ...(deployment !== undefined && { deployment }),
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(json !== undefined && { json }),
    readOnly: values['read-only'] === true,
    dryRun: values['dry-run'] === true,
    undoMs: undoMsOf(values['undo-for']),
    ascii: values.ascii === true,
    color: values['no-color'] !== true,
  };
}

/** A minute is long enough to change one's mind; more would be mistaken for an act that was done. */
const UNDO_S_MAX = 60;

function undoMsOf(text: string | undefined): number {
  if (text === undefined) return UNDO_MS;
  return realNumber('--undo-for', text, { min: 0, max: UNDO_S_MAX }) * 1_000;
}

/** `cbas-console`: paints at once, connects behind the first frame. */
export async function runConsole(args: readonly string[]): Promise<void> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    process.stderr.write(
      `cbas-console: ${error instanceof Error ? error.message : String(error)}\n(add --help for how it is used)\n`,
    );
    process.exit(EXIT.usage);
  }
  if (parsed === 'help' || parsed === 'version') {
    process.stdout.write(parsed === 'help' ? HELP : `${VERSION}\n`);
    return;
  }
  const abilities = terminalAbilities(process.env, process);
  try {
    if (parsed.json === true || !abilities.interactive) await printOverview(parsed, abilities.ascii || parsed.ascii);
    else await interact(parsed, abilities);
  } catch (error) {
    process.stderr.write(`cbas-console: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCodeOf(error));
  }
  process.exit(EXIT.done);
}

async function interact(
  options: ConsoleArguments,
  abilities: { readonly color: boolean; readonly ascii: boolean },
): Promise<void> {
  const { renderConsole } = await import('../../ui/render.tsx');
  const late = new LateEngine();
  const screen = renderConsole({
    engine: late,
    openTuner,
    readJobs,
    undoMs: options.undoMs,
    dryRun: options.dryRun ? 'on' : 'off',
    stdout: process.stdout,
    stdin: process.stdin,
    color: abilities.color && options.color,
    ascii: abilities.ascii || options.ascii,
  });
  try {
    await screen.painted();
    const { connect } = await import('../connect.ts');
    const engine = await connect(options, options.readOnly ? 'read-only' : 'operator', { startsMaster: true });
    late.attach(engine);
    await screen.waitUntilExit();
    engine.stop();
    const kept = engine.ownMaster();
    if (kept !== undefined)
      process.stderr.write(`master ${kept.id} goes on as process ${kept.pid}; its log: ${kept.logFile}\n`);
  } finally {
    screen.unmount();
  }
}

/** Without a terminal: one look at everything, printed, and the end. It never hangs: each source has its timeout. */
async function printOverview(options: ConsoleArguments, ascii: boolean): Promise<void> {
  const [{ connect, firstLook }, { plainOverview }, { overviewJson }] = await Promise.all([
    import('../connect.ts'),
    import('../../ui/screen-plain.ts'),
    import('../overview-json.ts'),
  ]);
  const engine = await connect(options, 'read-only');
  const snapshot = await firstLook(engine);
  engine.stop();
  if (options.json === true) process.stdout.write(`${JSON.stringify(overviewJson(snapshot, Date.now()))}\n`);
  else process.stdout.write(`${plainOverview(snapshot, Date.now(), { ascii }).join('\n')}\n`);
}
