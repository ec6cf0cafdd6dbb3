import type { Command } from 'commander';
import { ends, example, withCommon } from './command-parts.ts';

const ID = 'its id, the beginning or end of it, or its name';
const GENERATION = 'the whole number of a generation, as the list has it (else the newest)';

/** Verbs that look at checkpoints, and try them. */
export function addCheckpointVerbs(program: Command): void {
  const verbs = example(
    program.command('checkpoints').description('saved work: list, inspect, test whether it can be restored'),
    'cbas checkpoints\n  cbas checkpoints inspect pi-017\n  cbas checkpoints test pi-017',
  );
  example(
    withCommon(verbs.command('list', { isDefault: true }).description('generations of jobs, the newest first'))
      .argument('[ids...]', 'ids, beginnings or ends of them, or names (else all jobs that have saved anything)')
      .option('--state <states>', 'only of jobs in these, e.g. running,failed')
      .option('--name <pattern>', 'only of names that match; * stands for anything')
      .option('--filter <text>', 'only of these jobs, as after / in the console: saved>10m size>1000000')
      .option('--limit <count>', 'of at most so many jobs (100)')
      .action(async (ids, options) => ends((await import('./commands/checkpoints.ts')).checkpoints(ids, options))),
    'cbas checkpoints --state running --json\n  cbas checkpoints pi-017',
  );
  example(
    withCommon(verbs.command('inspect').description('what one holds, where it was made, and which workers could restore it')) // prettier-ignore
      .argument('<job>', ID)
      .argument('[generation]', GENERATION)
      .action(async (job, generation, options) =>
        ends((await import('./commands/checkpoints-inspect.ts')).inspectCheckpoint({ job, generation }, options)),
      ),
    'cbas checkpoints inspect pi-017 2000003',
  );
  example(
    withCommon(verbs.command('test').description('restore one into a scratch folder; the job is not touched'))
      .argument('<job>', ID)
      .argument('[generation]', GENERATION)
      .option('--worker <id>', 'on this worker (else here where that can be, else on one that can)')
      .option('--within <seconds>', 'wait so long for a worker (300)')
      .action(async (job, generation, options) =>
        ends((await import('./commands/checkpoints-test.ts')).testCheckpoint({ job, generation }, options)),
      ),
    'cbas checkpoints test pi-017 --worker i-0a41c2d3e4f5a6b7c',
  );
}
