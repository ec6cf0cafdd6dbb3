import { randomInt } from 'node:crypto';
import { callsOf } from '../aws/calls.ts';
import type { AwsTarget } from '../aws/client-options.ts';
import type { Operator } from '../engine/decide/plan.ts';
import type { Deployment } from '../engine/model/deployment.ts';
import { FaultError } from '../engine/model/fault.ts';
import type { BlobStore } from '../engine/model/blob-store.ts';
import type { Item, MasterHost, ShellHost, TableStore } from '../engine/model/ports.ts';
import { type Rng, seededRng } from '../engine/model/rng.ts';
import { deploymentOf, MISC } from '../engine/protocol/misc-item.ts';
import { openJournal } from '../engine/run/journal.ts';
import { OperatorEngine } from '../engine/run/operator-engine.ts';
import { createSnapshotStore, type SnapshotStore } from '../engine/run/store.ts';
import { type Choice, operatorName, operatorOrigin } from './choose.ts';
import { systemClock } from './clock.ts';
import { CliError, EXIT } from './exit.ts';
import { journalFolder } from './places.ts';

/** The composition root: the one place where the engine meets AWS. AWS clients load here, and not before they are needed. */
export interface Wired {
  readonly choice: Choice;
  readonly deployment: Deployment;
  readonly store: TableStore;
  readonly blobs: BlobStore;
}

/** Chance that no seed decides: ids and jitter of a real process. */
export function freshRng(): Rng {
  return seededRng(randomInt(2 ** 32));
}

/** Opens a deployment that exists. */
export async function openDeployment(choice: Choice): Promise<Wired> {
  const { DynamoStore, S3Blobs, names } = await import('./aws-data.ts');
  const { target, name } = choice;
  const store = new DynamoStore(target, names.prefix(name));
  const [item, identity] = await Promise.all([
    deploymentItem(store),
    target.mode === 'local'
      ? undefined
      : import('../aws/identity.ts').then(({ callerIdentity }) => callerIdentity(target)),
  ]);
  const deployment = deploymentOf(item, identity?.name ?? operatorName());
  if (deployment === 'newer')
    throw new CliError(`deployment ${name} was set up by a newer CBAS; update this one`, EXIT.refused);
  if (deployment === undefined) {
    const { notHere, otherRegions } = await import('./other-regions.ts');
    const holds = async (region: string): Promise<boolean> =>
      (await deploymentItem(new DynamoStore({ ...target, region }, names.prefix(name)))) !== undefined;
    // An embedded AWS is one region.
    const found = target.mode === 'local' ? [] : await otherRegions(target.region, holds);
    throw new CliError(notHere(name, target.region, found), EXIT.notFound);
  }
  if (identity !== undefined && identity.accountId !== deployment.accountId) {
    throw new CliError(
      `deployment ${name} belongs to account ${deployment.accountId}, but these credentials are of ${identity.accountId}`,
      EXIT.refused,
    );
  }
  return { choice, deployment, store, blobs: new S3Blobs(target, deployment.bucket) };
}

/** What says that a deployment is there; undefined where it is not, or where not even its table is. */
async function deploymentItem(store: TableStore): Promise<Item | undefined> {
  try {
    return await store.get('misc', MISC.deployment);
  } catch (error) {
    if (error instanceof FaultError && error.fault.kind === 'not-found') return undefined;
    throw error;
  }
}

export interface OperatorOptions {
  readonly mode: Operator['mode'];
  readonly wait: boolean;
  /** Where its operator may start a master; absent where he may not. */
  readonly host?: MasterHost;
  readonly shells?: ShellHost;
}

/** An engine for an operator: pollers, plans, confirmed writes. The caller starts and stops it. */
export async function operatorEngine(
  wired: Wired,
  options: OperatorOptions,
): Promise<{ readonly engine: OperatorEngine; readonly snapshots: SnapshotStore }> {
  const { Ec2Prices } = await import('./aws-ec2.ts');
  const journal = openJournal({
    folder: journalFolder(),
    process: `console-${process.pid}`,
    keep: 'acts',
    onFault: () => undefined,
  });
  const snapshots = createSnapshotStore(journal);
  tellCalls(wired.choice.target, snapshots);
  const engine = new OperatorEngine({
    ports: {
      store: wired.store,
      blobs: wired.blobs,
      prices: new Ec2Prices(wired.choice.target),
      clock: systemClock,
      rng: freshRng(),
      host: options.host,
      shells: options.shells,
    },
    snapshots,
    deployment: wired.deployment,
    // On AWS whoever STS says that we are; a name in the environment would be anybody's to choose.
    operator: { name: wired.deployment.identity, from: operatorOrigin(), mode: options.mode },
    wait: options.wait,
  });
  return { engine, snapshots };
}

/** From now on the snapshot holds what this process's calls of AWS come to. */
export function tellCalls(target: AwsTarget, { dispatch }: SnapshotStore): void {
  callsOf(target).observe((calls, at) => dispatch([{ kind: 'calls.observed', at, calls }]));
}

export async function queuesOf(target: AwsTarget, deployment: string) {
  const { SqsQueue, names } = await import('./aws-data.ts');
  return {
    pings: new SqsQueue(target, names.queue(deployment, 'ping')),
    events: new SqsQueue(target, names.queue(deployment, 'events')),
  };
}
