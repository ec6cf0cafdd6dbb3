import os from 'node:os';
import { runMaster } from '../../engine/run/master.ts';
import { openJournal } from '../../engine/run/journal.ts';
import { createSnapshotStore } from '../../engine/run/store.ts';
import { chooseDeployment, type CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { journalFolder, localStarted } from '../places.ts';
import { untilGone, untilOrphaned, untilTold } from '../signals.ts';
import { freshRng, openDeployment, queuesOf, tellCalls } from '../wire.ts';
import { note } from '../output.ts';

export interface MasterOptions extends CommonOptions {
  /** Ends when the process that started it is gone. */
  readonly withParent?: boolean;
  /** The name to lead under; whoever started it looks for it in the tables. */
  readonly id?: string;
  /** Nobody's child: on an embedded AWS it ends some time after that has gone. */
  readonly detached?: boolean;
  /** The embedded AWS is starting at this moment: waits until it is there. */
  readonly awaitLocal?: boolean;
}

const MASTER_ID = /^m-[\w.-]{1,40}$/;

/** `cbas master`: leads, or stands by until it can. Ends in order on SIGTERM, so that the next one takes over at once. */
export async function master(options: MasterOptions): Promise<void> {
  if (options.id !== undefined && !MASTER_ID.test(options.id))
    throw new CliError(`--id ${options.id}: expected m- and letters, digits, ".", "_" or "-"`, EXIT.usage);
  const told = AbortSignal.any([untilTold(), ...(options.withParent === true ? [untilOrphaned()] : [])]);
  const [{ Ec2Compute, Ec2Prices }] = await Promise.all([import('../aws-ec2.ts'), import('../aws-data.ts')]);
  if (options.awaitLocal === true && !(await localStarted(options.deployment ?? '', told))) process.exit(EXIT.done);
  const wired = await openDeployment(await chooseDeployment(options));
  const { choice, deployment, store, blobs } = wired;
  const rng = freshRng();
  const id = options.id ?? `m-${os.hostname().slice(0, 12)}-${rng.below(0xffff).toString(16).padStart(4, '0')}`;
  const say = (line: string): void => note(`${new Date().toISOString()} ${line}`);
  const journal = openJournal({
    folder: journalFolder(),
    process: id,
    keep: 'everything',
    onFault: (error) => say(`the journal cannot be written: ${error.message}`),
  });
  const snapshots = createSnapshotStore(journal);
  tellCalls(choice.target, snapshots);
  const queues = await queuesOf(choice.target, deployment.name);
  await runMaster({
    id,
    ports: {
      store,
      blobs,
      prices: new Ec2Prices(choice.target),
      compute: new Ec2Compute(choice.target, deployment.name),
      ...queues,
      clock: systemClock,
      rng,
    },
    deployment,
    snapshots,
    signal:
      options.detached === true && choice.local !== undefined ? AbortSignal.any([told, untilGone(choice.local)]) : told,
    say,
  });
  journal.close();
  process.exit(EXIT.done);
}
