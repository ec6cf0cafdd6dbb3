import type { Snapshot } from '../../engine/model/snapshot.ts';
import type { Deployments, Destination } from '../../ui/destination.ts';
import { themeOf } from '../../ui/theme.ts';
import { type ConsoleArguments, consoleArguments } from '../console-arguments.ts';
import type { ConsoleConfig } from '../config-shape.ts';
import { keyChanges, readConfig } from '../console-config.ts';
import type { ConsoleSettings } from '../console-settings.ts';
import { deploymentsOf, rememberDeployment } from '../deployments.ts';
import { CliError, EXIT, exitCodeOf } from '../exit.ts';
import { LateEngine } from '../late-engine.ts';
import { openAgain } from '../open-again.ts';
import { note, print, printJson } from '../output.ts';
import { type TerminalAbilities, terminalAbilities, themeChoice } from '../terminal.ts';
import { guardTerminal } from '../terminal-guard.ts';
import { VERSION } from '../version.ts';

/** `cbas-console`: paints at once, connects behind the first frame. Ends the process. */
export async function runConsole(args: readonly string[]): Promise<never> {
  try {
    // Local mode drops from the environment what could lead to a real account; whoever goes on to one needs it again.
    const env = { ...process.env };
    process.exit(await run(consoleArguments(args, env), env));
  } catch (error) {
    const code = exitCodeOf(error);
    note(`cbas-console: ${error instanceof Error ? error.message : String(error)}`);
    if (code === EXIT.usage) note('(add --help for how it is used)');
    process.exit(code);
  }
}

async function run({ settings: said, word }: ConsoleArguments, env: NodeJS.ProcessEnv): Promise<number> {
  if (word === 'help') {
    print((await import('../console-help.ts')).consoleHelp());
    return EXIT.done;
  }
  if (word === 'version') {
    print(VERSION);
    return EXIT.done;
  }
  // Node would put the terminal back as it found it: the script that starts us does it, and came here by another way.
  if (word === 'reset-term') throw new CliError('run it as: cbas-console reset-term', EXIT.usage);
  if (word === 'info') return (await import('./info.ts')).info(said);
  const config = await readConfig(said.config);
  const settings = { ...config.settings, ...said };
  const abilities = terminalAbilities(process.env, process, settings);
  const readsAloud = settings.screenReader ?? process.env['INK_SCREEN_READER'] === 'true';
  if (settings.json === true || (!abilities.interactive && !readsAloud)) await printOverview(settings, abilities);
  else if (readsAloud) return (await import('../reader/reader.ts')).runReader(settings);
  else {
    const left = await interact({ settings, config, abilities, deployments: deploymentsOf(env) });
    if (left.next !== undefined) return openAgain(left.next, { said: { ...said, ...left.settings }, env });
  }
  return EXIT.done;
}

interface Start {
  readonly settings: ConsoleSettings;
  readonly config: ConsoleConfig;
  readonly abilities: TerminalAbilities;
  readonly deployments: Deployments;
}

/** How the operator left: where to, and what of the console is to be as it was. */
interface Leaving {
  readonly next: Destination | undefined;
  readonly settings: ConsoleSettings;
}

async function interact({ settings, config, abilities, deployments }: Start): Promise<Leaving> {
  const { openConsole } = await import('../open-console.ts');
  const late = new LateEngine();
  const screen = openConsole(late, {
    settings,
    keys: keyChanges(settings.keyPreset, config),
    programs: config.programs,
    abilities,
    deployments,
  });
  const guard = guardTerminal(screen, (exitCode) => process.exit(exitCode));
  try {
    await screen.painted();
    const { connect } = await import('../connect.ts');
    const mode = settings.readOnly === true ? 'read-only' : 'operator';
    const engine = await connect(settings, mode, { startsMaster: true });
    late.attach(engine);
    remember(engine.snapshot().deployment, settings);
    await screen.waitUntilExit();
    guard.release();
    engine.stop();
    const kept = engine.ownMaster();
    if (kept !== undefined) note(`master ${kept.id} goes on as process ${kept.pid}; its log: ${kept.logFile}`);
    const { next, screen: shown, isDryRun } = screen.store.getState();
    // A filter that it was started with is of the screen and the rows that it was started on.
    return { next, settings: { screen: shown, filter: '', dryRun: isDryRun } };
  } finally {
    screen.unmount();
  }
}

function remember(deployment: Snapshot['deployment'], { profile }: ConsoleSettings): void {
  if (deployment?.mode !== 'aws') return;
  const { name, region } = deployment;
  rememberDeployment({ name, region, ...(profile !== undefined && { profile }) });
}

/** Without a terminal: one look at everything, printed, and the end. It never hangs: each source has its timeout. */
async function printOverview(settings: ConsoleSettings, abilities: TerminalAbilities): Promise<void> {
  const [{ connect, firstLook }, { plainOverview }, { overviewJson }] = await Promise.all([
    import('../connect.ts'),
    import('../../ui/screen-plain.ts'),
    import('../overview-json.ts'),
  ]);
  // Whoever sits at a terminal expected a screen.
  if (settings.json !== true && process.stdout.isTTY)
    note(`cbas-console: no screen, for ${abilities.whyPlain}; this is one look at it`);
  const engine = await connect(settings, 'read-only');
  const snapshot = await firstLook(engine);
  engine.stop();
  if (settings.json === true) printJson(overviewJson(snapshot, Date.now()));
  else {
    const { printPainted } = await import('../output.ts');
    const theme = themeOf(themeChoice(abilities));
    const isColored = abilities.color.depth > 0 && !process.stdout.isTTY;
    const columns = process.stdout.isTTY ? { columns: process.stdout.columns } : {};
    for (const line of plainOverview(snapshot, Date.now(), { theme, isColored, ...columns })) printPainted(line);
  }
}
