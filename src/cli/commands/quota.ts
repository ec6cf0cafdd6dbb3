import { type OwnerCounts, ownerCounts, ownerWords } from '../../engine/decide/plan-owner.ts';
import { type OwnerSetting, ownerSetting } from '../../engine/model/deployment.ts';
import { safe } from '../../ui/safe-text.ts';
import { act, type ActOptions } from '../act.ts';
import { CliError, EXIT } from '../exit.ts';
import { Look } from '../look.ts';
import { wholeNumber } from '../numbers.ts';
import { print, printJson, printTable } from '../output.ts';
import { openToLook } from '../session.ts';

export interface QuotaOptions extends ActOptions {
  readonly running?: string;
  readonly waiting?: string;
  readonly share?: string;
  readonly reset?: boolean;
}

/** `cbas quota`: what each owner of jobs has and may have; with an option, sets it. */
export async function quota(owner: string | undefined, options: QuotaOptions): Promise<number> {
  const { running, waiting, share, reset } = options;
  const isAct = [running, waiting, share, reset].some((option) => option !== undefined);
  if (!isAct) return list(owner, options);
  if (owner === undefined) throw new CliError('say whose: cbas quota OWNER, or "*" for everybody', EXIT.usage);
  return act({
    options,
    sources: ['jobs'],
    command: () => ({
      kind: 'owner.set',
      owner,
      maxRunning: limit('--running', running),
      maxWaiting: limit('--waiting', waiting),
      weight: share === undefined ? undefined : Number(share),
      ...(reset === true && { reset }),
    }),
  });
}

function limit(option: string, text: string | undefined): number | 'any' | undefined {
  if (text === undefined || text === 'any') return text;
  return wholeNumber(option, text, { min: 0, max: 1_000_000_000 });
}

/** A line of the list. */
interface Row extends OwnerCounts {
  readonly owner: string;
  readonly own: OwnerSetting | undefined;
}

async function list(only: string | undefined, options: QuotaOptions): Promise<number> {
  const { snapshot } = await Look.at(await openToLook(options), ['jobs']);
  const counts = ownerCounts(snapshot);
  const { owners = [] } = snapshot.settings;
  const names = [...new Set([...owners.map(({ name }) => name), ...counts.keys()])].filter((name) => only === undefined || name === only).sort(); // prettier-ignore
  if (only !== undefined && names.length === 0)
    throw new CliError(`${only} has no setting, and no jobs that have not ended`, EXIT.notFound);
  const rows = names.map((owner) => {
    const { maxRunning = null, maxWaiting = null, weight = 1 } = ownerSetting(snapshot.settings, owner);
    const own = owners.find(({ name }) => name === owner);
    return { owner, ...(counts.get(owner) ?? { running: 0, waiting: 0 }), maxRunning, maxWaiting, share: weight, own };
  });
  if (options.json === true) printJson(rows.map(({ own, ...row }) => ({ ...row, hasOwn: own !== undefined })));
  else if (rows.length === 0) print('nobody has jobs that have not ended, and no quota is set');
  else
    printTable<Row>(
      [
        { title: 'owner', text: ({ owner }) => safe(owner) || '-' },
        { title: 'running', text: ({ running }) => String(running), align: 'right' },
        { title: 'waiting', text: ({ waiting }) => String(waiting), align: 'right' },
        { title: 'may have', text: ({ own }) => ownerWords(own) },
      ],
      rows,
    );
  return EXIT.done;
}
