import type { Command } from 'commander';
import { example } from './command-parts.ts';
import { addSimulateBid } from './simulate/bid-verb.ts';
import { addSimulateCheckpoints } from './simulate/checkpoints-verb.ts';
import { addSimulateDeadline } from './simulate/deadline-verb.ts';
import { addSimulateGuarantee } from './simulate/guarantee-verb.ts';
import { addSimulateMarket } from './simulate/market-verb.ts';

/** `cbas simulate …`: what a choice would have done on recorded prices and availability. Needs no deployment. */
export function addSimulate(program: Command): void {
  const simulate = program
    .command('simulate')
    .description('what a bid, a policy or a market would have done, on recorded data');
  addSimulateBid(simulate);
  addSimulateDeadline(simulate);
  addSimulateGuarantee(simulate);
  addSimulateMarket(simulate);
  addSimulateCheckpoints(simulate);
  example(
    simulate,
    'cbas simulate bid --prices prices.csv --zone us-east-1a --type c3.xlarge --work-h 8 --deadline-h 12 --sweep',
  );
}
