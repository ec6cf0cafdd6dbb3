import { expect, test } from 'vitest';
import { fillArguments, type Program } from '../../src/ui/programs.ts';
import { withConsole } from '../support/console.ts';
import { seen, SIZE } from '../support/plans.ts';
import { busySnapshot, workerId } from '../support/snapshots.ts';

const VALUES = new Map([
  ['id', 'i-01'],
  ['pool', 'c5.large/us-east-1a'],
  ['name', '-oProxyCommand=x'],
  ['odd', 'a\nb'],
  ['none', ''],
  ['1', 'two words; rm -rf /'],
]);

test.each<[string, readonly string[], readonly string[] | string]>([
  [
    'values in their places',
    ['ssh', 'ec2-user@{id}', '--pool={pool}'],
    ['ssh', 'ec2-user@i-01', '--pool=c5.large/us-east-1a'],
  ],
  ['an input is one argument, whatever is in it', ['echo', '{1}'], ['echo', 'two words; rm -rf /']],
  ['what would be an option', ['ssh', '{name}'], '"-oProxyCommand=x" would be taken for an option'],
  ['behind an option of our own it is none', ['x', '--name={name}'], ['x', '--name=-oProxyCommand=x']],
  ['control characters', ['x', '{odd}'], 'its {odd} has control characters'],
  ['what is not known', ['x', '{address}'], 'nothing is known of its {address}'],
  ['what is empty', ['x', '{none}'], 'nothing is known of its {none}'],
  ['braces of others stay', ['jq', '{a: .b}'], ['jq', '{a: .b}']],
])('%s', (_, run, expected) => {
  const filled = fillArguments(run, VALUES);
  expect(filled.ok ? filled.argv : filled.why).toEqual(expected);
});

const PROGRAM: Program = { name: 'probe', about: 'look at it', on: ['workers'], run: ['true', '{id}', '{1}'], inputs: ['WHAT'], looks: false }; // prettier-ignore

test('a program of the configuration is offered behind : and told to the audit before it starts', async () => {
  const programs = [PROGRAM];
  await withConsole({ snapshot: busySnapshot(), size: SIZE, screen: 'workers', programs }, async (screen) => {
    await screen.press('\t', 'g', ':', 'pro');
    expect(await seen(screen)).toMatch(/probe WHAT +look at it/);
    screen.engine.programRefusal = 'this console is read-only';
    await screen.press('be this', '\r');
    expect(screen.engine.programsTold).toEqual([{ name: 'probe', argv: ['true', workerId(0), 'this'], about: workerId(0) }]); // prettier-ignore
    expect(await seen(screen)).toContain(':probe: this console is read-only');
    await screen.press(':', 'probe', '\r');
    expect(await seen(screen)).toContain('it wants WHAT');
    await screen.press('2', ':', 'probe this', '\r');
    expect(await seen(screen)).toContain('it works on Workers');
    expect(screen.engine.programsTold).toHaveLength(1);
  });
});
