import type { Command } from 'commander';
import { ends, example } from '../command-parts.ts';
import type { GuaranteeOptions } from './guarantee.ts';
import { type JobOptions, withJob, withJobOption } from './job-options.ts';
import { withPrices } from './price-verb.ts';

export function addSimulateGuarantee(simulate: Command): void {
  const verb = simulate
    .command('guarantee')
    .description('how often bids that promise to last a time do last it, and how high they are')
    .option('--duration-h <hours>', 'how long an instance is to be kept', '4')
    .option('--target <share>', 'wanted probability of keeping it', '0.95')
    .option('--instants <count>', 'random instants per market', '100');
  withJobOption(withPrices(verb), 'its work and type').action(
    async (options: GuaranteeOptions & JobOptions, command: Command) => {
      const { simulateGuarantee } = await import('./guarantee.ts');
      await ends(withJob(options, command, { work: 'durationH', type: 'type' }).then(simulateGuarantee));
    },
  );
  example(verb, 'cbas simulate guarantee --prices prices.csv --on-demand ondemand.csv --duration-h 4 --target 0.95');
}
