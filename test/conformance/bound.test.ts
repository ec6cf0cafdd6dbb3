import { expect, test } from 'vitest';
import { MemoryCompute } from '../../src/aws/memory/memory-compute.ts';
import { systemClock } from '../../src/aws/system-clock.ts';
import type { LaunchRequest } from '../../src/engine/model/command.ts';
import { boundOf, INSTANCES_MAX, MeteredCalls, storyBoundOf, totalUsd } from './bound.ts';
import { COMPUTE_CASES } from './compute.ts';
import type { ConformanceContext } from './context.ts';
import { placeOf } from './place.ts';

test('a run costs less than its default limit in us-east-1, and the dearer prices of elsewhere are counted', () => {
  const here = totalUsd(boundOf('us-east-1', undefined));
  expect(here).toBeGreaterThan(0.05);
  expect(here).toBeLessThan(0.1);
  expect(totalUsd(boundOf('sa-east-1', undefined))).toBeCloseTo(2 * here, 6);
  expect(totalUsd(boundOf('us-east-1', 0.5))).toBeGreaterThan(1);
});

test('a story costs less than its default limit everywhere', () => {
  const here = totalUsd(storyBoundOf('us-east-1', undefined));
  expect(here).toBeGreaterThan(0.01);
  for (const region of ['us-east-1', 'sa-east-1']) expect(totalUsd(storyBoundOf(region, undefined))).toBeLessThan(0.1);
});

test('the cases launch as many instances as are counted', async () => {
  const compute = new MemoryCompute({ clock: systemClock });
  const ids = new Set<string>();
  const launch = compute.launch.bind(compute);
  compute.launch = async (request: LaunchRequest) => {
    const answer = await launch(request);
    for (const id of answer.instanceIds) ids.add(id);
    return answer;
  };
  let number = 0;
  const context = { compute, pool: 'c5.large/us-east-1a', bidUsdPerHour: 1, unique: (name: string) => `${++number}-${name}` }; // prettier-ignore
  for (const { run } of COMPUTE_CASES) await run(context as unknown as ConformanceContext);
  expect(ids.size).toBe(INSTANCES_MAX);
});

test('one request too many is not sent', async () => {
  const calls = new MeteredCalls({ s3: 2 });
  let sent = 0;
  const act = () => Promise.resolve(++sent);
  const ask = (operation: string) => calls.run({ operation, target: 'x' }, act);
  await ask('s3 PutObject');
  await ask('s3 GetObject');
  await expect(ask('s3 GetObject')).rejects.toThrow(/the stated cost covers 2 requests to s3/);
  await ask('ec2 DescribeImages');
  calls.isClearing = true;
  await ask('s3 DeleteObjects');
  expect(sent).toBe(4);
});

interface Refused {
  readonly why: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly says: RegExp;
}

test.each<Refused>([
  { why: 'neither way', args: [], env: {}, says: /--endpoint http.*\n.*LIVE_AWS=1/ },
  { why: 'only a region', args: ['--region', 'us-east-1'], env: { AWS_ACCESS_KEY_ID: 'x' }, says: /LIVE_AWS=1/ },
  { why: 'LIVE_AWS is not 1', args: [], env: { LIVE_AWS: 'true', AWS_REGION: 'us-east-1' }, says: /LIVE_AWS=1/ },
  { why: 'both', args: ['--endpoint', 'http://127.0.0.1:1'], env: { LIVE_AWS: '1' }, says: /say one of them/ },
  { why: 'AWS itself', args: ['--endpoint', 'https://ec2.us-east-1.amazonaws.com'], env: {}, says: /not AWS itself/ },
  { why: 'AWS itself, with a dot', args: ['--endpoint', 'https://sqs.us-east-1.amazonaws.com.'], env: {}, says: /not AWS itself/ }, // prettier-ignore
  { why: 'AWS itself, dual-stack', args: ['--endpoint', 'https://sqs.us-east-1.api.aws'], env: {}, says: /not AWS itself/ }, // prettier-ignore
  { why: 'one service led to AWS', args: ['--endpoint', 'http://127.0.0.1:1'], env: { AWS_ENDPOINT_URL_SQS: 'https://sqs.us-east-1.amazonaws.com' }, says: /AWS_ENDPOINT_URL_SQS leads elsewhere/ }, // prettier-ignore
  { why: 'a limit that is none', args: ['--endpoint', 'http://127.0.0.1:1', '--max-usd', 'Infinity'], env: {}, says: /expected dollars/ }, // prettier-ignore
  { why: 'no such cases', args: ['--endpoint', 'http://127.0.0.1:1', '--only', 'blobs,nonsense'], env: {}, says: /--only nonsense: there are/ }, // prettier-ignore
  { why: 'an empty region', args: [], env: { LIVE_AWS: '1', AWS_REGION: '' }, says: /in which region/ },
  { why: 'no address', args: ['--endpoint', 'nonsense'], env: {}, says: /expected the address/ },
  { why: 'no region', args: [], env: { LIVE_AWS: '1' }, says: /in which region/ },
  { why: 'led elsewhere', args: [], env: { LIVE_AWS: '1', AWS_REGION: 'x', AWS_ENDPOINT_URL_S3: 'http://x' }, says: /AWS_ENDPOINT_URL_S3/ }, // prettier-ignore
  { why: 'no dollars', args: ['--max-usd', 'much'], env: { LIVE_AWS: '1', AWS_REGION: 'x' }, says: /--max-usd much/ },
  { why: 'an unknown word', args: ['--live'], env: { LIVE_AWS: '1', AWS_REGION: 'x' }, says: /--live/ },
])('it goes nowhere: $why', ({ args, env, says }) => {
  expect(placeOf(args, env)).toMatch(says);
});

test('it goes where it was told', () => {
  expect(placeOf([], { LIVE_AWS: '1', AWS_REGION: 'eu-west-1' })).toMatchObject({
    isLive: true,
    maxUsd: 0.1,
    target: { region: 'eu-west-1', endpoint: undefined, credentials: 'chain' },
  });
  expect(placeOf(['--endpoint', 'http://127.0.0.1:1'], {})).toMatchObject({
    isLive: false,
    maxUsd: undefined,
    target: { region: 'us-east-1', credentials: 'dummy' },
  });
});
