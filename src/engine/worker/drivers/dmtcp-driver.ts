import fs from 'node:fs';
import path from 'node:path';
import type { Clock, Supervisor } from '../../model/ports.ts';
import { foldersSeen } from '../attempt-folders.ts';
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
import { DmtcpCoordinator } from './dmtcp-coordinator.ts';
import { DmtcpProcess } from './dmtcp-process.ts';
import { dmtcpTools, type DmtcpTools, dmtcpVersion } from './dmtcp-tools.ts';
import { linkageOf } from './elf.ts';
import { launchFailure, neverStarted } from './never-started.ts';
import { portGuard, type PortGuard } from './port-guard.ts';
import { inPlace, PLACE_ONLY_SCRIPT, whyInTheWay, whyNoPlace } from './sandbox.ts';
import { FILES, IMAGES, restoreJobFiles, unpackFolder } from './state-archive.ts';
import { which } from './tool.ts';

/** A mount namespace only: DMTCP keeps the numbers of processes itself, and the child that is started is the job. */
const NAMESPACE = ['unshare', '--mount', '--propagation', 'private'] as const;
/** A restart that fails does so while it puts the memory back. */
const RESTORED_WITHIN_MS = 120_000;

export interface DmtcpOptions {
  readonly clock: Clock;
  readonly supervisor: Supervisor;
  /** Of the agent: where the tools are, `CBAS_DMTCP_BIN` or on the path. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Ready {
  readonly tools: DmtcpTools;
  readonly guard: PortGuard;
  readonly version: string;
}

/** Memory of a whole process tree, by DMTCP: a library in each of its processes, and a coordinator beside them. */
export function dmtcpDriver(options: DmtcpOptions): CheckpointDriver {
  const { clock, environment, supervisor } = options;
  let ready: Promise<Ready | string> | undefined;
  const whenReady = (): Promise<Ready | string> => (ready ??= makeReady(environment));

  /** `dmtcp_launch` or `dmtcp_restart` with its words, at the job's own path, under a coordinator of its own. */
  const run = async (job: DriverJob, words: (tools: DmtcpTools) => readonly string[]): Promise<DmtcpProcess | string> => {
    const has = await whenReady();
    if (typeof has === 'string') return has;
    const coordinator = await DmtcpCoordinator.start(has.tools, job.folders.agent, { guard: has.guard, clock });
    if (typeof coordinator === 'string') return coordinator;
    const [tool = '', ...rest] = words(has.tools);
    const seen = foldersSeen(job.id).agent;
    const where = ['-j', '--coord-host', '127.0.0.1', '-p', String(coordinator.port), '--ckptdir', path.join(seen, 'ck'), '--tmpdir', path.join(seen, 'tmp'), '-q', '-q'];
    const log = path.join(job.folders.agent, 'sandbox');
    const process = supervisor.start({
      argv: [...NAMESPACE, ...inPlace(PLACE_ONLY_SCRIPT, job), tool, ...where, ...rest],
      cwd: job.folders.root,
      env: job.env,
      stdout: log,
      stderr: log,
    });
    return new DmtcpProcess({ tools: has.tools, version: has.version, job, coordinator, process, clock });
  }; // prettier-ignore

  const start = async (job: DriverJob): Promise<SavableProcess> => {
    const failure = launchFailure(job);
    if (failure !== undefined) return neverStarted('dmtcp', { launchFailed: failure });
    const process = await run(job, ({ launch }) => [launch, '--no-gzip', '--enable-unique-checkpoint-filenames', ...job.document.run.command]);
    return typeof process === 'string' ? neverStarted('dmtcp', { lost: process }) : process;
  }; // prettier-ignore

  const restore = async (job: DriverJob, from: FetchedCheckpoint): Promise<SavableProcess | RestoreRefusal> => {
    const { manifest, folder } = from;
    const images = path.join(job.folders.agent, 'restore');
    const unpacked =
      (await restoreJobFiles(path.join(folder, FILES), job.folders, manifest.packed)) ??
      (await unpackFolder(path.join(folder, IMAGES), images, manifest.packed));
    if (unpacked !== undefined) return { refused: 'elsewhere', why: unpacked };
    const names = fs.readdirSync(images).filter((name) => name.endsWith('.dmtcp')).sort();
    const seen = path.join(foldersSeen(job.id).agent, 'restore');
    const process = await run(job, ({ restart }) => [restart, ...names.map((name) => path.join(seen, name))]);
    if (typeof process === 'string') throw machineError(process);
    const failed = await process.whyNotBack({ peers: manifest.peers, withinMs: RESTORED_WITHIN_MS });
    if (failed === undefined) return process;
    process.kill();
    await process.close();
    return { refused: 'bad', why: failed };
  }; // prettier-ignore

  return {
    name: 'dmtcp',
    capabilities: {
      needsRoot: true,
      stopsJob: true,
      hostBound: HOST_BOUND.dmtcp,
      samePath: true,
    },
    async probe(): Promise<Probe> {
      const has = await whenReady();
      if (typeof has === 'string') return { ok: false, why: has };
      return {
        ok: true,
        toolVersion: has.version,
        detail: `DMTCP ${has.version} at ${path.dirname(has.tools.launch)}`,
      };
    },
    refuses: async (job) => whyInTheWay(job.folders) ?? whyStatic(job),
    start,
    restore,
  };
}

/** A program that is staged or built later cannot be looked at yet. */
function whyStatic({ document, env, folders }: DriverJob): string | undefined {
  const [program = ''] = document.run.command;
  const file = which(program, { path: env['PATH'], cwd: folders.work });
  return file !== undefined && linkageOf(file, { path: env['PATH'] }) === 'static'
    ? `${program} is statically linked: no library can be put into it`
    : undefined;
}

async function makeReady(environment: DmtcpOptions['environment']): Promise<Ready | string> {
  const tools = dmtcpTools(environment);
  if (tools === undefined) return 'no dmtcp_launch on the path';
  const noPlace = await whyNoPlace(NAMESPACE);
  if (noPlace !== undefined) return noPlace;
  const guard = await portGuard({ path: environment['PATH'] });
  if (typeof guard === 'string') return guard;
  return { tools, guard, version: await dmtcpVersion(tools) };
}
