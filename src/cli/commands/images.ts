import { type ImageRow, imageUsdPerMonth } from '../../engine/model/image.ts';
import { generationWords } from '../../ui/checkpoint-words.ts';
import { age, money } from '../../ui/format.ts';
import { act, type ActOptions } from '../act.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { wholeNumber } from '../numbers.ts';
import { aside, iso, note, printJson, printTable } from '../output.ts';
import { openToLook } from '../session.ts';
import type { Wired } from '../wire.ts';
import { named } from './act-on-jobs.ts';

const LAUNCH_MAX = 500;

/** As EC2 has them now; EC2's client is loaded only where it is asked. */
async function imagesOf({ choice, deployment }: Wired): Promise<readonly ImageRow[]> {
  const { Ec2Compute } = await import('../../aws/ec2-compute.ts');
  const rows = await new Ec2Compute(choice.target, deployment.name).images();
  return [...rows].sort((a, b) => b.createdAt - a.createdAt);
}

/** `cbas images`: what was made of instances, and what it costs. */
export async function images(options: CommonOptions): Promise<number> {
  const wired = await openToLook(options);
  const rows = await imagesOf(wired);
  if (options.json === true) {
    printJson(rows.map((row) => ({ ...row, createdAt: iso(row.createdAt), usdPerMonth: imageUsdPerMonth(row) })));
    return EXIT.done;
  }
  const now = Date.now();
  if (rows.length === 0) aside('no images; make one: cbas images create JOB');
  else
    printTable(
      [
        { title: 'image', text: ({ id }) => id },
        { title: 'state', text: ({ state }) => state },
        { title: 'job', text: ({ jobId }) => jobId },
        { title: 'checkpoint', text: ({ generation }) => generationWords(generation) },
        { title: 'of', text: ({ instanceId }) => instanceId },
        { title: 'age', text: ({ createdAt }) => age(now - createdAt), align: 'right' },
        { title: 'GB', text: ({ sizeGb }) => String(sizeGb), align: 'right' },
        { title: '$/month', text: (row) => `<= ${money(imageUsdPerMonth(row))}`, align: 'right' },
      ],
      rows,
    );
  if (rows.length > 0) note(`at most ${money(rows.reduce((sum, row) => sum + imageUsdPerMonth(row), 0))} a month`);
  return EXIT.done;
}

/** `cbas images create JOB...`: after a checkpoint, an image of the instance that each runs on. */
export async function createImages(asked: readonly string[], options: ActOptions): Promise<number> {
  return act({
    options,
    sources: ['jobs', 'workers'],
    command: ({ snapshot }) => ({ kind: 'jobs.image', jobIds: named(asked, snapshot).map(({ id }) => id) }),
  });
}

/** `cbas images launch IMAGE`: workers with the disk of that instance, and addresses of their own. */
export async function launchImage(
  asked: string,
  options: ActOptions & { readonly count?: string; readonly pool?: string },
): Promise<number> {
  const count = wholeNumber('--count', options.count ?? '1', { min: 1, max: LAUNCH_MAX });
  const [image] = await findImages([asked], options);
  if (image?.state !== 'available')
    throw new CliError(`${image?.id ?? asked} is ${image?.state}: nothing can be launched from it yet`, EXIT.tryAgain);
  return act({
    options,
    sources: ['workers', 'prices'],
    command: () => ({ kind: 'workers.launch', count, pool: options.pool, imageId: image.id }),
  });
}

/** `cbas images retire IMAGE...`: the images and their snapshots. */
export async function retireImages(asked: readonly string[], options: ActOptions): Promise<number> {
  const found = await findImages(asked, options);
  return act({
    options,
    sources: ['workers'],
    command: () => ({ kind: 'images.retire', imageIds: found.map(({ id }) => id) }),
  });
}

/** By id, or the beginning or end of one. All must be there: of a list with one wrong id, none is touched. */
async function findImages(asked: readonly string[], options: CommonOptions): Promise<readonly ImageRow[]> {
  const { findOne } = await import('../find.ts');
  const rows = await imagesOf(await openToLook(options));
  return [...new Set(asked.map((one) => findOne('image', one, rows)))];
}
