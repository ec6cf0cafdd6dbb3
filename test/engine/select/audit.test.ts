import { expect, test } from 'vitest';
import { auditLines, joinAudit, whatCame, whereFrom, whoDid } from '../../../src/engine/select/audit.ts';
import { auditEntries } from '../../support/audit.ts';
import { NOW, POOLS, workerId } from '../../support/snapshots.ts';

test('acts, the newest first: who, from where, what, and what came of it', () => {
  const acts = auditLines(auditEntries());
  expect(acts.map(({ at }) => at)).toEqual(acts.map(({ at }) => at).toSorted((a, b) => b - a));
  expect(acts.map((act) => [whoDid(act), whereFrom(act), act.title, act.state])).toEqual([
    ['ana', 'ssh 10.0.0.7', `launch 3 workers in ${POOLS[0]}`, 'confirmed'],
    ['m-7f3a', 'for ben', `launch 3 in ${POOLS[2]}`, 'refused'],
    ['ana', 'ssh 10.0.0.7', `bid of ${POOLS[0]} 0.0500`, 'done'],
    ['ana', 'ssh 10.0.0.7', 'kill job pi-012 and 2 more', 'partly'],
    ['m-7f3a', 'for ana', `terminate worker ${workerId(9)}`, 'done'],
    ['ana', 'ssh 10.0.0.7', `terminate worker ${workerId(9)}`, 'done'],
    ['m-7f3a', '', `launch 4 in ${POOLS[1]}`, 'done'],
    ['ben', 'laptop', 'hold job pi-020', 'dry-run'],
  ]);
  expect(new Set(acts.map(({ key }) => key)).size).toBe(acts.length);
  expect(acts.map(whatCame)[1]).toBe('InsufficientInstanceCapacity');
  expect(whatCame(acts[0]!)).toMatch(/^under way/);
});

test('an act keeps the time of its confirmation, and tells its outcome id by id', () => {
  const kill = auditLines(auditEntries()).find(({ verb }) => verb === 'jobs.kill');
  expect(kill).toMatchObject({ at: NOW - 20 * 60_000, outcome: 'it was RUNNING and is SUCCEEDED by now' });
  expect(kill?.targets.map(({ outcome }) => outcome)).toEqual(['done', 'conflict', 'done']);
});

test('what came of an act stands, whatever the clock did between its lines', () => {
  const [confirmed, done] = auditEntries().filter(({ actId }) => actId === 'kill').toReversed(); // prettier-ignore
  const turned = [
    { ...confirmed!, seq: '9' },
    { ...done!, seq: '8' },
  ];
  expect(auditLines(turned)).toMatchObject([{ state: 'partly', at: confirmed?.at }]);
});

test('lines that are read again are the same lines; new ones come in by their time, and the oldest go', () => {
  const all = auditEntries();
  const known = all.slice(3);
  expect(joinAudit(known, known.slice(0, 2), 100)).toBe(known);
  expect(joinAudit(known, all.slice(0, 5), 100)).toEqual(all);
  expect(joinAudit(known, all.slice(0, 5), 4)).toEqual(all.slice(0, 4));
});
