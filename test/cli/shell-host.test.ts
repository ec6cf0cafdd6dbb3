import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Choice } from '../../src/cli/choose.ts';
import { localFolder } from '../../src/cli/places.ts';
import { shellHost } from '../../src/cli/shell-host.ts';

const ID = 'i-0af15fdc573280a9d';
const LOCAL = { name: 'lab', endpoint: 'http://127.0.0.1:1', pid: 1, region: 'us-east-1', accountId: '1' };
const choice = (local: Choice['local']): Choice => ({
  name: 'lab',
  target: {
    region: 'us-east-1',
    endpoint: undefined,
    mode: local === undefined ? 'aws' : 'local',
    credentials: 'dummy',
  },
  why: '',
  local,
  ambiguous: false,
});

let before: NodeJS.ProcessEnv;
beforeEach(() => {
  before = { ...process.env };
  process.env['XDG_STATE_HOME'] = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-shell-'));
});
afterEach(() => {
  fs.rmSync(process.env['XDG_STATE_HOME'] ?? '', { recursive: true });
  process.env = before;
});

test('a shell of the embedded AWS is in the folder of its instance, and is its home', async () => {
  const folder = path.join(localFolder('lab'), 'ec2', 'instances', ID);
  expect(await shellHost(choice(LOCAL), {}).shellOn(ID)).toMatchObject({ refusal: expect.stringContaining(folder) });
  fs.mkdirSync(folder, { recursive: true });
  expect(await shellHost(choice(LOCAL), {}).shellOn(ID)).toMatchObject({ cwd: folder, env: { HOME: folder } });
});

test('what is no instance id becomes no path and no argument', async () => {
  for (const id of ['../../etc', 'i-1;rm', '--help', ''])
    expect(await shellHost(choice(LOCAL), {}).shellOn(id)).toMatchObject({ refusal: `${id} is no instance id` });
});

test('on AWS the session manager is wanted, and its absence told with the command to run elsewhere', async () => {
  process.env['PATH'] = '/nowhere';
  expect(await shellHost(choice(undefined), {}).shellOn(ID)).toMatchObject({
    refusal: `the AWS command line is not on this machine (aws); install it, or run on one that has it: aws ssm start-session --target ${ID}`,
  });
});
