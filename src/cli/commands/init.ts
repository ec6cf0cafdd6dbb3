import type { Built } from '../../aws/setup/build.ts';
import type { Finding } from '../../aws/setup/survey.ts';
import type { PoolSetting, Settings } from '../../engine/model/deployment.ts';
import { grouped, money } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import { type ActOptions, confirm } from '../act.ts';
import { operatorName } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { realNumber, wholeNumber } from '../numbers.ts';
import { markAsProduction } from '../mark-production.ts';
import { aside, note, print, printJson, printTable } from '../output.ts';
import { type ProgramWish, type SetupOptions, type SetupPlace, setupPlace } from '../setup-place.ts';
import { VERSION } from '../version.ts';

export interface InitVerbOptions extends ActOptions, SetupOptions {
  readonly pool?: readonly string[];
  readonly workers: string;
  readonly production?: boolean;
  /** The plan, and nothing else. */
  readonly plan?: boolean;
}

const WORKERS_MAX = 10_000;
const BID_MAX = 1_000;
/** One pool of two may hold half of the workers; of more, none more than this. */
const POOL_SHARE_PCT = 50;

/** `cbas init`: shows what is there and what would be done, then makes what is missing and mends what has drifted. */
export async function init(options: InitVerbOptions, wish: ProgramWish = 'this version'): Promise<number> {
  const settings = settingsFrom(options);
  const place = await setupPlace(options, wish);
  const { surveyDeployment } = await import('../aws-setup.ts');
  const findings = await surveyDeployment(place.choice.target, place.spec);
  const isPlan = options.plan === true || options.dryRun === true;
  if (isPlan && options.json === true) printJson({ plan: findings.map(findingJson), program: programJson(place) });
  if (options.json !== true) await printPlan(place, findings);
  if (isPlan) return EXIT.done;
  const toDo = findings.filter(({ standing }) => standing === 'missing' || standing === 'drift').length;
  // Nothing of the embedded AWS costs anything.
  if (toDo > 0 && place.choice.local === undefined && options.yes !== true)
    await confirm(`make or mend ${toDo} resources of ${whereOf(place)}`);
  return make(place, settings, options);
}

/** Pools' zones are checked against the region, numbers against their ranges, before anything is asked of AWS. */
function settingsFrom(options: InitVerbOptions): Omit<Settings, 'rev'> {
  const workers = wholeNumber('--workers', options.workers, { min: 0, max: WORKERS_MAX });
  const pools = (options.pool ?? []).map(poolOf);
  return {
    accepting: true,
    targetWorkers: workers,
    slotsPerWorker: 1,
    pools,
    maxPoolSharePct: pools.length > 1 ? POOL_SHARE_PCT : 100,
    ...(options.production === true && { production: true }),
    changedBy: operatorName(),
    changedAt: Date.now(),
  };
}

async function make(place: SetupPlace, settings: Omit<Settings, 'rev'>, options: InitVerbOptions): Promise<number> {
  const { spec, choice } = place;
  for (const { id } of settings.pools)
    if (!id.slice(id.indexOf('/') + 1).startsWith(spec.region))
      throw new CliError(`--pool ${safe(id)}: is not in ${safe(spec.region)}`, EXIT.usage);
  for (const { id } of settings.pools) {
    const zone = id.slice(id.indexOf('/') + 1);
    if (spec.network !== undefined && !spec.network.subnets.some((subnet) => subnet.zone === zone))
      throw new CliError(
        `--pool ${safe(id)}: ${spec.network.vpcId} has no subnet of this deployment there`,
        EXIT.usage,
      );
  }
  const { initDeployment, kindWord, SetupError } = await import('../aws-setup.ts');
  const tell = ({ resource, outcome }: Built): void => {
    if (outcome === 'unsupported')
      note(`this server has no such thing: ${kindWord(resource.type)} ${resource.name}; it goes on without`);
    if (outcome === 'created' || outcome === 'mended') aside(`${outcome}  ${kindWord(resource.type)} ${resource.name}`);
  };
  try {
    const { built, recorded } = await initDeployment(choice.target, {
      spec,
      settings,
      version: VERSION,
      onBuilt: tell,
      ...(place.program !== undefined && { program: place.program }),
      onProgram: (key, outcome) => {
        if (outcome !== 'exists') aside(`${outcome}  ${key}`);
      },
    });
    if (options.json === true) printJson({ built: built.map(builtJson), recorded, program: programJson(place) });
    else summarise(built);
    if (options.production === true) await markAsProduction(choice);
    if (recorded.some(({ what, outcome }) => what === 'settings' && outcome === 'exists'))
      note('its settings stand as they were; change bids with: cbas bid');
    else if (settings.pools.length === 0) note('it has no pool, so nothing can be launched; name some with --pool');
    return built.some(({ outcome }) => outcome === 'stuck') ? EXIT.partly : EXIT.done;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new CliError(
      `${error.message}\n${error.done.length} resources stand; run the same command again, which goes on from there`,
      EXIT.failed,
    );
  }
}

