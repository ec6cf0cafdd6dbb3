import type { Command } from 'commander';

/** What a verb takes that decides on recorded prices of many markets. */
export function withPrices(command: Command): Command {
  return command
    .option(
      '--prices <file>',
      'recorded prices, JSON or CSV, gzip or plain; - is stdin; cache: what cbas prices sync keeps',
    )
    .option('--on-demand <file>', 'on-demand prices: era,region,type,product,usd_per_hour,source')
    .option('--type <type>', 'only this instance type')
    .option('--zone <zone>', 'only this zone')
    .option('--from <when>', 'first instant that is decided (default: the later third of the file)')
    .option('--to <when>', 'last instant that is decided')
    .option('--seed <number>', 'the same seed draws the same instants', '1')
    .option('--json', 'print JSON');
}
