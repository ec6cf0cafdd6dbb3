import { auditOfIntent } from '../decide/audit-entries.ts';
import type { AuditAnswer, AuditEntry, AuditQuery } from '../model/audit.ts';
import type { Intent } from '../model/command.ts';
import { describeFault, type Fault, faultOf } from '../model/fault.ts';
import type { TableStore } from '../model/ports.ts';
import { type EpochMs, HOUR_MS, type JsonObject } from '../model/units.ts';
import { AUDIT_SHARDS, auditEntryOf, appendAudit, auditSeq, auditStream } from '../protocol/audit-item.ts';

/** Streams asked at once. */
const LANES = 8;
const PAGE_ITEMS = 500;
/** Nobody reads further back in one question: a stream is asked for each hour, found or not. */
export const AUDIT_HOURS_MAX = 31 * 24;

/** Writes a line; the fault when it could not be: an act is never held up by its audit. */
export async function writeAudit(store: TableStore, entry: AuditEntry): Promise<Fault | undefined> {
  try {
    await store.write(appendAudit(entry));
    return undefined;
  } catch (error) {
    return faultOf(error, 'writing the audit');
  }
}

/** What a leader made of an intent; the fault when it could not be written. */
export function auditIntent(
  store: TableStore,
  intent: Intent,
  end: Omit<Parameters<typeof auditOfIntent>[1], 'seq'>,
): Promise<Fault | undefined> {
  return writeAudit(store, auditOfIntent(intent, { ...end, seq: auditSeq(end.at, intent.id) }));
}

/** Lines since a time, newest first, read hour by hour from the newest until there are enough. Never rejects. */
export async function readAudit(store: TableStore, query: AuditQuery, now: EpochMs): Promise<AuditAnswer> {
  try {
    const streams = streamsOf(query, now);
    const entries: AuditEntry[] = [];
    let at = 0;
    for (; at < streams.length && entries.length <= query.limit; at += LANES) {
      const found = await Promise.all(streams.slice(at, at + LANES).map((stream) => readStream(store, stream, query)));
      entries.push(...found.flat());
    }
    const newest = entries.sort((a, b) => (a.seq < b.seq ? 1 : -1));
    return { kind: 'audit', entries: newest.slice(0, query.limit), cut: newest.length > query.limit };
  } catch (error) {
    const fault = faultOf(error, 'reading the audit');
    return { kind: 'failed', why: describeFault(fault), fault };
  }
}

/** Newest hour first; up to now is one hour more than the clock says: another machine's may be ahead. */
function streamsOf({ since, until }: AuditQuery, now: EpochMs): readonly string[] {
  const newest = until === undefined ? Math.floor(now / HOUR_MS) + 1 : Math.floor(until / HOUR_MS);
  const oldest = Math.max(Math.floor(since / HOUR_MS), newest - AUDIT_HOURS_MAX);
  const streams: string[] = [];
  for (let hour = newest; hour >= oldest; hour--)
    for (let shard = 0; shard < AUDIT_SHARDS; shard++) streams.push(auditStream(shard, hour * HOUR_MS));
  return streams;
}

async function readStream(store: TableStore, stream: string, { since }: AuditQuery): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let after: JsonObject | undefined;
  do {
    const page = await store.query({
      table: 'events',
      index: undefined,
      hash: { attribute: 'stream', value: stream },
      range: { attribute: 'seq', atLeast: auditSeq(Math.max(0, since), '') },
      limit: PAGE_ITEMS,
      ...(after !== undefined && { after }),
    });
    entries.push(...page.items.map(auditEntryOf).filter((entry) => entry !== undefined));
    after = page.next;
  } while (after !== undefined);
  return entries;
}
