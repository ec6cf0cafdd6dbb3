import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DynamoStore } from '../src/aws/dynamo.ts';
import { startLocalCloud } from '../src/aws/local/cloud.ts';
import { S3Blobs } from '../src/aws/s3.ts';
import { initDeployment } from '../src/aws/setup/init.ts';
import { names } from '../src/aws/setup/names.ts';
import type { AwsTarget } from '../src/aws/client-options.ts';
import { NO_SETTINGS } from '../src/engine/model/deployment.ts';
import { AWS_TIMINGS } from '../src/engine/model/timings.ts';
import { decodeJobDocument } from '../src/engine/protocol/job-document.ts';
import { jobRowOf, newJobItem } from '../src/engine/protocol/job-item.ts';
import { killJob, submitJob } from '../src/engine/protocol/operator-job-writes.ts';
import { percentiles } from './percentiles.ts';
import { openTerminal } from './terminal.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
const NAME = 'bench';
/** Transitions that are timed, each at a random phase of the console's polls. */
const TRANSITIONS = 40;
const WITHIN_MS = 20_000;
/** DynamoDB on demand, us-east-1, since November 2024: $0.125 a million read units; an eventually consistent read of up to 4 KB is half a unit. */
const USD_PER_READ = (0.5 * 0.125) / 1e6;
const SHARDS_ON_AWS = 16;

/** How old the screen is: from the write of a transition to its cell, through the table, the poll, the fold and the frame. */
export async function freshBench(say: (line: string) => void): Promise<object> {
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-bench-'));
  const folder = path.join(state, 'cbas', 'local', NAME);
  fs.mkdirSync(folder, { recursive: true });
  const cloud = await startLocalCloud({ folder, region: REGION, accountId: ACCOUNT, port: 0, speed: 1, seed: 1, binDirs: [], onFatal: (error) => { throw error; } }); // prettier-ignore
  try {
    const target: AwsTarget = { region: REGION, endpoint: cloud.endpoint, mode: 'local', credentials: 'dummy' };
    const settings = { ...NO_SETTINGS, changedBy: 'bench' };
    await initDeployment(target, {
      spec: {
        name: NAME,
        partition: 'aws',
        accountId: ACCOUNT,
        region: REGION,
        owner: 'bench',
        imageId: 'ami-0cba5000000000001',
        userData: '#!/bin/sh\n',
      },
      version: 'bench',
      settings,
    });
    const endpoint = { name: NAME, endpoint: cloud.endpoint, pid: process.pid, region: REGION, accountId: ACCOUNT };
    fs.writeFileSync(path.join(folder, 'endpoint.json'), JSON.stringify(endpoint));
    const store = new DynamoStore(target, names.prefix(NAME));
    await new S3Blobs(target, names.bucket(NAME, ACCOUNT, REGION)).putText('in/none', '');
    return { tableToCellMs: percentiles(await timeTransitions(store, state, say)), ...onAws() };
  } finally {
    await cloud.stop({ endInstances: true });
    fs.rmSync(state, { recursive: true, force: true });
  }
}

async function timeTransitions(
  store: DynamoStore,
  state: string,
  say: (line: string) => void,
): Promise<readonly number[]> {
  const document = decodeJobDocument({ cbas: 1, run: { command: ['true'] } });
  if (!document.ok) throw new Error('the sample document is not valid');
  const items = Array.from({ length: TRANSITIONS }, (_, at) =>
    newJobItem(
      { id: `job-${at}`, document: document.value, deadlineAt: 0, at: Date.now() + at / 1_000 },
      { shards: 4, readyShards: 1 },
    ),
  );
  await Promise.all(items.map((item) => store.write(submitJob(item))));
  const env = { PATH: process.env['PATH'] ?? '', HOME: state, XDG_STATE_HOME: state, LANG: 'C.UTF-8' };
  const terminal = openTerminal({
    file: path.join(ROOT, 'bin', 'cbas-console'),
    args: [],
    env,
    columns: 120,
    rows: 60,
  });
  await terminal.until((screen) => screen.includes(`${TRANSITIONS} runnable`), WITHIN_MS);
  terminal.type('2');
  await terminal.until((screen) => screen.includes('filter: none'), WITHIN_MS);
  const times: number[] = [];
  for (const [done, item] of items.entries()) {
    const row = jobRowOf(item);
    if (row === undefined) throw new Error('a submitted item is no job');
    // A random phase: the polls' own rhythm must not meet ours.
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 400));
    const began = performance.now();
    await store.write(killJob(row, { at: Date.now(), by: 'bench' }));
    await terminal.until((screen) => new RegExp(`killed ${done + 1}\\b`).test(screen), WITHIN_MS);
    times.push(performance.now() - began);
  }
  say(`${times.length} transitions seen`);
  terminal.type('q');
  await terminal.ended;
  return times;
}

/** What one open console asks of DynamoDB at AWS's timings while nothing changes, and what it costs. */
function onAws(): { readonly requestsPerMinute: number; readonly usdPerMonth: number } {
  const { changesPollMs, pulseMs, heartbeatMs } = AWS_TIMINGS;
  const perMinute = (everyMs: number): number => 60_000 / everyMs;
  const requests =
    2 * SHARDS_ON_AWS * perMinute(changesPollMs) +
    perMinute(Math.min(pulseMs, changesPollMs * 2)) +
    perMinute(changesPollMs) +
    perMinute(heartbeatMs / 2);
  return {
    requestsPerMinute: Math.round(requests),
    usdPerMonth: Number((requests * 60 * 24 * 30 * USD_PER_READ).toFixed(2)),
  };
}
