import { linkedAbort } from '../model/linked-abort.ts';
import type { Deployment, MasterAbout } from '../model/deployment.ts';
import type { EpochMs } from '../model/units.ts';
import { describeFault, FaultError, faultOf } from '../model/fault.ts';
import { acquireLead, MISC, renewLead, resignLead } from '../protocol/misc-item.ts';
import { LeaderTerm, type LeaderPorts } from './leader.ts';
import type { SnapshotStore } from './store.ts';

/** A standby looks this often in the time between two renewals: a dead leader is replaced that much sooner. */
const STANDBY_LOOKS = 3;

export interface MasterOptions {
  readonly id: string;
  readonly ports: LeaderPorts;
  readonly deployment: Deployment;
  readonly snapshots: SnapshotStore;
  readonly signal: AbortSignal;
  /** What it says of itself beside its lease. */
  readonly about?: MasterAbout;
  /** When EC2 takes its instance back, as far as is known now. */
  readonly takeAt?: () => EpochMs | undefined;
  /** One line for a person at each change of mode. */
  readonly say: (line: string) => void;
}

/**
 * STANDBY or LEADER(epoch).
 * Standby: looks at the lease three times in every renewal period; enters LEADER by the conditional write that raises the epoch.
 * Leader: renews; stops acting by its own monotonic clock one margin before the lease ends, whatever the network does;
 * leaves when a renewal is refused, when the lease ran out, or when it is told to stop, and then resigns so that the next need not wait.
 */
export async function runMaster(options: MasterOptions): Promise<void> {
  const { id, ports, deployment, signal, say } = options;
  const { store, clock } = ports;
  const { leaderLeaseMs, leaderRenewMs, skewMarginMs } = deployment.timings;
  say(`standing by as ${id}`);
  let seen = { what: '', sinceMs: 0 };
  while (!signal.aborted) {
    try {
      const item = await store.get('misc', MISC.leader);
      const began = clock.monotonicMs();
      const what = JSON.stringify(item ?? null);
      if (what !== seen.what) seen = { what, sinceMs: began };
      const bid = acquireLead(item, {
        id,
        at: clock.now(),
        until: clock.now() + leaderLeaseMs,
        marginMs: skewMarginMs,
        unchangedMs: began - seen.sinceMs,
        leaseMs: leaderLeaseMs,
        ...(options.about !== undefined && { about: options.about }),
      });
      const won = bid === undefined ? undefined : await store.write(bid);
      if (won !== undefined) {
        const epoch = Number(won['epoch']);
        say(`leads with epoch ${epoch}`);
        const why = await lead(options, { id, epoch, began });
        say(`no longer leads: ${why}`);
        options.snapshots.dispatch([{ kind: 'leader.deposed', at: clock.now(), id, why }]);
        continue;
      }
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      say(`cannot reach the tables: ${describeFault(error.fault)}`);
    }
    await clock.sleep(leaderRenewMs / STANDBY_LOOKS, signal);
  }
}

async function lead(
  options: MasterOptions,
  term: { readonly id: string; readonly epoch: number; readonly began: number },
): Promise<string> {
  const { ports, deployment, snapshots, signal } = options;
  const { store, clock } = ports;
  const { leaderLeaseMs, leaderRenewMs, skewMarginMs } = deployment.timings;
  const over = linkedAbort([signal]);
  let leaseEndsMs = term.began + leaderLeaseMs;
  let why = 'told to stop';
  const mayAct = (): boolean => !over.signal.aborted && clock.monotonicMs() < leaseEndsMs - skewMarginMs;
  const work = new LeaderTerm({
    ports,
    snapshots,
    deployment,
    lead: { id: term.id, epoch: term.epoch, mayAct, signal: over.signal },
  }).run();
  const renewing = (async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(leaderRenewMs, signal);
      if (signal.aborted) return;
      const asked = clock.monotonicMs();
      const renewed = await store
        .write(renewLead({ ...term, takeAt: options.takeAt?.() }, clock.now() + leaderLeaseMs))
        .catch((error: unknown) => faultOf(error, 'renewal'));
      if (renewed === undefined) {
        why = 'another master took the lease';
        return;
      }
      if (!('kind' in renewed && 'operation' in renewed)) leaseEndsMs = asked + leaderLeaseMs;
      else if (clock.monotonicMs() >= leaseEndsMs - skewMarginMs) {
        why = 'the lease could not be renewed';
        return;
      }
    }
  })();
  await Promise.race([renewing, work]);
  over.end();
  await Promise.allSettled([work, renewing]);
  await store.write(resignLead(term)).catch(() => undefined);
  return why;
}
