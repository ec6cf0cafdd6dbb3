import type { Resource } from '../../aws/setup/model/resource.ts';
import type { Left } from '../../aws/setup/scan.ts';
import { safe } from '../../ui/safe-text.ts';
import { type ActOptions, confirm } from '../act.ts';
import { operatorName } from '../choose.ts';
import { Countdown } from '../countdown.ts';
import { CliError, EXIT } from '../exit.ts';
import { aside, note, print, printJson, printTable } from '../output.ts';
import { type SetupPlace, setupPlace } from '../setup-place.ts';

export interface DestroyVerbOptions extends ActOptions {
  /** The deployment's name, typed: its data goes as well. */
  readonly purge?: string;
}

/** `cbas destroy`: ends all instances and takes away what `init` made; data only where its name was typed. Ends with a scan. */
export async function destroy(options: DestroyVerbOptions): Promise<number> {
  const place = await setupPlace(options, 'as it is');
  const { spec, choice } = place;
  if (choice.ambiguous)
    throw new CliError(`say --deployment NAME as well, so that nothing is taken away in the wrong place`, EXIT.refused);
  const isPurge = options.purge !== undefined;
  if (isPurge && options.purge !== spec.name)
    throw new CliError(`--purge ${safe(options.purge)}: type the deployment’s name, ${safe(spec.name)}`, EXIT.usage);
  const { destroyDeployment, kindWord, scanDeployment, SetupError } = await import('../aws-setup.ts');
  const before = await scanDeployment(choice.target, spec);
  const going = before.left.filter(({ isData }) => isPurge || !isData);
  if (options.json !== true) showPlan(place, before.left, isPurge);
  if (options.dryRun === true) {
    if (options.json === true) printJson({ dryRun: true, going, before: before.left });
    return EXIT.done;
  }
  if (going.length > 0 && options.yes !== true)
    await confirm(`take away ${going.length} resources of ${safe(spec.name)}${isPurge ? ' with all its data' : ''}`);
  const countdown = new Countdown<number>((left) => `instances left: ${left}`);
  const removed = await destroyDeployment(choice.target, spec, {
    purge: isPurge,
    by: operatorName(),
    at: Date.now(),
    onInstances: (left) => countdown.show(left),
    onRemoved: (resource: Resource) => aside(`removed  ${kindWord(resource.type)} ${resource.name}`),
  }).catch((error: unknown) => {
    if (!(error instanceof SetupError)) throw error;
    throw new CliError(`${error.message}\nrun the same command again, which goes on from there`, EXIT.failed);
  });
  countdown.end();
  const after = await scanDeployment(choice.target, spec);
  const left = after.left.filter(({ isData }) => isPurge || !isData);
  if (options.json === true)
    printJson({ removed: removed.map(({ type, name }) => ({ type, name })), left: after.left, unasked: after.unasked });
  else tell(after.left, left, removed.length);
  for (const why of after.unasked) note(`not looked for: ${why}`);
  return left.length === 0 ? EXIT.done : EXIT.partly;
}

function showPlan({ spec }: SetupPlace, there: readonly Left[], isPurge: boolean): void {
  print(`deployment ${safe(spec.name)} in account ${spec.accountId}, ${safe(spec.region)}`);
  printTable(
    [
      { title: 'what', text: ({ kind }: Left) => kind },
      { title: 'name', text: ({ name }: Left) => name },
      { title: 'to do', text: ({ isData }: Left) => (isData && !isPurge ? 'keep: it holds data' : 'take away') },
    ],
    there,
  );
}

function tell(all: readonly Left[], wrong: readonly Left[], removed: number): void {
  const data = all.length - wrong.length;
  print(`${removed} taken away, ${wrong.length} of what should have gone still there`);
  for (const { kind, name } of wrong) print(`  still there: ${kind} ${name}`);
  if (data > 0) note(`${data} that hold data were kept; with them: cbas destroy --purge NAME`);
  else if (wrong.length === 0) print('nothing that bears its name or its tag is left');
}
