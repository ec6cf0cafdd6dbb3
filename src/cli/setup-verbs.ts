import type { Command } from 'commander';
import { ends, example, withAsking, withCommon } from './command-parts.ts';

/** Verbs that make, look after and take away what a deployment stands on, and those that tell of CBAS itself. */
export function addSetupVerbs(program: Command): void {
  addResourceVerbs(program);
  addPrintingVerbs(program);
  addOwnVerbs(program);
}

function withMachines(command: Command): Command {
  return command
    .option('--image <ami>', 'image of the workers (else as it was, or the newest Amazon Linux)')
    .option(
      '--program <where>',
      'bundle: instances fetch CBAS from the bucket, checked by its hash; image: theirs has it',
    )
    .option('--node <files...>', 'Node for Linux to put beside the bundle, one for each architecture (else CBAS’s own)')
    .option('--user-data <file>', 'script that a worker starts with, instead of the one that fetches and starts CBAS')
    .option('--vpc <id>', 'VPC to launch workers in (else as it was, or the region’s default VPC); for good')
    .option('--subnets <ids>', 'with --vpc: its subnets to launch in, one in a zone, like subnet-1a,subnet-1b')
    .option('--shell <on|off>', 'whether people may come to workers by the Session Manager (else as it was, or off)')
    .option('--owner <name>', 'who answers for it: a tag on everything (else as it was, or you)');
}

function addResourceVerbs(program: Command): void {
  example(
    withMachines(withAsking(program.command('init').description('make what a deployment stands on, mend what drifted')))
      .option('--plan', 'show what is there and what would be done, and stop')
      .option('--pool <pools...>', 'pools with their bids: type/zone:bid')
      .option('--workers <count>', 'workers to keep while work waits', '0')
      .option('--production', 'every act wants the name of the deployment typed')
      .action(async (options) => ends((await import('./commands/init.ts')).init(options))),
    'cbas init --deployment lab --region us-east-1 --pool c5.large/us-east-1a:0.05 --workers 4',
  );
  example(
    withCommon(program.command('doctor').description('how the resources of a deployment stand'))
      .option('--fix', 'mend what has drifted, make what is missing')
      .option('-y, --yes', 'do not ask; needed where there is no terminal to ask on')
      .action(async (options) => ends((await import('./commands/doctor.ts')).doctor(options))),
    'cbas doctor --deployment lab --fix',
  );
  example(
    withAsking(program.command('destroy').description('end all instances and take away what init made; data stays'))
      .option('--purge <name>', 'the deployment’s name, typed: tables and bucket go as well')
      .action(async (options) => ends((await import('./commands/destroy.ts')).destroy(options))),
    'cbas destroy --deployment lab --purge lab',
  );
}

/** What those want who review before anything is made; AWS is not asked. */
function addPrintingVerbs(program: Command): void {
  const account = (command: Command): Command => command.option('--account <id>', 'the account it is for');
  example(
    account(withMachines(withCommon(program.command('export').description('what init makes, as a template'))))
      .argument('<form>', 'cloudformation or terraform; master: user data of a master; master-unit: its service alone')
      .action(async (form, options) => ends((await import('./commands/export.ts')).exportTemplate(form, options))),
    'cbas export cloudformation --deployment lab --region us-east-1 --account 123456789012 > lab.json',
  );
  const policy = example(
    program.command('policy').description('rights of people and processes in AWS'),
    'cbas policy print --role viewer --deployment lab --region us-east-1',
  );
  example(
    account(withCommon(policy.command('print').description('the least rights of a role, as an IAM policy')))
      .requiredOption('--role <role>', 'viewer, operator, master, worker, signer or setup')
      .option('--shell <on|off>', 'for workers that people may come to by the Session Manager (off)')
      .action(async (options) => ends((await import('./commands/policy.ts')).printPolicy(options))),
    'cbas policy print --role operator --deployment lab --region us-east-1 --account 123456789012',
  );
  example(
    program
      .command('estimate')
      .description('what a deployment costs beside its instances, and how long it takes to a first result')
      .option('--json', 'print JSON')
      .action(async (options) => ends((await import('./commands/estimate.ts')).estimate(options))),
    'cbas estimate',
  );
}

function addOwnVerbs(program: Command): void {
  example(
    withCommon(program.command('info').description('versions, paths, what runs here and what would be chosen')).action(
      async (options) => ends((await import('./commands/info.ts')).info(options)),
    ),
    'cbas info --json',
  );
  example(
    program
      .command('schema')
      .description('the JSON Schema of the job document')
      .action(async () => ends((await import('./commands/schema.ts')).schema())),
    'cbas schema > job.schema.json',
  );
  example(
    program
      .command('completion')
      .argument('<shell>', 'bash, zsh or fish')
      .description('a script that completes verbs and options')
      .action(async (shell) => ends((await import('./commands/completion.ts')).completion(program, shell))),
    'source <(cbas completion bash)',
  );
}
