import type { Command } from 'commander';
import { ends, example } from '../command-parts.ts';
import { type JobOptions, withJob, withJobOption } from './job-options.ts';
import type { MarketOptions } from './market.ts';
import { withPrices } from './price-verb.ts';
import { withTransfer } from './transfer-options.ts';

export function addSimulateMarket(simulate: Command): void {
  const verb = simulate
    .command('market')
    .description('what jobs with a deadline would have cost: each bid rule on one market, and ours over several')
    .option('--work-h <hours>', 'work of a job on an instance of the type', '8')
    .option('--deadline-h <hours>', 'time from its start to its deadline', '12')
    .option('--jobs <count>', 'random starts per market', '20')
    .option('--home <region>', 'where the data and the master are (default: where each job would run alone)');
  withJobOption(withTransfer(withPrices(verb)), 'its work, deadline, type and the size of its checkpoint').action(
    async (options: MarketOptions & JobOptions, command: Command) => {
      const taken = { work: 'workH', deadline: 'deadlineH', type: 'type', dataGb: 'dataGb' };
      const { simulateMarket } = await import('./market.ts');
      await ends(withJob(options, command, taken).then(simulateMarket));
    },
  );
  example(
    verb,
    'cbas simulate market --prices prices.csv --on-demand ondemand.csv --work-h 8 --deadline-h 12 --home us-east-1 --data-gb 20',
  );
}
