import { Command, CommanderError, Option } from 'commander';
import type { MasterOptions } from './commands/master.ts';
import type { WorkerOptions } from './commands/worker.ts';
import { ends, example, withCommon } from './command-parts.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { note } from './output.ts';
import { addVerbs } from './verbs.ts';
import { VERSION } from './version.ts';

/** The embedded AWS of this machine. */
function addLocal(program: Command): void {
  const local = program
    .command('local')
    .description('the embedded AWS on this machine: no account, no cost, real processes as instances');
  example(
    local
      .command('run', { isDefault: true })
      .description('start it and stay (ctrl-C stops it)')
      .option('--name <name>', 'its name, and its deployment’s', 'local')
      .option('--port <port>', 'port on 127.0.0.1; 0 takes a free one', '0')
      .option('--speed <factor>', 'how much faster than the clock prices go by', '60')
      .option('--seed <number>', 'of the synthetic price market', '1')
      .option('--prices <file>', 'replay recorded prices instead (JSON of describe-spot-price-history, or CSV)')
      .option('--workers <count>', 'workers asked for in a new deployment', '4')
      .addOption(new Option('--with-parent').hideHelp())
      .addOption(new Option('--end-instances').hideHelp())
      .action(async (options) => (await import('./commands/local.ts')).runLocal(options)),
    'cbas local --name lab --speed 120',
  );
  example(
    local
      .command('rm')
      .argument('[name]', 'which one', 'local')
      .description('stop it and remove all that it holds')
      .action(async (name) => (await import('./commands/local-admin.ts')).removeLocal(name)),
    'cbas local rm lab',
  );
  example(
    local
      .command('stop')
      .argument('[name]', 'which one', 'local')
      .description('stop it and its instances; what it holds stays')
      .action(async (name) => (await import('./commands/local-admin.ts')).stopLocal(name)),
    'cbas local stop lab',
  );
  example(
    local
      .command('ls')
      .description('which exist, and which run')
      .option('--json', 'print JSON')
      .action(async (options) => (await import('./commands/local-admin.ts')).listLocals(options)),
    'cbas local ls',
  );
}

/** The commands that start something; the others are in `verbs`. */
function addProcesses(program: Command): void {
  example(
    withCommon(program.command('master').description('lead the deployment, or stand by until this one can'))
      .option('--push-listen <address>', 'take SNS messages at [host:]port as well; the host is 127.0.0.1 unless said')
      .option('--push-url <url>', 'where SNS finds that from outside (else http:// and the address itself)')
      .option('--push-cert <file>', 'PEM: end TLS here, with --push-key')
      .option('--push-key <file>', 'PEM')
      .option('--push-topics <arns>', 'topics beside the deployment’s own, with commas between them')
      .addOption(new Option('--with-parent').hideHelp())
      .addOption(new Option('--id <id>').hideHelp())
      .addOption(new Option('--detached').hideHelp())
      .addOption(new Option('--await-local').hideHelp())
      .action(async (options: MasterOptions) => (await import('./commands/master.ts')).master(options)),
    'cbas master --deployment lab',
  );
  example(
    program
      .command('worker')
      .description('the agent on an instance; started by its user data')
      .option('--deployment <name>', 'whose worker it is')
      .option('--queue <name>', 'queue to take jobs from', 'default')
      .option('--slots <count>', 'jobs at a time')
      .option('--first-job <id>', 'the job to begin with; after it, the queue’s')
      .option('--probe', 'only say how a worker on this machine could save jobs, and why not otherwise')
      .option('--json', 'with --probe: as JSON')
      .action(async (options: WorkerOptions & { readonly probe?: boolean; readonly json?: boolean }) =>
        options.probe === true
          ? ends((await import('./commands/worker-probe.ts')).probeWorker(options))
          : (await import('./commands/worker.ts')).worker(options),
      ),
    'cbas worker --probe',
  );
  example(
    program
      .command('demo', { hidden: true })
      .description('what `npm start` does: embedded AWS, master, sample workload, console')
      .option('--jobs <count>', 'jobs of the sample workload', '36')
      .option('--seed <number>', 'of the price market')
      .action(async (options) => (await import('./commands/demo.ts')).demo(options)),
    'cbas demo',
  );
  example(
    program
      .command('console')
      .description('the operator’s terminal (also: cbas-console)')
      .allowUnknownOption()
      .helpOption(false)
      .argument('[args...]')
      .action(async (args: string[]) => (await import('./commands/console.ts')).runConsole(args)),
    'cbas console --read-only',
  );
}

/** The program with all its verbs; nothing of it runs before it is parsed. */
export function programOf(): Command {
  const program = new Command('cbas')
    .description('Batch jobs on EC2 Spot: as cheaply as their deadlines allow, without losing work')
    .version(VERSION)
    .showHelpAfterError('(add --help for how it is used)')
    .showSuggestionAfterError()
    .exitOverride();
  addLocal(program);
  addProcesses(program);
  addVerbs(program);
  // A verb of a verb prints its errors by itself as well.
  for (const command of [...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.exitOverride().copyInheritedSettings(program);
  return program;
}

/** Parses the command line, runs the verb, and ends the process with its exit code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const program = programOf();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage);
    note(`cbas: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(exitCodeOf(error));
  }
}
