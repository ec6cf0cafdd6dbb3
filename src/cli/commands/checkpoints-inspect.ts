import type { JobItem } from '../../engine/model/job.ts';
import type { WorkerRow } from '../../engine/model/worker.ts';
import type { Manifest } from '../../engine/protocol/blobs.ts';
import { checkpointManifestOf } from '../../engine/protocol/checkpoint-manifest.ts';
import { abilitiesOf, type WorkerAbilities } from '../../engine/protocol/worker-abilities.ts';
import { allGenerations, type Generation, readGeneration } from '../../engine/run/read-generations.ts';
import { hostMismatch } from '../../engine/worker/drivers/checkpoint-driver.ts';
import { HOST_BOUND } from '../../engine/worker/drivers/host-bound.ts';
import { generationWords } from '../../ui/checkpoint-words.ts';
import { age, bytes, duration, NONE } from '../../ui/format.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { findJob } from '../find.ts';
import { checkpointJson } from '../job-json.ts';
import { Look } from '../look.ts';
import { wholeNumber } from '../numbers.ts';
import { iso, print, printFields, printJson, printTable } from '../output.ts';
import { openToLook } from '../session.ts';
import type { Wired } from '../wire.ts';

const GENERATION_MAX = Number.MAX_SAFE_INTEGER;
const BATCH_MAX = 100;
/** More would be read by nobody: the first ones say why. */
const WORKERS_SHOWN = 12;

/** Of one worker: empty, or why it could not restore the generation. */
export interface Fitness {
  readonly worker: WorkerRow;
  readonly why: string;
}

/** `cbas checkpoints inspect JOB [GEN]`: what a generation holds, where it was made, and who could go on from it. */
export async function inspectCheckpoint(
  { job, generation: wanted }: { readonly job: string; readonly generation: string | undefined },
  options: CommonOptions,
): Promise<number> {
  const wired = await openToLook(options);
  const item = await findJob(wired, job);
  const of = await chooseGeneration(wired, item, wanted);
  const manifest = await readGeneration(wired.blobs, item.row.id, of.generation);
  const fitness = typeof manifest === 'string' ? [] : await whoCanRestore(wired, manifest);
  if (options.json === true) printJson(jsonOf(of, manifest, fitness));
  else {
    printGeneration(item, of, manifest);
    if (typeof manifest !== 'string') printFitness(fitness);
  }
  return EXIT.done;
}

/** The one that is asked for, by its whole number; else the newest. */
export async function chooseGeneration(wired: Wired, item: JobItem, wanted: string | undefined): Promise<Generation> {
  const all = await allGenerations(wired.blobs, item);
  const number =
    wanted === undefined ? all[0]?.generation : wholeNumber('GEN', wanted, { min: 1, max: GENERATION_MAX });
  const found = all.find(({ generation }) => generation === number);
  if (found !== undefined) return found;
  const has = all.map(({ generation }) => generation).join(', ');
  throw new CliError(
    wanted === undefined ? 'it has saved nothing' : `it has no checkpoint ${wanted}${has === '' ? '' : `; it has ${has}`}`,
    EXIT.notFound,
  );
} // prettier-ignore

/** All workers that live. One that has not told yet what its machine can do is said to be so. */
export async function whoCanRestore(wired: Wired, manifest: Manifest): Promise<readonly Fitness[]> {
  const { snapshot } = await Look.at(wired, ['workers']);
  const live = [...snapshot.workers].filter(({ state }) => ['IDLE', 'BUSY'].includes(state));
  const told = new Map<string, WorkerAbilities | undefined>();
  for (let at = 0; at < live.length; at += BATCH_MAX) {
    const ids = live.slice(at, at + BATCH_MAX).map(({ id }) => id);
    for (const item of await wired.store.batchGet('workers', ids)) told.set(String(item['workerId']), abilitiesOf(item));
  }
  return live.map((worker) => ({ worker, why: whyNot(manifest, told.get(worker.id)) }));
} // prettier-ignore

