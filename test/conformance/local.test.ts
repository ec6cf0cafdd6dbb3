import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../src/aws/local/cloud.ts';
import type { AwsTarget } from '../../src/aws/client-options.ts';
import { useCalls } from '../../src/aws/calls.ts';
import { ACCOUNT_CASES } from './account.ts';
import { verdictOf } from './verdict.ts';
import { callsInSources, RecordingCalls } from './every-call.ts';
import { type AwsUnderTest, awsUnderTest } from './aws-context.ts';
import { CASES } from './cases.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-embedded-'));
let cloud: LocalCloud;
let under: AwsUnderTest;
let target: AwsTarget;
const isFis = ({ operation }: { readonly operation: string }): boolean => operation.startsWith('fis ');
const NEEDS_FIS = ['fis DeleteExperimentTemplate', 'fis StartExperiment'];
const calls = new RecordingCalls();

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
  target = { region: 'us-east-1', endpoint: cloud.endpoint, mode: 'local', credentials: 'dummy' };
  useCalls(target, calls);
  under = awsUnderTest(target, 'conf');
  for (const { run } of under.steps) await run();
}, 60_000);

afterAll(async () => {
  await cloud.stop({ endInstances: true });
  fs.rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('the embedded AWS, through the real adapters', () => {
  for (const { port, operation, name, run } of CASES) test(`${port} ${operation} ${name}`, () => run(under.context));
  for (const { operation, name, run } of ACCOUNT_CASES.filter((one) => !isFis(one)))
    test(`account ${operation} ${name}`, () => run(target, under.spec()));

  test.each(ACCOUNT_CASES.filter(isFis))('$operation: it says that it has none', async ({ run }) => {
    const error = await run(target, under.spec()).catch((reason: unknown) => reason);
    expect(verdictOf(error)).toBe('unsupported');
  });

  test(
    'every call of the product was made: in its sources there is none that no case knows',
    { timeout: 60_000 },
    async () => {
      expect(await under.remove()).toEqual([]);
      const known = callsInSources();
      expect(known.length).toBeGreaterThan(90);
      // An experiment that was not made cannot be started: test/aws/fis.test.ts has a server that makes them.
      expect(known.filter((call) => !calls.seen.has(call))).toEqual(NEEDS_FIS);
      // And none that is called otherwise than by a command in the sources.
      expect([...calls.seen].filter((call) => !known.includes(call))).toEqual([]);
    },
  );
});
