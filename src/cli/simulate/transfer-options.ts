import type { Command } from 'commander';
import { INSTANCE_TO_INSTANCE_USD_PER_GB, type TransferCosts } from '../../engine/decide/transfer.ts';
import { realNumber } from '../numbers.ts';

/** What a move between zones and regions costs, as the command line gives it. */
export interface TransferOptions {
  readonly dataGb: string;
  readonly transferUsdPerGb?: string;
  readonly zoneUsdPerGb: string;
  readonly gbps: string;
  readonly setupUsd: string;
  readonly setupH: string;
}

export function withTransfer(command: Command): Command {
  return command
    .option('--data-gb <gb>', 'inputs and checkpoint that a job takes along when it moves', '0')
    .option('--transfer-usd-per-gb <usd>', 'a GB to another region (default: the list price of where it comes from)')
    .option(
      '--zone-usd-per-gb <usd>',
      `a GB to another zone: nothing through the bucket, ${INSTANCE_TO_INSTANCE_USD_PER_GB} from disk to disk`,
      '0',
    )
    .option('--gbps <rate>', 'gigabits a second between regions', '1')
    .option('--setup-usd <usd>', 'an hour of a master in a region where none is', '0')
    .option('--setup-h <hours>', 'until it stands', '0');
}

export function transferCosts(options: TransferOptions): TransferCosts {
  const usd = { min: 0, max: 1000 };
  return {
    dataGb: realNumber('--data-gb', options.dataGb, { min: 0, max: 1e7 }),
    betweenRegionsUsdPerGb:
      options.transferUsdPerGb === undefined
        ? undefined
        : realNumber('--transfer-usd-per-gb', options.transferUsdPerGb, usd),
    betweenZonesUsdPerGb: realNumber('--zone-usd-per-gb', options.zoneUsdPerGb, usd),
    gbps: realNumber('--gbps', options.gbps, { min: 0.001, max: 10_000 }),
    setupUsdPerHour: realNumber('--setup-usd', options.setupUsd, usd),
    setupH: realNumber('--setup-h', options.setupH, { min: 0, max: 720 }),
  };
}
