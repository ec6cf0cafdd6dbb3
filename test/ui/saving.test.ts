import { expect, test } from 'vitest';
import { rowsFrom } from '../../src/engine/model/rows.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { emptyDeployment, makeJob, makeWorker, NOW, withJobs, workerId } from '../support/snapshots.ts';

const SIZE = { columns: 120, rows: 50 };
const MINUTE = 60_000;
const GB = 1e9;

async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n').replace(/\s+/g, ' ');
}

/** One job of 41 GB that runs on a worker, and is being saved. */
function saving(): Snapshot {
  const checkpoint = { generation: 2_000_003, manifestKey: 'm', sizeBytes: 41 * GB, stopMs: 4_000, uploadMs: 328_000, at: NOW - MINUTE, workMs: MINUTE };
  const pace = { everyMs: 11 * MINUTE, advisedMs: 11 * MINUTE, bound: 'upload', stopMs: 4_000, uploadMs: 328_000, meanMs: 200 * 60 * MINUTE, lossShare: 1, fitsNotice: false } as const;
  const job = makeJob(0, { name: 'big', state: 'RUNNING', epoch: 2, leaseOwner: workerId(0), checkpoint, saving: { driver: 'app', why: 'the document declares a signal', pace } });
  const signals = { malformed: 1, late: 0, repeated: 2, withdrawn: 0, rebalance: { at: NOW - MINUTE, sources: ['imds', 'event'] }, away: { since: NOW - 2 * MINUTE, detail: 'timeout' } } as const;
  const base = withJobs(emptyDeployment(), [job]);
  const pending = { generation: 2_000_004, startedAt: NOW - 12_000, reason: 'rebalance' };
  return {
    ...base,
    workers: rowsFrom([makeWorker(0, { state: 'BUSY', jobs: [job.id], signals })]),
    live: { [job.id]: { id: job.id, epoch: 2, progressPct: 40, leaseUntil: NOW + 30_000, heartbeatAt: NOW, atRiskMs: MINUTE, pending } },
  };
} // prettier-ignore

test('a job’s detail says how often it is saved and why, that it is being saved, and that it does not fit into a notice', async () => {
  await withConsole({ snapshot: saving(), size: SIZE }, async (screen) => {
    await screen.press('2', '\r');
    const text = await seen(screen);
    expect(text).toContain('does not fit: 41 GB at 1 Gbps needs 5.5 min');
    expect(text).toMatch(/being saved 4 of run 2, for 1[0-9]s rebalance/);
    expect(text).toContain('saved every 11m, as advised, for an upload may take half of the time');
    expect(text).toContain('a stop of 4.0 s, 1 interruption in 8d8h, 100% of them lose work');
  });
});

test('its worker’s detail says what was heard of EC2, and what was odd about it', async () => {
  await withConsole({ snapshot: saving(), size: SIZE }, async (screen) => {
    await screen.press('3', '\t', '\r');
    const text = await seen(screen);
    expect(text).toContain('does not fit: 41 GB at 1 Gbps needs 5.5 min of 120 s that a notice gives');
    expect(text).toContain('EC2 recommended to leave');
    expect(text).toContain('does not answer since 2m');
    expect(text).toContain('1 unreadable, 2 told again');
  });
});

test('the Overview says beforehand that somebody’s work could not be saved', async () => {
  await withConsole({ snapshot: saving(), size: SIZE }, async (screen) => {
    expect(await seen(screen)).toMatch(/big's checkpoint in a notice does not fit: 41 GB at 1 Gbps needs 5.5 min/);
  });
});
