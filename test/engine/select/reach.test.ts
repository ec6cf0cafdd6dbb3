import { expect, test } from 'vitest';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import type { Leader, MasterAbout } from '../../../src/engine/model/deployment.ts';
import { needsOf } from '../../../src/engine/select/needs.ts';
import { waysToReach } from '../../../src/engine/select/reach.ts';
import { emptySnapshot } from '../../../src/engine/model/snapshot.ts';
import { LAB } from '../../support/memory-cloud.ts';

const PLACE = { name: 'lab', region: 'us-east-1' } as const;
const ON_EC2 = {
  version: '0.1.0',
  host: 'ip-10-0-0-7',
  instanceId: 'i-0a1',
  zone: 'us-east-1a',
  privateIp: '10.0.0.7',
};

interface Case {
  readonly who: string;
  readonly mode?: 'local';
  readonly about?: MasterAbout;
  readonly commands: readonly string[];
}

const THERE = 'cbas-console --deployment lab --region us-east-1';
const SSM = 'aws ssm start-session --region us-east-1 --target i-0a1';
const CASES: readonly Case[] = [
  { who: 'of the embedded AWS, here', mode: 'local', commands: ['cbas-console --deployment lab'] },
  {
    who: 'on an instance, by the Session Manager first, then its private address',
    about: ON_EC2,
    commands: [SSM, `ssh -t ec2-user@10.0.0.7 ${THERE}`],
  },
  {
    who: 'with a public address, by that',
    about: { ...ON_EC2, publicIp: '192.0.2.1' },
    commands: [SSM, `ssh -t ec2-user@192.0.2.1 ${THERE}`],
  },
  {
    who: 'on somebody’s machine, by its name',
    about: { version: '0.1.0', host: 'desk' },
    commands: [`ssh desk -t ${THERE}`],
  },
  { who: 'that says nothing of itself: there is no way to tell', commands: [] },
];

test.each(CASES)('a leader $who', ({ mode, about, commands }) => {
  const ways = waysToReach(about === undefined ? {} : { about }, { ...PLACE, mode: mode ?? 'aws' });
  expect(ways.map(({ command }) => command)).toEqual(commands);
});

test('a console is told that the leader’s machine goes, until it is gone, and where the next leader is', () => {
  const going: Leader = { id: 'm-a', epoch: 1, until: 12_000, about: ON_EC2, takeAt: 100_000 };
  const next: Leader = { id: 'm-b', epoch: 2, until: 200_000, about: { ...ON_EC2, instanceId: 'i-0b2' } };
  let snapshot = reduce(emptySnapshot(), {
    kind: 'deployment.observed',
    at: 0,
    deployment: { ...LAB, mode: 'aws' },
    types: [],
  });
  const told = (now: number) =>
    needsOf(snapshot, now).flatMap(({ id, sentence }) => (id.startsWith('leaving:') ? [sentence] : []));
  snapshot = reduce(snapshot, { kind: 'leader.observed', at: 1, leader: { ...going, takeAt: undefined as never } });
  expect(told(10_000)).toEqual([]);
  snapshot = reduce(snapshot, { kind: 'leader.observed', at: 2, leader: going });
  expect(told(10_000)).toEqual(['EC2 takes the master i-0a1 back in 90 s; no other leads yet: cbas where']);
  snapshot = reduce(snapshot, { kind: 'leader.observed', at: 3, leader: undefined });
  expect(told(81_000)).toEqual(['EC2 takes the master i-0a1 back in 19 s; no other leads yet: cbas where']);
  snapshot = reduce(snapshot, { kind: 'leader.observed', at: 4, leader: next });
  expect(told(82_500)).toEqual([
    'EC2 takes the master i-0a1 back in 18 s; m-b leads: aws ssm start-session --region us-east-1 --target i-0b2',
  ]);
  expect(told(111_000)).toEqual([]);
});
