import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import readline from 'node:readline';
import type { DescribeInstancesResult } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call, ENDPOINT, eventually, type Ec2Fixture, ec2Fixture, ONE, pidsOf, script } from './ec2-fixture.ts';

const SOURCE = path.resolve(import.meta.dirname, '../../../src/aws/local');

/** An embedded EC2 in a process of its own, that says "running" when its instance runs, and then lives on. */
const CHILD = `
  import { createEc2 } from '${SOURCE}/ec2/ec2.ts';
  import { syntheticSource } from '${SOURCE}/ec2/price-source.ts';
  const [dir, endpoint, input] = process.argv.slice(1);
  const ec2 = createEc2({
    stateDir: dir, region: 'us-east-1', accountId: '0', binDirs: [], bootDelayMs: 1,
    source: syntheticSource({ zones: ['us-east-1a', 'us-east-1b'], seed: 1 }),
    bus: { put: (event) => console.log(event.detail['instance-id'] + ' ' + event.detail.state) },
  });
  await ec2.start(endpoint);
  ec2.service.operations.find((one) => one.schema[2] === 'RunInstances').handle(JSON.parse(input), {});
  setInterval(() => undefined, 1000);
`;

let fixture: Ec2Fixture;
let child: ChildProcess;
beforeEach(() => {
  fixture = ec2Fixture();
});
afterEach(async () => {
  child.kill('SIGKILL');
  await fixture.cleanUp();
});

describe('after kill -9 of the embedded EC2', () => {
  it('its instance runs on, and is adopted and ended by the next one', async () => {
    const input = JSON.stringify({ ...ONE, UserData: script('sleep 1000') });
    const flags = ['--no-warnings', '--input-type=module-typescript', '--eval', CHILD];
    child = spawn(process.execPath, [...flags, fixture.dir, ENDPOINT, input], {
      cwd: path.dirname(SOURCE),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let id = '';
    for await (const line of readline.createInterface({ input: child.stdout! })) {
      id = line.split(' ')[0]!;
      if (line.endsWith(' running')) break;
    }
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    expect(pidsOf(id).size).toBeGreaterThan(0);

    const next = fixture.open();
    await next.start(ENDPOINT);
    const reply = await call<DescribeInstancesResult>(next, 'DescribeInstances', { InstanceIds: [id] });
    expect(reply.Reservations![0]!.Instances![0]!.State!.Name).toBe('running');
    await call(next, 'TerminateInstances', { InstanceIds: [id] });
    await eventually('nothing of it is left', () => pidsOf(id).size === 0);
  });
});
