import http from 'node:http';
import type { WorkerRow } from '../engine/model/worker.ts';
import { CliError, EXIT } from './exit.ts';
import { note } from './output.ts';
import type { Wired } from './wire.ts';

/** How a worker is taken back in a drill. */
export interface Interrupter {
  readonly how: string;
  readonly costs: string;
  /** Begins it; what it returns cleans up behind it. */
  interrupt(worker: WorkerRow): Promise<() => Promise<void>>;
}

/** On AWS the Fault Injection Service sends the interruption, as EC2 does; on the embedded AWS its market does. */
export async function interrupterOf(wired: Wired): Promise<Interrupter> {
  const { choice } = wired;
  return choice.local === undefined ? onAws(wired) : onEmbedded(choice.local.endpoint);
}

function onEmbedded(endpoint: string): Interrupter {
  return {
    how: 'the embedded market takes it, with its notice',
    costs: 'It costs nothing.',
    async interrupt({ id }) {
      const status = await post(`${endpoint}/_cbas/ec2/interrupt`, { instanceId: id, notice: true });
      if (status !== 200) throw new CliError(`the embedded AWS cannot take ${id} back (status ${status})`, EXIT.failed);
      return () => Promise.resolve();
    },
  };
}

/** Without `fetch`, which goes through the proxy of the environment, and that does not know this machine. */
function post(url: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    http
      .request(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } }, (reply) => {
        reply.resume();
        resolve(reply.statusCode ?? 0);
      })
      .on('error', reject)
      .end(JSON.stringify(body));
  });
}

async function onAws({ choice, deployment }: Wired): Promise<Interrupter> {
  const [{ FaultInjection }, { arns, partitionOf }, { TAGS }] = await Promise.all([
    import('../aws/fis.ts'),
    import('../aws/setup/model/arns.ts'),
    import('../aws/tags.ts'),
  ]);
  const { name, accountId, region } = deployment;
  const place = { name, accountId, region, partition: partitionOf(region) };
  const service = new FaultInjection(choice.target);
  return {
    how: 'the Fault Injection Service sends EC2’s interruption, with two minutes of notice',
    costs: 'AWS charges one action minute of that service, about $0.10.',
    async interrupt({ id }) {
      const { template, experiment } = await service.interrupt({
        instanceArn: arns.ec2(place, 'instance', id),
        roleArn: arns.role(place, 'drill'),
        tags: { [TAGS.deployment]: name, [TAGS.role]: 'drill' },
      });
      note(`experiment ${experiment}`);
      return async () => {
        const { status, reason } = await service.state(experiment);
        if (status === 'failed') note(`experiment ${experiment} has failed: ${reason}`);
        await service.remove(template);
      };
    },
  };
}
