import type { Command } from 'commander';
import { addCheckpointVerbs } from './checkpoint-verbs.ts';
import { ends, example, withActing, withAsking, withCommon } from './command-parts.ts';
import { addImageVerbs } from './image-verbs.ts';
import { addJobActs } from './job-act-verbs.ts';
import { addPrices } from './prices-verbs.ts';
import { addSetupVerbs } from './setup-verbs.ts';
import { addSimulate } from './simulate-verbs.ts';

/** Verbs that look at or change a deployment; each lies in a file of its own and is loaded when it is called. */
export function addVerbs(program: Command): void {
  addJobVerbs(program);
  addLookingVerbs(program);
  addJobActs(program);
  addCheckpointVerbs(program);
  addImageVerbs(program);
  addWorkerActs(program);
  addDeadLetters(program);
  addSimulate(program);
  addSetupVerbs(program);
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
      .option('--filter <text>', 'only these, as after / in the console: state:failed age<1h cost>0.1')
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
  example(
    withCommon(program.command('logs').description('what a job wrote'))
      .argument('<id>', 'its id, the beginning or end of it, or its name')
      .option('--stderr', 'its standard error instead of its standard output')
      .option('--epoch <number>', 'of this run of it (else the newest that wrote something)')
      .option('-f, --follow', 'go on until it has ended')
      .option('--since <time>', 'only what came in this time: 90s, 10m, 24h')
      .option('--timestamps', 'each line with the time by which it had come')
      .option('--raw', 'bytes as they are, terminal escapes included')
      .action(async (id, options) => ends((await import('./commands/logs.ts')).logs(id, options))),
    'cbas logs pi-017 --follow',
  );
}

function addLookingVerbs(program: Command): void {
  example(
    withCommon(program.command('workers').description('list workers by pool'))
      .option('--all', 'those that are gone as well')
      .action(async (options) => ends((await import('./commands/workers.ts')).workers(options))),
    'cbas workers --json',
  );
  example(
    withCommon(program.command('where').description('who leads, where, and what to type to get there')).action(
      async (options) => ends((await import('./commands/where.ts')).where(options)),
    ),
    'cbas where --deployment lab --region us-east-1',
  );
  addPrices(program);
  example(
    withCommon(program.command('book').description('books of results: pooled mean, standard error, samples'))
      .argument('[name]', 'only this one')
      .action(async (name, options) => ends((await import('./commands/book.ts')).book(name, options))),
    'cbas book pi',
  );
  example(
    withCommon(program.command('audit').description('who did what, from where, and what came of it'))
      .option('--since <time>', 'so long ago at most, like 90m, 24h or 7d', '24h')
      .option('--by <name>', 'only what this operator, or leader, did')
      .option('--limit <count>', 'at most so many lines, the newest', '1000')
      .action(async (options) => ends((await import('./commands/audit.ts')).audit(options))),
    'cbas audit --since 7d --by ana',
  );
}

function addWorkerActs(program: Command): void {
  example(
    withActing(program.command('terminate').description('end workers; their jobs go on elsewhere'))
      .argument('<workers...>', 'instance ids, or beginnings or ends of them')
      .option('--lower-target', 'ask for fewer workers from now on, instead of replacing them')
      .option('--checkpoint', 'let their jobs save their work before')
      .action(async (ids, options) => ends((await import('./commands/act-on-workers.ts')).terminate(ids, options))),
    'cbas terminate i-0a41c2d3e4f5a6b7c --checkpoint --lower-target',
  );
  example(
    withActing(program.command('drain').description('workers take nothing new, and go when their jobs have ended'))
      .argument('<workers...>', 'instance ids, or beginnings or ends of them')
      .option('--now', 'their jobs save their work at once and go on elsewhere')
      .option('--lower-target', 'ask for fewer workers from now on, instead of replacing them')
      .action(async (ids, options) => ends((await import('./commands/act-on-workers.ts')).drain(ids, options))),
    'cbas drain i-0a41c2d3e4f5a6b7c --now --yes',
  );
  example(
    withActing(
      program
        .command('roll')
        .description('replace the workers of a pool that were launched at another bid, after a checkpoint'),
    )
      .argument('<pool>', 'TYPE/ZONE')
      .action(async (pool, options) => ends((await import('./commands/act-on-workers.ts')).roll(pool, options))),
    'cbas roll c5.large/us-east-1a --yes',
  );
  example(
    withAsking(
      program.command('drill').description('have one worker really taken back, and tell what became of its jobs'),
    )
      .argument('[worker]', 'its instance id, or the beginning or end of it (else one that is at work)')
      .option('--within <minutes>', 'how long to wait for its end', '10')
      .action(async (worker, options) => ends((await import('./commands/drill.ts')).drill(worker, options))),
    'cbas drill --dry-run\n  cbas drill i-0a41c2d3e4f5a6b7c --yes --json',
  );
  example(
    withCommon(program.command('shell').description('a shell where a worker runs'))
      .argument('<worker>', 'its instance id, or the beginning or end of it')
      .action(async (id, options) => ends((await import('./commands/shell.ts')).shell(id, options))),
    'cbas shell i-0a41c2d3e4f5a6b7c',
  );
  example(
    withActing(program.command('launch').description('launch workers'))
      .argument('<count>', 'how many')
      .option('--pool <pool>', 'in this pool (else in the cheapest)')
      .action(async (count, options) => ends((await import('./commands/act-on-workers.ts')).launch(count, options))),
    'cbas launch 4 --pool c5.large/us-east-1a',
  );
  example(
    withActing(program.command('bid').description('set what is offered for new launches in a pool'))
      .argument('<pool>', 'a pool, or "*" for all')
      .argument('[usd]', 'dollars an hour')
      .option('--undo', 'back to what was offered before the last change')
      .action(async (pool, usd, options) =>
        ends((await import('./commands/act-on-workers.ts')).bid(pool, usd, options)),
      ),
    'cbas bid c5.large/us-east-1a 0.06\n  cbas bid c5.large/us-east-1a --undo',
  );
}

function addDeadLetters(program: Command): void {
  const letters = example(
    program.command('deadletters').description('messages that nobody could handle: list, send back, delete'),
    'cbas deadletters\n  cbas deadletters redrive events',
  );
  example(
    withCommon(
      letters.command('list', { isDefault: true }).description('which there are, and what is wrong with them'),
    ).action(async (options) => ends((await import('./commands/deadletters.ts')).listDeadLetters(options))),
    'cbas deadletters --json',
  );
  example(
    withAsking(letters.command('redrive').description('send them back to their queue'))
      .argument('[queue]', 'only those of this one: ping, events or results')
      .action(async (queue, options) =>
        ends((await import('./commands/deadletters.ts')).redriveDeadLetters(queue, options)),
      ),
    'cbas deadletters redrive events --yes',
  );
  example(
    withAsking(letters.command('purge').description('delete them for good'))
      .argument('[queue]', 'only those of this one: ping, events or results')
      .action(async (queue, options) =>
        ends((await import('./commands/deadletters.ts')).purgeDeadLetters(queue, options)),
      ),
    'cbas deadletters purge ping --dry-run',
  );
}
