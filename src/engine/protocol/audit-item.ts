import { AUDIT_STATES, AUDIT_TARGETS_MAX, type AuditEntry, type AuditTarget } from '../model/audit.ts';
import type { ConditionalWrite } from '../model/command.ts';
import { streamKey } from '../model/ports.ts';
import { type EpochMs, HOUR_MS, type Json, type JsonObject } from '../model/units.ts';
import { readCount, readNumber, readOneOf, readText } from './read.ts';
import { isObject } from './shape.ts';

/**
 * Operators act some times a minute: one shard is enough by far (DynamoDB takes a thousand writes a second into one). A reader asks
 * one stream for each hour and shard.
 */
export const AUDIT_SHARDS = 1;
/** Lines are kept as long as anybody asks for them in an inquiry; the store's TTL removes them by `expiresAt`. */
const KEPT_MS = 400 * 24 * HOUR_MS;

/** Streams are named `audit<shard>#<hour>`, the hour counted from the epoch: "audit0#496123". */
export function auditStream(shard: number, at: EpochMs): string {
  return `audit${shard}#${Math.floor(at / HOUR_MS)}`;
}

/** Sorts by time; what several processes write in one millisecond is told apart by their own part. */
export function auditSeq(at: EpochMs, own: string): string {
  return `${String(Math.floor(at)).padStart(15, '0')}-${own}`;
}

/** Appends a line. Its key is its own, so writing it twice is writing it once. */
export function appendAudit(entry: AuditEntry): ConditionalWrite {
  const { seq, targets, ...told } = entry;
  return {
    table: 'events',
    key: streamKey(auditStream(0, entry.at), seq),
    conditions: [],
    set: {
      ...told,
      kind: 'audit',
      targets: targets.slice(0, AUDIT_TARGETS_MAX).map((target) => ({ ...target })),
      expiresAt: Math.floor((entry.at + KEPT_MS) / 1_000),
    },
    add: {},
    remove: [],
  };
}

/** undefined: not a line of the audit that we understand. */
export function auditEntryOf(item: JsonObject): AuditEntry | undefined {
  const state = readOneOf(item, 'state', AUDIT_STATES);
  const seq = readText(item, 'seq');
  if (state === undefined || seq === '' || readText(item, 'kind') !== 'audit') return undefined;
  const reason = readText(item, 'reason');
  const targets = Array.isArray(item['targets']) ? item['targets'].map(targetOf) : [];
  return {
    seq,
    state,
    at: readNumber(item, 'at'),
    by: readText(item, 'by'),
    from: readText(item, 'from'),
    writer: readText(item, 'writer'),
    verb: readText(item, 'verb'),
    actId: readText(item, 'actId'),
    title: readText(item, 'title'),
    ...(reason !== '' && { reason }),
    outcome: readText(item, 'outcome'),
    targets: targets.filter((target) => target !== undefined),
    targetCount: readCount(item, 'targetCount', { min: 0, fallback: targets.length }),
    usdPerHour: readNumber(item, 'usdPerHour'),
    usd: readNumber(item, 'usd'),
    losesMs: readNumber(item, 'losesMs'),
  };
}

function targetOf(value: Json): AuditTarget | undefined {
  if (!isObject(value)) return undefined;
  return { id: readText(value, 'id'), rev: readNumber(value, 'rev'), outcome: readText(value, 'outcome') };
}
