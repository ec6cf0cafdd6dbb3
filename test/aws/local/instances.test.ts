import fs from 'node:fs';
import path from 'node:path';
import type { DescribeInstancesResult, Instance, Reservation } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ec2 } from '../../../src/aws/local/ec2/ec2.ts';
import { type Confinement, probeConfinement } from '../../../src/aws/local/instances/process-tree.ts';
import {
  call,
  ENDPOINT,
  eventually,
  type Ec2Fixture,
  ec2Fixture,
  ONE,
  pidsOf,
  readIfThere,
  script,
  SPOT,
} from './ec2-fixture.ts';

const PROBED = await probeConfinement();
const MARKER: Confinement = { kind: 'marker' };
const WAYS: readonly Confinement[] = PROBED.kind === 'namespace' ? [PROBED, MARKER] : [PROBED];

let fixture: Ec2Fixture;
beforeEach(() => {
  fixture = ec2Fixture();
});
afterEach(() => fixture.cleanUp());

async function run(ec2: Ec2, userData: string, more: object = {}): Promise<string> {
  const reservation = await call<Reservation>(ec2, 'RunInstances', { ...ONE, UserData: script(userData), ...more });
  return reservation.Instances![0]!.InstanceId!;
}

const states = new Map<string, Instance>();
/** Asks again and again; the last answer is what is judged. */
async function inState(ec2: Ec2, id: string, state: string): Promise<Instance> {
  return eventually(`${id} is ${state}`, () => {
    void call<DescribeInstancesResult>(ec2, 'DescribeInstances', { InstanceIds: [id] }).then((reply) =>
      states.set(id, reply.Reservations![0]!.Instances![0]!),
    );
    const seen = states.get(id);
    return seen?.State?.Name === state && seen;
  });
}

const home = (id: string): string => path.join(fixture.dir, 'instances', id);
const said = (id: string, text: string): Promise<unknown> =>
  eventually(`${id} says ${text}`, () => readIfThere(path.join(home(id), 'console.log'))?.includes(text));

/** Children that left their session, that fork without end, and that emptied their environment. */
const ESCAPEE = 'setsid sh -c "setsid sleep 1000 & setsid sleep 1000" & echo escaped; sleep 1000';
const FORKING = 'while :; do sleep 1000 & sleep 0.01; done & echo forking; wait';
const NAMELESS = 'env -i setsid sleep 1000 & echo nameless; sleep 1000';

