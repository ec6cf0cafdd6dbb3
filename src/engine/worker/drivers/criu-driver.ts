import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../model/ports.ts';
import { machineError } from '../file-errors.ts';
import type {
  CheckpointDriver,
  DriverJob,
  FetchedCheckpoint,
  Probe,
  RestoreRefusal,
  SavableProcess,
} from './checkpoint-driver.ts';
import { HOST_BOUND } from './host-bound.ts';
import { CriuProcess } from './criu-process.ts';
import { allowsRings, criuVersion, NO_RINGS, whatWentWrong } from './criu-tool.ts';
import { launchFailure, neverStarted } from './never-started.ts';
import { inPlace, NAMESPACES, openSandbox, RESTORE_SCRIPT, START_SCRIPT, whyInTheWay, whyNoPlace } from './sandbox.ts';
import { FILES, IMAGES, restoreJobFiles, unpackFolder } from './state-archive.ts';
import { lastWords, runTool, which } from './tool.ts';

export interface CriuOptions {
  readonly clock: Clock;
  /** Of the agent: where the tool is, `CBAS_CRIU` or on the path. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Memory of a whole process tree, by CRIU: nothing is asked of the program, and none of its files is changed. The tree runs in
 * a pid namespace of its own from its start, for CRIU gives each process back its number; and all of its output goes to files.
 */
export function criuDriver(options: CriuOptions): CheckpointDriver {
  const { clock, environment } = options;
  const tool = (): string | undefined =>
    which(environment['CBAS_CRIU'] ?? 'criu', { path: environment['PATH'], cwd: process.cwd() });

  const start = async (job: DriverJob): Promise<SavableProcess> => {
    const failure = launchFailure(job);
    if (failure !== undefined) return neverStarted('criu', { launchFailed: failure });
    const argv = [...inPlace(START_SCRIPT, job), ...job.document.run.command];
    const opened = await openSandbox(argv, { env: job.env, log: path.join(job.folders.agent, 'sandbox'), clock });
    return typeof opened === 'string'
      ? neverStarted('criu', { lost: `its namespaces: ${opened}` })
      : new CriuProcess({ criu: tool() ?? 'criu', job, sandbox: opened, clock });
  };

  const restore = async (job: DriverJob, from: FetchedCheckpoint): Promise<SavableProcess | RestoreRefusal> => {
    const { manifest, folder } = from;
    const images = path.join(job.folders.agent, 'restore');
    const unpacked =
      (await restoreJobFiles(path.join(folder, FILES), job.folders, manifest.packed)) ??
      (await unpackFolder(path.join(folder, IMAGES), images, manifest.packed));
    if (unpacked !== undefined) return { refused: 'elsewhere', why: unpacked };
    await fs.promises.rm(folder, { recursive: true, force: true });
    const criu = tool() ?? 'criu';
    // An open connection comes back closed: the program sees the error that a network makes, and connects again.
    const command = [criu, 'restore', '-D', images, '-d', '--tcp-close', '--manage-cgroups=ignore', '-o', 'restore.log', '-v2'];
    const argv = [...inPlace(RESTORE_SCRIPT, job), ...command];
    const opened = await openSandbox(argv, { env: toolEnvironment(environment), log: path.join(job.folders.agent, 'sandbox'), clock });
    // Without a log of its own CRIU was never asked: that is this worker's trouble, not the checkpoint's.
    if (typeof opened === 'string' && !fs.existsSync(path.join(images, 'restore.log')))
      throw machineError(`the namespaces of a job: ${opened}`);
    if (typeof opened === 'string') return { refused: 'bad', why: `criu restore: ${await whatWentWrong(images, 'restore.log', opened)}` };
    await fs.promises.rm(images, { recursive: true, force: true });
    return new CriuProcess({ criu, job, sandbox: opened, clock });
  }; // prettier-ignore

  return {
    name: 'criu',
    capabilities: {
      needsRoot: true,
      stopsJob: true,
      hostBound: HOST_BOUND.criu,
      samePath: true,
    },
    probe: () => probe(tool()),
    refuses: async ({ folders }) => whyInTheWay(folders),
    start,
    restore,
  };
}

async function probe(criu: string | undefined): Promise<Probe> {
  if (criu === undefined) return { ok: false, why: 'no criu on the path' };
  const noPlace = await whyNoPlace(NAMESPACES);
  if (noPlace !== undefined) return { ok: false, why: noPlace };
  const version = await criuVersion(criu);
  const checked = await runTool([criu, 'check']);
  if (checked.code !== 0) return { ok: false, why: `criu ${version} cannot work here: ${lastWords(checked, 1)}` };
  const rings = allowsRings() ? `; ${NO_RINGS}` : '';
  return { ok: true, toolVersion: version, detail: `criu ${version} at ${criu}${rings}` };
}

function toolEnvironment(own: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return { PATH: own['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin' };
}
