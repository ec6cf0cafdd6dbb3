import type { Command } from 'commander';
import { ends, example } from '../command-parts.ts';
import type { DeadlineOptions } from './deadline-inputs.ts';
import { type JobOptions, withJob, withJobOption } from './job-options.ts';

export function addSimulateDeadline(simulate: Command): void {
  const verb = simulate
    .command('deadline')
    .description('what policies for jobs with a deadline would have cost on recorded availability')
    .option('--traces <file>', 'availability traces, one JSON object a line, gzip or plain; - is stdin')
    .option('--work-h <hours>', 'work of a job, on one instance', '48')
    .option('--deadline-h <hours>', 'time from its start to its deadline', '52')
    .option('--changeover-h <hours>', 'paid time without progress at every start of an instance', '0.2')
    .option('--on-demand <usd>', 'price of an on-demand instance per hour', '3.06')
    .option('--spot <usd>', 'price of a spot instance per hour', '0.9731')
    .option('--starts <count>', 'random starts per trace', '10')
    .option('--policy <names>', 'only these, separated by commas')
    .option('--zone <zone>', 'only this zone')
    .option('--type <type>', 'only this device or instance type')
    .option('--from <when>', 'jobs begin at or after this')
    .option('--to <when>', 'jobs have their deadlines at or before this')
    .option('--seed <number>', 'the same seed draws the same starts', '1')
    .option('--json', 'print JSON');
  withJobOption(verb, 'its work and deadline').action(
    async (options: DeadlineOptions & JobOptions, command: Command) => {
      const { simulateDeadline } = await import('./deadline.ts');
      await ends(withJob(options, command, { work: 'workH', deadline: 'deadlineH' }).then(simulateDeadline));
    },
  );
  example(
    verb,
    'cbas simulate deadline --traces traces.jsonl.gz --work-h 48 --deadline-h 52 --changeover-h 0.2 --starts 10',
  );
}
