import type { Command } from 'commander';
import { ends, example, withActing, withCommon } from './command-parts.ts';

/** Verbs that change jobs. */
export function addJobActs(program: Command): void {
  example(
    choosing(withActing(program.command('kill').description('end jobs for good, or with --all the whole deployment')))
      .option('--all', 'stop submission, then kill all jobs, then terminate all instances, and count down to zero')
      .option('--checkpoint', 'let running jobs save their work before: a retry goes on from there')
      .option('--within <seconds>', 'with --all: wait so long until all is gone (300)')
      .action(async (ids, options) => ends((await import('./commands/act-on-jobs.ts')).kill(ids, options))),
    'cbas kill --all-matching "pi-*" --dry-run\n  cbas kill --all --yes',
  );
  example(
    choosing(
      withActing(program.command('hold').description('hold jobs back; one that runs saves its work and stops')),
    ).action(async (ids, options) => ends((await import('./commands/act-on-jobs.ts')).hold(ids, options))),
    'cbas hold pi-017 --yes\n  cbas hold --state runnable --all-matching "pi-*"',
  );
  example(
    choosing(withActing(program.command('release').description('let held jobs run again')))
      .option('--all', 'all that are held; and accept jobs again after kill --all')
      .action(async (ids, options) => ends((await import('./commands/act-on-jobs.ts')).release(ids, options))),
    'cbas release pi-017 --yes\n  cbas release --all',
  );
  example(
    choosing(
      withActing(
        program
          .command('retry')
          .description('run failed or killed jobs once more, from their newest checkpoints (of many: the failed ones)'),
      ),
    ).action(async (ids, options) => ends((await import('./commands/act-on-jobs.ts')).retry(ids, options))),
    'cbas retry sort-9\n  cbas retry --state failed,killed --all-matching "sort-*" --dry-run',
  );
  example(
    withActing(program.command('set').description('give jobs another priority or deadline'))
      .argument('<ids...>', IDS)
      .option('--priority <number>', '-1000 to 1000; higher is claimed first')
      .option('--deadline <time>', 'like 90m, 4h, 2d, 2026-12-01T12:00Z, or none')
      .action(async (ids, options) => ends((await import('./commands/set-urgency.ts')).setUrgency(ids, options))),
    'cbas set pi-017 --priority 10 --deadline 4h',
  );
  example(
    withActing(
      program.command('quota').description('what owners of jobs have and may have at once; with an option, set it'),
    )
      .argument('[owner]', 'as `cbas quota` lists them; "*" = everybody without a setting of his own')
      .option('--running <count>', 'jobs that may run at once, or any')
      .option('--waiting <count>', 'jobs that may be submitted and not run yet, or any')
      .option('--share <weight>', 'of the slots, beside others who have jobs waiting (1)')
      .option('--reset', 'what holds for everybody holds for this owner again')
      .action(async (owner, options) => ends((await import('./commands/quota.ts')).quota(owner, options))),
    'cbas quota\n  cbas quota ana --running 20 --share 2\n  cbas quota "*" --waiting 10000 --yes',
  );
  example(
    withActing(program.command('checkpoint').description('let running jobs save their work now'))
      .argument('[ids...]', IDS)
      .option('--worker <id>', 'all jobs of this worker')
      .option('--all', 'all jobs that run')
      .action(async (ids, options) => ends((await import('./commands/act-on-jobs.ts')).checkpoint(ids, options))),
    'cbas checkpoint pi-017 --yes\n  cbas checkpoint --all --yes',
  );
  example(
    withCommon(program.command('load').description('submit jobs that only sleep or work, at a rate: for trying things'))
      .requiredOption('--jobs <count>', 'how many')
      .option('--rate <rate>', 'by time, like 5/s or 300/min', '10/s')
      .option('--sleep <seconds>', 'each sleeps so long (10)')
      .option('--work <seconds>', 'each keeps a core busy so long')
      .option('--name <prefix>', 'how their names begin', 'load')
      .action(async (options) => ends((await import('./commands/load.ts')).load(options))),
    'cbas load --jobs 1000 --rate 20/s --sleep 5',
  );
}

const IDS = 'ids, beginnings or ends of them, or names';

/** Jobs one by one, or all of some kind. */
function choosing(command: Command): Command {
  return command
    .argument('[ids...]', IDS)
    .option('--all-matching <pattern>', 'all with such a name that this can be done to; * stands for anything')
    .option('--state <states>', 'all in these states, e.g. running,runnable');
}
