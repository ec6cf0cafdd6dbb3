import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { startLocalCloud } from '../../src/aws/local/cloud.ts';
import { initDeployment } from '../../src/aws/setup/init.ts';
import { chooseDeployment } from '../../src/cli/choose.ts';
import { localFolder, writeEndpoint } from '../../src/cli/places.ts';
import { runProgram } from '../../src/cli/program.ts';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { openDeployment, type Wired } from '../../src/cli/wire.ts';

export const NAME = 'lab';
const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
export const POOL = 'c5.large/us-east-1a';

export interface TestDeployment {
  readonly home: string;
  readonly endpoint: string;
  readonly wired: Wired;
  close(): Promise<void>;
}

/** An embedded AWS in this process with a deployment in it, found by the verbs as any running one is. */
export async function testDeployment(): Promise<TestDeployment> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-cli-'));
  vi.stubEnv('XDG_STATE_HOME', home);
  vi.stubEnv('CBAS_OPERATOR', 'ana');
  vi.stubEnv('CBAS_DEPLOYMENT', undefined);
  const folder = localFolder(NAME);
  fs.mkdirSync(folder, { recursive: true });
  const ids = { region: REGION, accountId: ACCOUNT };
  const cloud = await startLocalCloud({
    folder,
    ...ids,
    port: 0,
    speed: 1,
    seed: 1,
    binDirs: [],
    onFatal: (error) => {
      throw error;
    },
  });
  await initDeployment(
    { region: REGION, endpoint: cloud.endpoint, mode: 'local', credentials: 'dummy' },
    {
      spec: {
        name: NAME,
        partition: 'aws',
        ...ids,
        owner: 'ana',
        imageId: 'ami-0cba5000000000001',
        userData: '#!/bin/sh\n',
      },
      version: 'test',
      settings: {
        accepting: true,
        targetWorkers: 2,
        slotsPerWorker: 1,
        pools: [
          { id: POOL, bidUsdPerHour: 5 },
          { id: 'm5.large/us-east-1a', bidUsdPerHour: 5 },
        ],
        maxPoolSharePct: 50,
        changedBy: 'test',
        changedAt: 1,
      },
    },
  );
  writeEndpoint({ name: NAME, endpoint: cloud.endpoint, pid: process.pid, ...ids });
  return {
    home,
    endpoint: cloud.endpoint,
    wired: await openDeployment(await chooseDeployment({})),
    async close() {
      await cloud.stop({ endInstances: true });
      // The next file of tests may run in the same process.
      vi.unstubAllEnvs();
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Exited extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Runs a verb as the command line does, in this process: what it prints and the code that it ends with. One at a time. */
export async function cbas(...args: readonly string[]): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true)),
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Exited(Number(code ?? 0));
    }),
  ];
  process.exitCode = undefined;
  try {
    await runProgram(['node', 'cbas', ...args]);
    return { code: Number(process.exitCode ?? 0), stdout, stderr };
  } catch (error) {
    if (!(error instanceof Exited)) throw error;
    return { code: error.code, stdout, stderr };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}

/** Submits a command and returns the job's id. */
export async function submitted(name: string): Promise<string> {
  const { stdout, stderr } = await cbas('submit', '--name', name, '--', 'true');
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim();
}

const DEADLINE_MS = 20_000;

/** The id of a job of that name, once it is in the table; the deadline only fails. */
export async function appeared({ store }: Wired, name: string): Promise<string> {
  const deadline = performance.now() + DEADLINE_MS;
  while (performance.now() < deadline) {
    const { items } = await store.scan('jobs');
    const found = items.find((item) => jobRowOf(item)?.name === name);
    if (found !== undefined) return String(found['jobId']);
  }
  throw new Error(`${name} did not appear`);
}
