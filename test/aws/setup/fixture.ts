import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type LocalCloud, startLocalCloud } from '../../../src/aws/local/cloud.ts';
import type { AwsTarget } from '../../../src/aws/client-options.ts';
import type { DeploymentSpec } from '../../../src/aws/setup/model/resource.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

export const SETTINGS = {
  accepting: true,
  targetWorkers: 0,
  slotsPerWorker: 1,
  pools: [],
  maxPoolSharePct: 100,
  changedBy: 'ana',
  changedAt: 1,
};

export function specNamed(name: string): DeploymentSpec {
  return {
    name,
    partition: 'aws',
    accountId: ACCOUNT,
    region: REGION,
    owner: 'ana',
    imageId: 'ami-0cba5000000000001',
    userData: '#!/bin/sh\nexec cbas worker\n',
  };
}

export interface TestCloud {
  /** Where the embedded AWS keeps its state. */
  readonly folder: string;
  readonly cloud: LocalCloud;
  /** A target of its own each time: figures and failures of one are not those of another. */
  readonly target: () => AwsTarget;
  close(): Promise<void>;
}

export async function testCloud(): Promise<TestCloud> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-setup-'));
  const cloud = await startLocalCloud({
    folder,
    region: REGION,
    accountId: ACCOUNT,
    port: 0,
    speed: 1,
    seed: 1,
    binDirs: [],
    // Every target has clients of its own, which nobody closes: a proof makes more of them than the server takes.
    keepAliveMs: 2_000,
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    folder,
    cloud,
    target: () => ({ region: REGION, endpoint: cloud.endpoint, mode: 'local', credentials: 'dummy' }),
    async close() {
      await cloud.stop({ endInstances: true });
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
