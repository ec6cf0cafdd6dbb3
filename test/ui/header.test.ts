import { expect, test } from 'vitest';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { busySnapshot, DEPLOYMENT, staleSnapshot } from '../support/snapshots.ts';

const LONG = {
  ...DEPLOYMENT,
  mode: 'aws',
  accountId: '123456789012',
  name: 'genomics-of-the-institute-2026',
  region: 'ap-southeast-2',
  identity: 'assumed-role/researchers/ana.b',
} as const;

async function line(screen: TestConsole, columns: number): Promise<string> {
  await screen.resize({ columns, rows: 24 });
  return (await screen.lines())[0] ?? '';
}

test('what is dangerous to overlook stays on line 1, however long the names are', async () => {
  const busy = busySnapshot();
  const snapshot: Snapshot = { ...busy, deployment: LONG, settings: { ...busy.settings, production: true } };
  await withConsole({ snapshot, size: { columns: 200, rows: 24 }, dryRun: 'on', readOnly: true }, async (screen) => {
    const full = await line(screen, 200);
    for (const word of ['genomics-of-the-institute-2026', 'ap-southeast-2', 'ana.b', 'leader', 'UTC'])
      expect(full).toContain(word);
    await screen.press('z');
    for (const columns of [60, 70, 80, 100, 120, 160, 200]) {
      const shown = await line(screen, columns);
      for (const word of ['LIVE', 'READ-ONLY', 'DRY RUN', 'PRODUCTION', 'PAUSED']) expect(shown).toContain(word);
      if (columns >= 70) expect(shown).toContain('UTC');
    }
    // The name of the deployment is the last to go.
    expect(await line(screen, 120)).toMatch(/LIVE genomics-of-the-institute-2026 {2}READ-ONLY/);
  });
});

test('a missing master is told on every width', async () => {
  const snapshot = { ...staleSnapshot(), deployment: LONG };
  await withConsole({ snapshot, size: { columns: 200, rows: 24 } }, async (screen) => {
    for (const columns of [60, 80, 120]) expect(await line(screen, columns)).toMatch(/no master.* UTC/);
  });
});
