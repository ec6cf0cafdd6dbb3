import type { Command } from 'commander';
import { ends, example, withCommon } from './command-parts.ts';

/** `cbas prices …`: the deployment's pools, and recorded prices: fetch, list, chart, take in, give out. */
export function addPrices(program: Command): void {
  const prices = example(
    program.command('prices').description('price now, bid and on-demand price of each pool; recorded prices'),
    'cbas prices\n  cbas prices --pool c5.large/us-east-1a --history\n  cbas prices sync\n  cbas prices list',
  );
  example(
    withCommon(
      prices.command('pools', { isDefault: true }).description('price now, bid and on-demand price of each pool'),
    )
      .option('--pool <pool>', 'only this one')
      .option('--history', 'the changes of late instead')
      .action(async (options) => ends((await import('./commands/prices.ts')).prices(options))),
    'cbas prices --pool c5.large/us-east-1a --history',
  );
  example(
    withCommon(
      prices.command('sync').description('keep EC2’s spot and on-demand prices on this disk; later only what changed'),
    )
      .option('--type <types...>', 'of these instance types (else of the deployment’s pools)')
      .option('--zone <zones...>', 'in these zones (else with --type in all of the region)')
      .option('--days <days>', 'so far back; EC2 tells 90 days', '90')
      .action(async (options) => ends((await import('./prices/sync.ts')).syncVerb(options))),
    'cbas prices sync\n  cbas prices sync --type c5.large m5.large --zone us-east-1a --days 30',
  );
  example(
    withRecorded(
      prices.command('list').description('recorded markets: points, span, median, p95, time above on-demand'),
    )
      .option('--on-demand <file>', 'on-demand prices, CSV (else those that sync keeps)')
      .action(async (options) => ends(Promise.resolve((await import('./prices/list.ts')).listRecorded(options)))),
    'cbas prices list --prices prices.csv.gz --type c5.large',
  );
  example(
    withRecorded(prices.command('chart').description('one recorded market over time'))
      .option('--on-demand <file>', 'on-demand prices, CSV (else those that sync keeps)')
      .action(async (options) => ends(Promise.resolve((await import('./prices/chart.ts')).chartRecorded(options)))),
    'cbas prices chart --prices prices.csv --type c5.large --zone us-east-1a',
  );
  example(
    prices
      .command('import')
      .argument('<file>', 'JSON of describe-spot-price-history, CSV or daily CSV, gzip or plain; - is stdin')
      .description('take recorded prices into what is kept on this disk')
      .option('--into <name>', 'which of the kept sources', 'imported')
      .option('--json', 'print JSON')
      .action(async (file, options) =>
        ends(Promise.resolve((await import('./prices/files.ts')).importPrices(file, options))),
      ),
    'aws ec2 describe-spot-price-history --instance-types c5.large | cbas prices import -',
  );
  example(
    withRecorded(prices.command('export').description('recorded prices as CSV on stdout'))
      .option('--from <when>', 'from this date or instant on')
      .option('--to <when>', 'what came before this date or instant')
      .option('--interruptions', 'instead: how often EC2 took instances of the deployment back, by market, as JSON')
      .option('-d, --deployment <name>', 'which deployment, for --interruptions')
      .option('--region <region>', 'AWS region of the deployment')
      .option('--profile <profile>', 'AWS profile to use')
      .action(async (options) =>
        ends(
          options.interruptions === true
            ? (await import('./prices/interruptions.ts')).exportInterruptions(options)
            : Promise.resolve((await import('./prices/files.ts')).exportPrices(options)),
        ),
      ),
    'cbas prices export --type c5.large --from 2026-10-01 > prices.csv\n  cbas prices export --interruptions > interruptions.json',
  );
}

function withRecorded(command: Command): Command {
  return command
    .option(
      '--prices <file>',
      'recorded prices, JSON or CSV, - is stdin; cache, or cache:NAME, is what is kept',
      'cache',
    )
    .option('--type <type>', 'only this instance type')
    .option('--zone <zone>', 'only this zone')
    .option('--product <product>', 'only this product, or all')
    .option('--json', 'print JSON');
}
