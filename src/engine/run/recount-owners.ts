import { ownerSetting } from '../model/deployment.ts';
import { JOB } from '../model/job-columns.ts';
import type { TableStore } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import { COUNTED_AFTER_MS, ownerItemOf, ownerKey, recountOwner } from '../protocol/owner-item.ts';

/** Whoever is at his limit waits as long until he hears that jobs have started. */
export const RECOUNT_EVERY_MS: DurationMs = 10_000;
/** One BatchGetItem. */
const READ_MAX = 100;

/** Tells owners with a limit how many of their jobs wait by now: a worker that claims one has no right to count it off. */
export async function recountOwners(store: TableStore, snapshot: Snapshot, now: EpochMs): Promise<void> {
  const before = now - COUNTED_AFTER_MS;
  const waiting = [...waitingBefore(snapshot, before)];
  for (let at = 0; at < waiting.length; at += READ_MAX) {
    const some = waiting.slice(at, at + READ_MAX);
    const items = await store.batchGet('misc', some.map(([owner]) => ownerKey(owner))); // prettier-ignore
    for (const [owner, count] of some) {
      const item = items.find(({ name }) => name === ownerKey(owner));
      if (item === undefined) continue;
      const known = ownerItemOf(item);
      const isNews = known.counted !== count || known.given.some((one) => one.at < before);
      // Refused where he submits at this moment: the next look is soon enough.
      if (isNews) await store.write(recountOwner(owner, known, { before, waiting: count }));
    }
  }
}

/** Of the owners with a limit who ever submitted: their jobs that wait and were submitted before a time. */
function waitingBefore({ jobs, settings }: Snapshot, before: EpochMs): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (settings.owners === undefined || settings.owners.every(({ maxWaiting }) => maxWaiting === undefined))
    return counts;
  const [stateOf, ownerOf, submittedAt] = [jobs.column(JOB.state), jobs.column(JOB.owner), jobs.column(JOB.submittedAt)]; // prettier-ignore
  const limited = new Map<string, boolean>();
  for (let at = 0; at < jobs.length; at++) {
    const owner = ownerOf(at);
    let isLimited = limited.get(owner);
    if (isLimited === undefined) limited.set(owner, (isLimited = ownerSetting(settings, owner).maxWaiting !== undefined)); // prettier-ignore
    if (!isLimited) continue;
    const state = stateOf(at);
    const waits = (state === 'RUNNABLE' || state === 'BLOCKED' || state === 'HELD') && submittedAt(at) < before;
    counts.set(owner, (counts.get(owner) ?? 0) + (waits ? 1 : 0));
  }
  return counts;
}
