import type { Command } from 'commander';
import { example, withCommon } from './program.ts';

/** Ends the verb with the code that it returns. Nothing is cut off: the process leaves when all is written. */
async function ends(code: Promise<number>): Promise<void> {
  whenNobodyReads();
  process.exitCode = await code;
}

let watched = false;
/** `cbas jobs | head -1` is no failure: the reader has seen enough. */
function whenNobodyReads(): void {
  if (watched) return;
  watched = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** Verbs that look at or change a deployment; each lies in a file of its own and is loaded when it is called. */
export function addVerbs(program: Command): void {
  addJobVerbs(program);
  addLookingVerbs(program);
}

/** What stood after `--`: the parser itself does not tell it from files. */
function afterDashes(program: Command): readonly string[] {
  const { rawArgs } = program as Command & { readonly rawArgs: readonly string[] };
  const at = rawArgs.indexOf('--');
  return at < 0 ? [] : rawArgs.slice(at + 1);
}

function addJobVerbs(program: Command): void {
  example(
    withCommon(program.command('submit').description('submit jobs: documents, or a command after --'))
      .argument('[files...]', 'JSON: one document, a list, or one on each line; - is stdin')
      .option('--name <name>', 'name of the job of a command')
      .option('--wait', 'until they have ended; exits with the job’s own code')
      .option('--dry-run', 'check and print what would be submitted')
      .action(async (operands: string[], options) => {
        const command = afterDashes(program);
        const files = operands.slice(0, operands.length - command.length);
        await ends((await import('./commands/submit.ts')).submit({ files, command }, options));
      }),
    'cbas submit jobs.jsonl\n  cbas submit --wait -- node pi.mjs --seed 17',
  );
  example(
    withCommon(program.command('jobs').description('list jobs, the newest last'))
      .option('--state <states>', 'only these, e.g. running,failed')
      .option('--name <pattern>', 'only names that match; * stands for anything')
      .option('--limit <count>', 'at most so many, the newest (100; with --json all)')
      .action(async (options) => ends((await import('./commands/jobs.ts')).jobs(options))),
    'cbas jobs --state failed --name "pi-*"',
  );
  example(
    withCommon(program.command('job').description('everything known of one job'))
      .argument('<id>', 'its id, the beginning or end of it, or its name')
      .action(async (id, options) => ends((await import('./commands/job.ts')).job(id, options))),
    'cbas job pi-017',
  );
  example(
    withCommon(program.command('get').description('download what a job put out, checked by size and hash'))
      .argument('<id>', 'its id, the beginning or end of it, or its name')
      .option('--output <name>', 'only this output')
      .option('--to <folder>', 'where to (else a folder named after the job)')
      .action(async (id, options) => ends((await import('./commands/get.ts')).get(id, options))),
    'cbas get pi-017 --output estimate --to results',
  );
}

function addLookingVerbs(program: Command): void {
  example(
    withCommon(program.command('workers').description('list workers by pool'))
      .option('--all', 'those that are gone as well')
      .action(async (options) => ends((await import('./commands/workers.ts')).workers(options))),
    'cbas workers --json',
  );
}
