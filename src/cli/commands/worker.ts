import os from 'node:os';
import path from 'node:path';
import { Imds } from '../../aws/imds.ts';
import type { AwsTarget } from '../../aws/client-options.ts';
import { type Machine, parseMachineTag, TAGS } from '../../aws/tags.ts';
import { describeFault, FaultError } from '../../engine/model/fault.ts';
import { Agent } from '../../engine/worker/agent.ts';
import { machineDrivers, probeSentence } from '../../engine/worker/drivers/machine-drivers.ts';
import { Cgroups } from '../../engine/worker/cgroups.ts';
import { localFiles } from '../../engine/worker/local-files.ts';
import { RestoreBench } from '../../engine/worker/restore-bench.ts';
import { supervisor } from '../../engine/worker/supervisor.ts';
import type { Choice } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { failpointsOf } from '../failpoints.ts';
import { untilTold } from '../signals.ts';
import { VERSION } from '../version.ts';
import { freshRng, openDeployment, queuesOf } from '../wire.ts';
import { note } from '../output.ts';

const RETRY_MS = 1_000;

export interface WorkerOptions {
  readonly deployment?: string;
  readonly queue?: string;
  readonly slots?: string;
  readonly firstJob?: string;
}

const WHOSE = 'whose worker is it? say --deployment NAME, or --probe to see how jobs could be saved here';

/** `cbas worker`: the agent on an instance. What it is, it learns from the metadata service; where AWS is, from its environment. */
export async function worker(options: WorkerOptions): Promise<void> {
  const { deployment } = options;
  if (deployment === undefined) throw new CliError(WHOSE, EXIT.usage);
  const env = process.env;
  // What comes next loads while the metadata service answers.
  void import('../aws-data.ts');
  const say = (line: string): void => note(`${new Date().toISOString()} ${line}`);
  const metadata = new Imds(env['AWS_EC2_METADATA_SERVICE_ENDPOINT']);
  const identity = await patiently(() => metadata.identity(), say);
  const isLocal = env['CBAS_LOCAL_INSTANCE'] !== undefined;
  const target: AwsTarget = {
    region: identity.region,
    endpoint: env['AWS_ENDPOINT_URL'],
    mode: isLocal ? 'local' : 'aws',
    credentials: 'chain',
  };
  const choice: Choice = { name: deployment, target, why: 'user data', local: undefined, ambiguous: false };
  const wired = await patiently(() => openDeployment(choice), say);
  const { pings } = await queuesOf(target, deployment);
  const slots = Number(options.slots ?? identity.tags[TAGS.slots] ?? 1);
  const rng = freshRng();
  const machine = parseMachineTag(identity.tags[TAGS.machine]) ?? ownMachine();
  // Local instances share one machine, of which each is told a part that it does not have.
  const slotBytes = isLocal ? 0 : Math.floor((machine.memoryMb * 2 ** 20) / slots);
  const processes = supervisor(Cgroups.open(slotBytes));
  const drivers = machineDrivers({
    ports: { files: localFiles, supervisor: processes, clock: systemClock },
    environment: env,
    imageId: identity.imageId,
  });
  const bench = new RestoreBench({
    store: wired.store,
    ports: { blobs: wired.blobs, files: localFiles, clock: systemClock },
    place: { drivers, environment: env, say, scratch: path.join(os.homedir(), 'restore-test') },
    workerId: identity.instanceId,
  });
  const agent = new Agent({
    ports: {
      store: wired.store,
      blobs: wired.blobs,
      files: localFiles,
      supervisor: processes,
      clock: systemClock,
      random: rng.next,
      pings,
      metadata,
      failpoint: failpointsOf(env),
    },
    deployment: wired.deployment,
    identity,
    intent: identity.tags[TAGS.intent] ?? '',
    version: VERSION,
    bidUsdPerHour: Number(identity.tags[TAGS.bid] ?? 0),
    serves: identity.tags[TAGS.jobs] === undefined ? 'queue' : 'rescued',
    onDemandUsdPerHour: machine.onDemandUsdPerHour,
    slots,
    machine,
    queue: options.queue ?? 'default',
    ...(options.firstJob !== undefined && { firstJobId: options.firstJob }),
    jobsRoot: path.join(os.homedir(), 'jobs'),
    environment: env,
    drivers,
    onOwnItem: (item) => bench.look(item),
    say,
  });
  void probeSentence(drivers).then(say);
  const told = untilTold();
  told.addEventListener('abort', () => agent.shutdown(`told to stop by ${String(told.reason)}`));
  say(`left: ${await agent.run()}`);
}

/** What the operating system says, for an instance that nobody tagged. */
function ownMachine(): Machine {
  return {
    vcpus: os.availableParallelism(),
    memoryMb: Math.floor(os.totalmem() / 2 ** 20),
    arch: os.arch() === 'arm64' ? 'arm64' : 'x86_64',
    gpus: 0,
    onDemandUsdPerHour: 0,
  };
}

/** A worker that boots before its AWS answers waits for it. */
async function patiently<T>(ask: () => Promise<T>, say: (line: string) => void): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof FaultError) || error.fault.kind === 'denied') throw error;
      say(describeFault(error.fault));
      await systemClock.sleep(RETRY_MS);
    }
  }
}