function summarise(built: readonly Built[]): void {
  const count = (outcome: Built['outcome']): number => built.filter((one) => one.outcome === outcome).length;
  const parts = (['created', 'mended', 'exists', 'stuck', 'unsupported'] as const).flatMap((outcome) =>
    count(outcome) === 0 ? [] : [`${grouped(count(outcome))} ${OUTCOME[outcome]}`],
  );
  print(parts.join(', '));
}

const OUTCOME = {
  created: 'created',
  mended: 'mended',
  exists: 'as they were',
  stuck: 'stuck',
  unsupported: 'not supported by this server',
} as const;

const STANDING = {
  exists: 'exists',
  missing: '-',
  drift: 'changed',
  stuck: 'changed',
  unsupported: 'not supported',
} as const;
const ACTION = {
  exists: 'keep',
  missing: 'create',
  drift: 'mend',
  stuck: 'cannot be changed in place',
  unsupported: 'go without',
} as const;

/** What there is, what would be done, and what it costs when nothing runs. */
export async function printPlan(place: SetupPlace, findings: readonly Finding[]): Promise<void> {
  const { estimateOf, kindWord } = await import('../aws-setup.ts');
  print(whereOf(place));
  printTable(
    [
      { title: 'what', text: ({ resource }: Finding) => kindWord(resource.type) },
      { title: 'name', text: ({ resource }: Finding) => resource.name },
      { title: 'now', text: ({ standing }: Finding) => STANDING[standing] },
      {
        title: 'to do',
        text: ({ standing, changed }: Finding) =>
          changed.length === 0 ? ACTION[standing] : `${ACTION[standing]}: ${changed.join(', ')}`,
      },
    ],
    findings,
  );
  print(programSentence(place));
  print(`costs ${money(estimateOf().idleUsdPerMonth)} a month while nothing runs; more: cbas estimate`);
}

/** What new instances start with, and how it comes to them. */
function programSentence({ program, manifest }: SetupPlace): string {
  if (program === undefined) return 'new workers start with what their image or their user data brings';
  const { version, archive, nodes } = program.pins;
  const before = manifest?.program?.version;
  const from =
    before === undefined || before === version ? '' : ` instead of ${safe(before)}; those that run keep theirs`;
  return `new workers start with CBAS ${safe(version)}${from} (${safe(archive.key)}, Node for ${nodes.map(({ arch }) => arch).join(' and ')})`;
}

export function programJson({ program }: SetupPlace) {
  return program === undefined ? null : program.pins;
}

function whereOf({ spec }: SetupPlace): string {
  const { network } = spec;
  const inside =
    network === undefined
      ? ''
      : `, ${safe(network.vpcId)} (${network.subnets.map(({ id, zone }) => safe(`${id} in ${zone}`)).join(', ')})`;
  return `deployment ${safe(spec.name)} in account ${spec.accountId}, ${safe(spec.region)}${inside}`;
}

export function findingJson({ resource, standing, changed }: Finding) {
  const { id, type, name } = resource;
  return { id, type, name, standing, action: ACTION[standing], changed };
}

function builtJson({ resource, outcome, changed }: Built) {
  return { id: resource.id, type: resource.type, name: resource.name, outcome, changed };
}

/** "c5.large/us-east-1a:0.05"; a bid of 0 means on-demand only. */
export function poolOf(text: string): PoolSetting {
  const [, id = '', bid = ''] = /^([a-z0-9-]+\.[a-z0-9-]+\/[a-z0-9-]+):([\d.]+)$/.exec(text) ?? [];
  if (id === '')
    throw new CliError(
      `--pool ${safe(text)}: expected type/zone:bid, like c5.large/us-east-1a:0.05 (bid 0 = on-demand)`,
      EXIT.usage,
    );
  return { id, bidUsdPerHour: realNumber(`--pool ${id}: bid`, bid, { min: 0, max: BID_MAX }) };
}
