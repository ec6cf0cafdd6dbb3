import type { Command } from 'commander';
import { ends, example } from '../command-parts.ts';
import type { CheckpointsOptions } from './checkpoints.ts';
import { type JobOptions, withJob, withJobOption } from './job-options.ts';

export function addSimulateCheckpoints(simulate: Command): void {
  const verb = simulate
    .command('checkpoints')
    .description('what each checkpoint policy costs above the best possible, at a quantile of each market as bid')
    .option(
      '--prices <file>',
      'recorded prices, JSON or CSV, gzip or plain; - is stdin; cache: what cbas prices sync keeps',
    )
    .option('--type <type>', 'only this instance type')
    .option('--zone <zone>', 'only this zone')
    .option('--product <product>', 'only this product (default: Linux/UNIX where there is any); all for all')
    .option(
      '--quantile <share>',
      'the bid of each market: the price that it stayed at or below for this share of its time',
      '0.75',
    )
    .option('--work-h <hours>', 'hours of work (default: 500 minutes)', String(500 / 60))
    .option('--checkpoint-s <seconds>', 'what a checkpoint takes', '300')
    .option(
      '--notice-checkpoint-s <seconds>',
      'what one takes where notice is given: under 120 s it fits into it',
      '60',
    )
    .option('--restart-s <seconds>', 'from the start of a new instance until work goes on', '600')
    .option('--starts <count>', 'starts per market', '100')
    .option('--from <when>', 'first instant of a start; earlier prices are history')
    .option('--to <when>', 'last instant of a start')
    .option('--seed <number>', 'the same seed draws the same starts', '1')
    .option('--json', 'print JSON');
  withJobOption(verb, 'its work, type and checkpoint').action(
    async (options: CheckpointsOptions & JobOptions, command: Command) => {
      const { simulateCheckpoints } = await import('./checkpoints.ts');
      const taken = { work: 'workH', type: 'type', checkpointS: 'checkpointS' };
      await ends(withJob(options, command, taken).then(simulateCheckpoints));
    },
  );
  example(verb, 'cbas simulate checkpoints --prices prices.csv --quantile 0.75 --seed 1');
}
