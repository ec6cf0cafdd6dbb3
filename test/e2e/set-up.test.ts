import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { clientOptions } from '../../src/aws/client-options.ts';
import { Cloud, counterJob } from '../support/cloud.ts';
import { eventually, holds } from '../support/eventually.ts';
import { read, World } from '../support/processes.ts';

const WITHIN_MS = 90_000;
/** A Node is 120 MB, and is put, fetched and hashed. */
const PUT_WITHIN_MS = 110_000;

interface Where {
  readonly leader: string | null;
  readonly instanceId: string | null;
  readonly takenAt: string | null;
}

describe('a deployment that was set up', () => {
  it('its workers come up from the program in the bucket; a drill takes one back, and loses nothing', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'fetched', workers: 1 });
    const init = world.cbas('init', '--program', 'bundle', '--yes');
    expect(await init.exitCode(PUT_WITHIN_MS), init.output).toBe(0);
    expect(init.stdout).toMatch(/^new workers start with CBAS \d\S* \(bundle\/cbas-\S+\.tar\.gz, Node for /m);
    const master = cloud.master();
    const [id = ''] = await cloud.submit(counterJob('counter', 100));
    const [worker] = await cloud.workersServe(1, WITHIN_MS);
    const log = read(`${cloud.instanceFolder(worker?.id ?? '')}/console.log`);
    expect(log).toMatch(/cbas boot: CBAS from bundle\/cbas-/);
    await eventually('it has saved something', async () => holds((await cloud.job(id)).checkpoint !== undefined), {
      withinMs: WITHIN_MS,
    });
    const doctor = world.cbas('doctor');
    expect(await doctor.exitCode(WITHIN_MS), doctor.output).toBe(0);
    expect(doctor.stdout).toMatch(/^running: workers 1 of \d\S*; the master \d/m);

    const drill = world.cbas('drill', '--yes', '--json');
    expect(await drill.exitCode(WITHIN_MS), drill.output).toBe(0);
    const report = JSON.parse(drill.stdout);
    expect(report).toMatchObject({ worker: worker?.id, isOver: true, lostMs: 0, wastedUsd: 0 });
    expect(report.noticedMs).toBeLessThan(12_000);
    expect(report.jobs).toEqual([expect.objectContaining({ id, name: 'counter', state: 'RUNNING' })]);
    expect(report.jobs[0].on).not.toBe(worker?.id);
    expect(await cloud.jobIs(id, ['SUCCEEDED', 'FAILED'], WITHIN_MS)).toMatchObject({
      state: 'SUCCEEDED',
      record: { value: { n: 100 } },
    });
    master.signal('SIGTERM');
    expect(await master.exitCode(10_000)).toBe(0);
    await cloud.stop();
    await world.assertNothingLeft();
  }, 400_000);

  it('a master whose instance is taken back says so, and gives the lead to the next while it can', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'leads', workers: 0 });
    const { target } = cloud.wired.choice;
    const userData = '#!/bin/sh\nexec cbas master --deployment leads --region us-east-1\n';
    const { Instances = [] } = await new EC2Client(clientOptions(target)).send(
      new RunInstancesCommand({
        ImageId: 'ami-0cba5000000000001',
        InstanceType: 'c5.large',
        MinCount: 1,
        MaxCount: 1,
        UserData: Buffer.from(userData).toString('base64'),
        InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { MaxPrice: '5' } },
      }),
    );
    const instanceId = Instances[0]?.InstanceId ?? '';
    const where = async (): Promise<Where> => {
      const asked = world.cbas('where', '--json');
      await asked.exitCode(WITHIN_MS);
      return JSON.parse(asked.stdout || '{"leader":null}') as Where;
    };
    await eventually('it leads', async () => holds((await where()).instanceId === instanceId), {
      withinMs: WITHIN_MS,
      instead: () => read(`${cloud.instanceFolder(instanceId)}/console.log`),
    });
    const next = world.cbas('master', '--deployment', 'leads', '--push-listen', '0');
    await next.untilItSays('standing by', WITHIN_MS);
    // The embedded SNS has sent it a token, signed; it has confirmed by the API.
    await next.untilItSays(/subscribed to arn:aws:sns:\S+:cbas-leads-nudge/, WITHIN_MS);
    const interrupted = await fetch(`${target.endpoint}/_cbas/ec2/interrupt`, {
      method: 'POST',
      body: JSON.stringify({ instanceId, notice: true }),
    });
    expect(interrupted.status).toBe(200);
    await next.untilItSays('leads with epoch 2', WITHIN_MS);
    const console_ = read(`${cloud.instanceFolder(instanceId)}/console.log`);
    expect(console_).toMatch(/EC2 takes this instance back in \d+ s/);
    expect(console_).toMatch(/no longer leads: told to stop/);
    expect(await where()).toMatchObject({ instanceId: null, takenAt: null });
    next.signal('SIGTERM');
    expect(await next.exitCode(10_000)).toBe(0);
    await cloud.stop();
    await world.assertNothingLeft();
  }, 300_000);
});