/** Why a worker cannot restore it; empty when it can. */
export function whyNot(manifest: Manifest, abilities: WorkerAbilities | undefined): string {
  const made = manifest.checkpoint ?? checkpointManifestOf(undefined);
  if (made.driver === 'app' || made.driver === 'none') return '';
  if (abilities === undefined) return 'it has not told yet what its machine can do';
  const ability = abilities.drivers[made.driver];
  if (ability === undefined || ability.why !== '') return `${made.driver}: ${ability?.why ?? 'it does not have it'}`;
  const here = { ...abilities.host, toolVersion: ability.toolVersion };
  return hostMismatch(made, here, HOST_BOUND[made.driver]) ?? '';
}

function printGeneration(item: JobItem, of: Generation, manifest: Manifest | string): void {
  const now = Date.now();
  const { row } = item;
  const head = [
    ['job', row.name === '' ? row.id : `${row.name}  ${row.id}`],
    ['checkpoint', `${of.generation}: ${generationWords(of.generation)}, ${of.standing}`],
  ] as const;
  if (typeof manifest === 'string') return printFields([...head, ['trouble', manifest]]);
  const made = manifest.checkpoint ?? checkpointManifestOf(undefined);
  const { host } = made;
  const total = manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  printFields([
    ...head,
    ['made', `${iso(manifest.createdAt) ?? NONE} (${age(now - manifest.createdAt)} ago), ${made.reason || 'saved'}`],
    ['driver', `${made.driver} ${made.toolVersion}`.trim()],
    ['holds', `${duration(manifest.workMs)} of work`],
    ['stopped', `${made.stopMs} ms`],
    ['size', `${bytes(total)} in ${manifest.files.length} files${made.packed === 'none' ? '' : `, packed by ${made.packed}`}`], // prettier-ignore
    ...(made.peers > 0 ? [['processes', String(made.peers)] as const] : []),
    ...(host.arch === ''
      ? []
      : [['made on', [host.arch, host.imageId, host.cpuFlags.length === 0 ? '' : `${host.cpuFlags.length} CPU features`].filter(Boolean).join(', ')] as const]), // prettier-ignore
    ...(made.folder === '' ? [] : [['folder', made.folder] as const]),
  ]);
  print('');
  printTable(
    [
      { title: 'file', text: ({ path }) => path },
      { title: 'size', text: ({ sizeBytes }) => bytes(sizeBytes), align: 'right' },
      { title: 'sha256', text: ({ sha256 }) => sha256 },
    ],
    manifest.files,
  );
}

function printFitness(fitness: readonly Fitness[]): void {
  print('');
  const able = fitness.filter(({ why }) => why === '').length;
  print(fitness.length === 0 ? 'no worker lives' : `${able} of ${fitness.length} live workers could restore it`);
  if (fitness.length === 0) return;
  printTable(
    [
      { title: 'worker', text: ({ worker }) => worker.id },
      { title: 'pool', text: ({ worker }) => worker.pool },
      { title: 'could restore it', text: ({ why }) => (why === '' ? 'yes' : `no: ${why}`) },
    ],
    fitness.slice(0, WORKERS_SHOWN),
  );
  if (fitness.length > WORKERS_SHOWN) print(`and ${fitness.length - WORKERS_SHOWN} more`);
}

function jsonOf({ generation, standing, pointer }: Generation, manifest: Manifest | string, fitness: readonly Fitness[]) {
  return {
    generation,
    standing,
    checkpoint: checkpointJson(pointer),
    trouble: typeof manifest === 'string' ? manifest : null,
    manifest: typeof manifest === 'string' ? null : { ...manifest, createdAt: iso(manifest.createdAt) },
    workers: fitness.map(({ worker, why }) => ({ id: worker.id, pool: worker.pool, able: why === '', why })),
  };
} // prettier-ignore
