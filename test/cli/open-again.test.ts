import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { consoleArguments } from '../../src/cli/console-arguments.ts';
import { deploymentsOf, rememberDeployment } from '../../src/cli/deployments.ts';
import { argumentsFor } from '../../src/cli/open-again.ts';

describe('the arguments of the next console', () => {
  test.each([
    [[], { name: 'lab' }, { deployment: 'lab' }],
    [
      ['--deployment', 'prod', '--region', 'us-east-1', '--profile', 'work', '--read-only', '--theme', 'high-contrast'],
      { name: 'lab' },
      { deployment: 'lab', readOnly: true, theme: 'high-contrast' },
    ],
    [
      ['-d', 'lab', '--no-color', '--no-mouse'],
      { name: 'prod', region: 'eu-west-1', profile: 'work' },
      { deployment: 'prod', region: 'eu-west-1', profile: 'work', color: 'never', mouse: false },
    ],
  ])('%j to %j', (args, next, expected) => {
    const { settings } = consoleArguments(args, {});
    expect(consoleArguments(argumentsFor(next, settings), {}).settings).toEqual(expected);
  });
});

describe('where a name leads', () => {
  let env: NodeJS.ProcessEnv;
  let before: string | undefined;

  beforeEach(() => {
    before = process.env['XDG_STATE_HOME'];
    process.env['XDG_STATE_HOME'] = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-known-'));
    env = { XDG_STATE_HOME: process.env['XDG_STATE_HOME'] };
  });
  afterEach(() => {
    fs.rmSync(env['XDG_STATE_HOME'] ?? '', { recursive: true });
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
  });

  test('one that was opened before is found by its name alone, where and as whom', async () => {
    rememberDeployment({ name: 'prod', region: 'eu-west-1', profile: 'work' }, env);
    rememberDeployment({ name: 'lab', region: 'us-east-1' }, env);
    const deployments = deploymentsOf(env);
    expect(deployments.known()).toEqual(['lab', 'prod']);
    expect(await deployments.find({ name: 'prod' })).toEqual({
      ok: true,
      found: { name: 'prod', region: 'eu-west-1', profile: 'work' },
    });
    expect(await deployments.find({ name: 'lab', region: 'eu-north-1' })).toEqual({
      ok: true,
      found: { name: 'lab', region: 'eu-north-1' },
    });
  });

  test.each(['../x', 'a b', '\u001b[31m', ''])('%j is no name, and leads nowhere', async (name) => {
    expect(await deploymentsOf(env).find({ name, region: 'us-east-1' })).toMatchObject({ ok: false });
  });

  test('an unknown one needs its region, from the command or from the environment', async () => {
    expect(await deploymentsOf(env).find({ name: 'new' })).toEqual({
      ok: false,
      why: 'nothing is known of new here: say its region too, :use new REGION',
    });
    const answer = await deploymentsOf({ ...env, AWS_REGION: 'us-west-2' }).find({ name: 'new' });
    expect(answer).toEqual({ ok: true, found: { name: 'new', region: 'us-west-2' } });
  });

  test('an embedded AWS of this machine that does not answer is not looked for on AWS', async () => {
    fs.mkdirSync(path.join(env['XDG_STATE_HOME'] ?? '', 'cbas', 'local', 'gone'), { recursive: true });
    const answer = await deploymentsOf({ ...env, AWS_REGION: 'us-west-2' }).find({ name: 'gone' });
    expect(answer).toMatchObject({
      ok: false,
      why: expect.stringContaining('does not answer; start it: cbas local --name gone'),
    });
  });
});
