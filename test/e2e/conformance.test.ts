import path from 'node:path';
import { expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { type Program, ROOT, World } from '../support/processes.ts';

const RUN = path.join(ROOT, 'test', 'conformance', 'run.ts');
const WITHIN_MS = 120_000;

it('the conformance suite and its story say what they make and may cost, make it, and leave nothing', async () => {
  await using world = new World();
  const cloud = await Cloud.start(world, { name: 'judged', workers: 0 });
  const { endpoint = '' } = cloud.wired.choice.target;
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Program =>
    world.start([process.execPath, RUN, ...args], env);

  const tooDear = run(['--endpoint', endpoint, '--max-usd', '0.01']);
  expect(await tooDear.exitCode(WITHIN_MS), tooDear.output).toBe(2);
  expect(tooDear.output).toMatch(/that is more than --max-usd 0.01: nothing was made/);
  expect(tooDear.output).not.toMatch(/is made$/m);
  const nowhere = run([]);
  expect(await nowhere.exitCode(WITHIN_MS), nowhere.output).toBe(2);
  expect(nowhere.output).toContain('LIVE_AWS=1 npm run conformance');

  // All cases run against the embedded AWS in test/conformance/local.test.ts.
  const whole = run(['--endpoint', endpoint, '--only', 'blobs']);
  expect(await whole.exitCode(WITHIN_MS), whole.output).toBe(0);
  expect(whole.output).toMatch(/^account {2}000000000000 as arn:aws:iam::/m);
  expect(whole.output).toMatch(/^costs {4}at most \$0\.\d{4} if it were AWS:$/m);
  expect(whole.stdout).toMatch(/^ok +setup destroy \(1\)$/m);
  const story = run(['--endpoint', endpoint, '--story']);
  expect(await story.exitCode(WITHIN_MS), story.output).toBe(0);
  expect(story.stdout).toBe(['init', 'master', 'submit', 'get', 'destroy'].map((step) => `ok          story ${step} (1)\n`).join('')); // prettier-ignore
  await cloud.stop();
  await world.assertNothingLeft();
}, 300_000);