describe.each(WAYS.map((way) => [way.kind, way] as const))('an instance confined by %s', (_, confinement) => {
  const open = async (options = {}): Promise<Ec2> => {
    const ec2 = fixture.open({ confinement, ...options });
    await ec2.start(ENDPOINT);
    return ec2;
  };

  it('runs its user data in an environment made from nothing', async () => {
    const ec2 = await open({ binDirs: ['/opt/pinned'] });
    const id = await run(ec2, 'env; nice; echo "end of it"; sleep 1000');
    await said(id, 'end of it');
    const console = readIfThere(path.join(home(id), 'console.log'))!;
    const names = console.split('\n').flatMap((line) => (/^(\w+)=/.exec(line) ?? []).slice(1));
    expect(new Set(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)))).toEqual(
      new Set([
        'HOME',
        'LANG',
        'PATH',
        'AWS_ENDPOINT_URL',
        'AWS_REGION',
        'AWS_EC2_METADATA_SERVICE_ENDPOINT',
        'CBAS_LOCAL_INSTANCE',
      ]),
    );
    expect(console).toContain(`HOME=${home(id)}`);
    expect(console).toContain('PATH=/opt/pinned:/usr/local/bin:/usr/bin:/bin');
    expect(console).toContain(`AWS_ENDPOINT_URL=${ENDPOINT}`);
    expect(console).toMatch(/^1\d$/m);
  });

  it.each([
    ['its children', 'sleep 1000 & echo started; sleep 1000', 'started'],
    ['children with sessions of their own', ESCAPEE, 'escaped'],
    ['children that fork on', FORKING, 'forking'],
    ['children without the mark', NAMELESS, 'nameless'],
  ])('takes %s with it when it is terminated', async (_, userData, sign) => {
    const ec2 = await open();
    const id = await run(ec2, userData);
    await said(id, sign);
    await eventually('processes bear the mark', () => pidsOf(id).size > 2);
    await call(ec2, 'TerminateInstances', { InstanceIds: [id] });
    const ended = await inState(ec2, id, 'terminated');
    expect(ended.StateReason?.Code).toBe('Client.UserInitiatedShutdown');
    expect([...pidsOf(id)]).toEqual([]);
  });

  it('is terminated when its user data ends, with what that left running', async () => {
    const ec2 = await open();
    const id = await run(ec2, 'setsid sleep 1000 & exit 3');
    const ended = await inState(ec2, id, 'terminated');
    expect(ended.StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
    expect([...pidsOf(id)]).toEqual([]);
    const told = fixture.events.map((event) => (event.detail as { state?: string }).state);
    expect(told).toEqual(['pending', 'running', 'shutting-down', 'terminated']);
  });

  it('is adopted by a successor, on the same metadata port, and taken back by it', async () => {
    const first = await open();
    const id = await run(first, 'echo "imds $AWS_EC2_METADATA_SERVICE_ENDPOINT."; sleep 1000', SPOT);
    await said(id, 'imds http');
    await inState(first, id, 'running');
    await first.stop({ endInstances: false });
    const address = /imds (http:\S+)\./.exec(readIfThere(path.join(home(id), 'console.log'))!)![1]!;
    await expect(fetch(address)).rejects.toThrow();

    const second = await open();
    await inState(second, id, 'running');
    expect((await fetch(`${address}/latest/meta-data/`)).status).toBe(401);
    expect(second.control.interrupt(id, { notice: false })).toBe(true);
    const ended = await inState(second, id, 'terminated');
    expect(ended.StateReason?.Code).toBe('Server.SpotInstanceTermination');
    expect([...pidsOf(id)]).toEqual([]);
  });

  it('that died meanwhile is terminated by a successor', async () => {
    const first = await open();
    const id = await run(first, 'mkfifo gate; echo up; read -r go < gate; exit 0');
    await said(id, 'up');
    await inState(first, id, 'running');
    await first.stop({ endInstances: false });
    fs.writeFileSync(path.join(home(id), 'gate'), 'go\n');
    await eventually('it is gone', () => pidsOf(id).size === 0);
    const second = await open();
    const ended = await inState(second, id, 'terminated');
    expect(ended.StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
  });

  it('is ended by a successor that has moved', async () => {
    const first = await open();
    const id = await run(first, 'sleep 1000');
    await inState(first, id, 'running');
    await first.stop({ endInstances: false });
    const second = fixture.open({ confinement });
    await second.start('http://127.0.0.1:10');
    const ended = await inState(second, id, 'terminated');
    expect(ended.StateReason?.Code).toBe('Server.InternalError');
    expect([...pidsOf(id)]).toEqual([]);
  });

  it('ends itself when its AWS is silent, with all that it started', async () => {
    const ec2 = await open({ silenceMs: 600 });
    const id = await run(ec2, 'setsid sleep 1000 & echo up; sleep 1000');
    await said(id, 'up');
    await inState(ec2, id, 'running');
    await ec2.stop({ endInstances: false });
    await said(id, 'ends itself');
    await eventually('nothing of it is left', () => pidsOf(id).size === 0);
  });

  it('boots after a restart when it was still pending', async () => {
    const first = await open({ bootDelayMs: 3_600_000 });
    const id = await run(first, 'echo booted; sleep 1000');
    await first.stop({ endInstances: false });
    const second = await open();
    await inState(second, id, 'running');
    await said(id, 'booted');
  });
});

describe('instances', () => {
  it('idle without user data, and end with the embedded AWS when it is told so', async () => {
    const ec2 = fixture.open();
    await ec2.start(ENDPOINT);
    const reply = await call<Reservation>(ec2, 'RunInstances', { ...ONE, MinCount: 2, MaxCount: 2 });
    const ids = reply.Instances!.map((one) => one.InstanceId!);
    for (const id of ids) await inState(ec2, id, 'running');
    await ec2.stop({ endInstances: true });
    expect(ids.flatMap((id) => [...pidsOf(id)])).toEqual([]);
  });

  it('are not launched before EC2 has started', async () => {
    await expect(call(fixture.open(), 'RunInstances', ONE)).rejects.toThrow('still starting');
  });
});
