import os from 'node:os';
import type { TableStore } from '../../engine/model/ports.ts';
import { manifestOf } from '../../engine/protocol/manifest-item.ts';
import { MISC } from '../../engine/protocol/misc-item.ts';
import { runMaster } from '../../engine/run/master.ts';
import { openJournal } from '../../engine/run/journal.ts';
import { createSnapshotStore } from '../../engine/run/store.ts';
import { chooseDeployment, type CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { CliError, EXIT } from '../exit.ts';
import { journalFolder, localStarted } from '../places.ts';
import { untilGone, untilOrphaned, untilTold } from '../signals.ts';
import { openPush, type PushOptions } from '../push.ts';
import { freshRng, openDeployment, queuesOf, tellCalls } from '../wire.ts';
import { note } from '../output.ts';
import { ownInstance, watchOwnNotice } from '../own-instance.ts';
import { VERSION } from '../version.ts';

export interface MasterOptions extends CommonOptions, PushOptions {
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
  const env = process.env;
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
  const push = await openPush(options, {
    wired,
    id,
    queue: queues.events,
    dispatch: snapshots.dispatch,
    say,
    signal: told,
  });
  const own = await ownInstance(choice.target.mode, env);
  const about = { version: VERSION, host: os.hostname(), ...own?.about };
  const leaving = own === undefined ? undefined : watchOwnNotice({ metadata: own.metadata, clock: systemClock, signal: told, everyMs: deployment.timings.noticePollMs, say }); // prettier-ignore
  await runMaster({
    id,
    about,
    ...(leaving !== undefined && { takeAt: leaving.takeAt }),
    ports: {
      store,
      blobs,
      prices: new Ec2Prices(choice.target),
      compute: new Ec2Compute(choice.target, deployment.name, await subnetsByZone(store)),
      ...queues,
      ...(push !== undefined && { events: push.queue }),
      clock: systemClock,
      rng,
    },
    deployment,
    snapshots,
    signal: AbortSignal.any([
      told,
      ...(options.detached === true && choice.local !== undefined ? [untilGone(choice.local)] : []),
      ...(leaving === undefined ? [] : [leaving.mustLeave]),
    ]),
    say,
  });
  await push?.close();
  // Its service would start it again, and it would take the lead of a machine that is going.
  if (leaving?.mustLeave.aborted === true) await leaving.taken;
  journal.close();
  process.exit(EXIT.done);
}

/** Where a deployment in a VPC of its own launches; undefined for one in the default VPC. */
async function subnetsByZone(store: TableStore): Promise<Readonly<Record<string, string>> | undefined> {
  const manifest = manifestOf(await store.get('misc', MISC.manifest));
  if (manifest === undefined || manifest === 'newer' || manifest.network === undefined) return undefined;
  return Object.fromEntries(manifest.network.subnets.map(({ id, zone }) => [zone, id]));
}
