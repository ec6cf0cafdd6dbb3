import type { Command } from 'commander';
import { ends, example } from '../command-parts.ts';
import type { BidOptions } from './bid.ts';
import { type JobOptions, withJob, withJobOption } from './job-options.ts';

export function addSimulateBid(simulate: Command): void {
  const verb = simulate
    .command('bid')
    .description('what a bid, or every bid, would have done for a job in one market')
    .option(
      '--prices <file>',
      'recorded prices, JSON or CSV, gzip or plain; - is stdin; cache: what cbas prices sync keeps',
    )
    .option('--zone <zone>', 'the zone; may be left out where the file has one')
    .option('--type <type>', 'the instance type; may be left out where the file has one')
    .option('--product <product>', 'the product (default: Linux/UNIX where there is any)')
    .option('--billing <rule>', 'classic, transition or modern (default: the one in force at the time of the prices)')
    .option('--work-h <hours>', 'hours of work (default: 8)')
    .option('--deadline-h <hours>', 'hours from start to deadline (default: 12)')
    .option('--bid <usd>', 'one bid, USD per hour; for modern billing the max price')
    .option('--sweep', 'every price of the market as a bid; what is done without --bid')
    .option(
      '--checkpoint <policy>',
      'none, hour, edge, young, adapt, notice or auto (default: auto with --bid, else young)',
    )
    .option('--checkpoint-s <seconds>', 'what a checkpoint takes', '300')
    .option('--restart-s <seconds>', 'from the start of a new instance until work goes on', '600')
    .option('--on-demand <usd|file>', 'on-demand price: go there at the last moment, and never miss')
    .option(
      '--interruptions <file>',
      'modern: interruptions of an account (cbas prices export --interruptions), or none (default: the deployment’s)',
    )
    .option('--traces <file>', 'modern: availability traces of markets like it')
    .option('--from <when>', 'first instant of the window (default: 90 days before its end)')
    .option('--to <when>', 'last instant of the window (default: the last price)')
    .option('--starts <count>', 'starts that are replayed at each bid', '500')
    .option('--seed <number>', 'the same seed draws the same starts', '1')
    .option('--json', 'print JSON');
  withJobOption(verb, 'its work, deadline, highest price, type and checkpoint').action(
    async (options: BidOptions & JobOptions, command: Command) => {
      const taken = { work: 'workH', deadline: 'deadlineH', bid: 'bid', type: 'type', checkpointS: 'checkpointS', policy: 'checkpoint' }; // prettier-ignore
      const { simulateBid } = await import('./bid.ts');
      await ends(withJob(options, command, taken).then(simulateBid));
    },
  );
  example(
    verb,
    'cbas simulate bid --prices prices.csv --zone us-east-1a --type c3.xlarge --work-h 8 --deadline-h 12 --bid 0.05',
  );
}
