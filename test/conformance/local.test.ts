import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../src/aws/local/cloud.ts';
import { type AwsUnderTest, awsUnderTest } from './aws-context.ts';
import { CASES } from './cases.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-embedded-'));
let cloud: LocalCloud;
let under: AwsUnderTest;

beforeAll(async () => {
  cloud = await startLocalCloud({
    folder,
    region: 'us-east-1',
    accountId: '000000000000',
    port: 0,
    speed: 60,
    seed: 1,
    binDirs: [path.dirname(process.execPath)],
    onFatal: (error) => {
      throw error;
    },
  });
  under = awsUnderTest({ region: 'us-east-1', endpoint: cloud.endpoint, mode: 'local', credentials: 'dummy' }, 'conf');
  for (const { run } of under.steps) await run();
}, 60_000);

afterAll(async () => {
  const left = await under.remove();
  await cloud.stop({ endInstances: true });
  fs.rmSync(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
}, 60_000);

describe('the embedded AWS, through the real adapters', () => {
  for (const { port, operation, name, run } of CASES) test(`${port} ${operation} ${name}`, () => run(under.context));
});
