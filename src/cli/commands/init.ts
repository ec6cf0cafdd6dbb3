import fs from 'node:fs';
import type { InitOptions } from '../../aws/setup/init.ts';
import { badDeploymentName } from '../../aws/setup/names.ts';
import type { PoolSetting } from '../../engine/model/deployment.ts';
import { safe } from '../../ui/safe-text.ts';
import { MISC, settingsOf, writeSettings } from '../../engine/protocol/misc-item.ts';
import { auditAct } from '../audit-act.ts';
import { openDeployment } from '../wire.ts';
import { type ActOptions, confirm } from '../act.ts';
import { type Choice, chooseDeployment, operatorName } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { realNumber, wholeNumber } from '../numbers.ts';
import { note, print, printJson, printTable } from '../output.ts';

export interface InitVerbOptions extends ActOptions {
  readonly pool?: readonly string[];
  readonly workers: string;
  readonly production?: boolean;
  readonly image?: string;
  readonly userData?: string;
}

/** AWS resolves it at each launch to its newest image of Amazon Linux. */
const IMAGE_DEFAULT = 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
const WORKERS_MAX = 10_000;
const BID_MAX = 1_000;
/** One pool of two may hold half of the workers; of more, none more than this. */
const POOL_SHARE_PCT = 50;

/** `cbas init`: makes what a deployment stands on, or finds it; what exists is never changed. */
export async function init(options: InitVerbOptions): Promise<number> {
  const workers = wholeNumber('--workers', options.workers, { min: 0, max: WORKERS_MAX });
  const choice = await chooseDeployment(options);
  const bad = choice.local === undefined ? badDeploymentName(choice.name) : undefined;
  if (bad !== undefined) throw new CliError(bad, EXIT.usage);
  const pools = (options.pool ?? []).map((text) => poolOf(text, choice.target.region));
  const accountId = await accountOf(choice);
  const where = `deployment ${safe(choice.name)} in account ${accountId}, ${safe(choice.target.region)}`;
  if (options.dryRun === true) {
    print(`would make what is missing of ${where}: tables, queues, topic, event rules, bucket, launch template`);
    return EXIT.done;
  }
  // Nothing of the embedded AWS costs anything, and its deployment was made when it started.
  if (choice.local === undefined && options.yes !== true) await confirm(`make what is missing of ${where}`);
  const { initDeployment } = await import('../aws-ec2.ts');
  const ensured = await initDeployment(choice.target, {
    deployment: choice.name,
    accountId,
    ...machineOf(choice, options),
    settings: {
      accepting: true,
      targetWorkers: workers,
      slotsPerWorker: 1,
      pools,
      maxPoolSharePct: pools.length > 1 ? POOL_SHARE_PCT : 100,
      ...(options.production === true && { production: true }),
      changedBy: operatorName(),
      changedAt: Date.now(),
    },
  });
  if (options.json === true) printJson(ensured);
  else
    printTable(
      [
        { title: 'what', text: ({ what }) => what },
        { title: 'outcome', text: ({ outcome }) => outcome },
      ],
      ensured,
    );
  if (options.production === true) await markAsProduction(choice);
  if (choice.local !== undefined)
    note(`${safe(choice.name)} is an embedded AWS: its deployment was made when it started, and nothing was changed`);
  else if (ensured.some(({ what, outcome }) => what === 'settings' && outcome === 'exists'))
    note('its settings stand as they were; change bids with: cbas bid');
  else if (pools.length === 0) note('it has no pool, so nothing can be launched; name some with --pool');
  return EXIT.done;
}

/** The one setting of a deployment that exists which init changes, for it takes nothing away: acts are only asked for more carefully. */
async function markAsProduction(choice: Choice): Promise<void> {
  const wired = await openDeployment(choice);
  const settings = settingsOf(await wired.store.get('misc', MISC.settings));
  if (settings.production === true) return;
  const next = { ...settings, production: true, changedBy: operatorName(), changedAt: Date.now() } as const;
  const written = await wired.store.write(writeSettings(next));
  if (written === undefined)
    throw new CliError('somebody changed the settings at the same moment: say it again', EXIT.conflict);
  const act = {
    verb: 'deployment.production',
    title: `mark ${choice.name} as production`,
    state: 'done',
    outcome: '',
  } as const;
  await auditAct(wired, { ...act, targets: [{ id: 'settings', rev: settings.rev, outcome: 'done' }] });
  note(`${safe(choice.name)} is marked as production: every act wants its name typed`);
}

async function accountOf({ local, target }: Choice): Promise<string> {
  if (local !== undefined) return local.accountId;
  const { callerIdentity } = await import('../../aws/identity.ts');
  return (await callerIdentity(target)).accountId;
}

function machineOf({ name }: Choice, options: InitVerbOptions): Pick<InitOptions, 'imageId' | 'userData'> {
  const { image = IMAGE_DEFAULT, userData } = options;
  if (userData === undefined) return { imageId: image, userData: `#!/bin/sh\nexec cbas worker --deployment ${name}\n` };
  try {
    return { imageId: image, userData: fs.readFileSync(userData, 'utf8') };
  } catch (error) {
    throw new CliError(`--user-data ${safe(userData)}: ${(error as Error).message}`, EXIT.usage);
  }
}

/** "c5.large/us-east-1a:0.05"; a bid of 0 means on-demand only. */
export function poolOf(text: string, region: string): PoolSetting {
  const [, id = '', zone = '', bid = ''] = /^([a-z0-9-]+\.[a-z0-9-]+\/([a-z0-9-]+)):([\d.]+)$/.exec(text) ?? [];
  if (id === '')
    throw new CliError(
      `--pool ${safe(text)}: expected type/zone:bid, like c5.large/us-east-1a:0.05 (bid 0 = on-demand)`,
      EXIT.usage,
    );
  if (!zone.startsWith(region)) throw new CliError(`--pool ${safe(text)}: is not in ${safe(region)}`, EXIT.usage);
  return { id, bidUsdPerHour: realNumber(`--pool ${id}: bid`, bid, { min: 0, max: BID_MAX }) };
}
