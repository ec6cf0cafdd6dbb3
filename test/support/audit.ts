import type { AuditAnswer, AuditEntry, AuditTarget } from '../../src/engine/model/audit.ts';
import { jobId, MINUTE, NOW, POOLS, workerId } from './snapshots.ts';

type Told = Pick<AuditEntry, 'at' | 'verb' | 'title' | 'state'> & Partial<AuditEntry>;

function entry({ at, ...told }: Told, number: number): AuditEntry {
  const targets = told.targets ?? [];
  return {
    seq: `${String(at).padStart(15, '0')}-${number}`,
    at,
    by: 'ana',
    from: 'ssh 10.0.0.7',
    writer: 'console',
    actId: `act-${number}`,
    outcome: '',
    targets,
    targetCount: targets.length,
    usdPerHour: 0,
    usd: 0,
    losesMs: 0,
    ...told,
  };
}

function done(id: string, outcome = 'done', rev = 3): AuditTarget {
  return { id, rev, outcome };
}

/** What several operators and a leader did: under way, done, refused, done in part, decided by the leader itself, and tried out. */
export function auditEntries(): readonly AuditEntry[] {
  const kill = { actId: 'kill', verb: 'jobs.kill', title: 'kill job pi-012 and 2 more', losesMs: 95_000 };
  const ids = [jobId(12), jobId(13), jobId(14)];
  const end = { actId: 'end', verb: 'workers.terminate', title: `terminate worker ${workerId(9)}` };
  const told: readonly Told[] = [
    { at: NOW - 2 * MINUTE, verb: 'workers.launch', title: `launch 3 workers in ${POOLS[0]}`, state: 'confirmed', usdPerHour: 0.103 },
    { at: NOW - 6 * MINUTE, verb: 'workers.launch', actId: 'refused', writer: 'm-7f3a', by: 'ben', from: 'laptop', title: `launch 3 in ${POOLS[2]}`, state: 'refused', outcome: 'InsufficientInstanceCapacity' },
    { at: NOW - 8 * MINUTE, verb: 'bid.set', title: `bid of ${POOLS[0]} 0.0500`, state: 'done' },
    { at: NOW - 20 * MINUTE, ...kill, state: 'confirmed', targets: ids.map((id) => done(id, '')) },
    { at: NOW - 20 * MINUTE + 900, ...kill, state: 'partly', outcome: 'it was RUNNING and is SUCCEEDED by now', targets: ids.map((id, at) => done(id, at === 1 ? 'conflict' : 'done')) },
    { at: NOW - 40 * MINUTE, ...end, state: 'confirmed', targets: [done(workerId(9), '')] },
    { at: NOW - 40 * MINUTE + 4_000, ...end, state: 'done', targets: [done(workerId(9))] },
    { at: NOW - 40 * MINUTE + 3_000, ...end, writer: 'm-7f3a', state: 'done', outcome: '1 worker ended', targets: [done(workerId(9))] },
    { at: NOW - 90 * MINUTE, verb: 'workers.launch', actId: 'cap-e4-1', writer: 'm-7f3a', by: 'm-7f3a', from: '', title: `launch 4 in ${POOLS[1]}`, state: 'done', outcome: '4 workers launched' },
    { at: NOW - 300 * MINUTE, verb: 'jobs.hold', by: 'ben', from: 'laptop', title: 'hold job pi-020', state: 'dry-run', targets: [done(jobId(20), '')] },
  ]; // prettier-ignore
  return told.map(entry).sort((a, b) => (a.seq < b.seq ? 1 : -1));
}

export function auditAnswer(): AuditAnswer {
  return { kind: 'audit', entries: auditEntries(), cut: false };
}
