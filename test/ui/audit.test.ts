import { expect, test } from 'vitest';
import { auditLines } from '../../src/engine/select/audit.ts';
import { READ_EVERY_MS } from '../../src/ui/reading.ts';
import { auditEntries } from '../support/audit.ts';
import { withConsole } from '../support/console.ts';
import { busySnapshot } from '../support/snapshots.ts';
import { seen, SIZE } from '../support/plans.ts';

test('the Audit screen shows what the audit has, and takes in what is new', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    const all = auditEntries();
    screen.engine.audit = { kind: 'audit', entries: all.slice(1), cut: false };
    await screen.press('9');
    expect(await seen(screen)).toContain('7 acts in 7 days');
    screen.engine.audit = { kind: 'audit', entries: all.slice(0, 2), cut: false };
    screen.clock.pass(READ_EVERY_MS);
    expect(await seen(screen)).toMatch(/8 acts in 7 days {3}1 under way/);
    const shown = (await screen.lines()).filter((line) => / (confirmed|done|partly|refused|dry-run) /.test(line));
    // The same acts in the same order as `cbas audit` prints them.
    expect(shown.map((line) => line.slice(0, 17).trim().split(' ').at(-1))).toEqual(auditLines(all).map(({ state }) => state)); // prettier-ignore
    for (const [at, { title }] of auditLines(all).entries()) expect(shown[at]).toContain(title.slice(0, 24));
    screen.engine.audit = { kind: 'failed', why: 'dynamodb Query: unavailable (no network)' };
    screen.clock.pass(READ_EVERY_MS);
    expect(await seen(screen)).toMatch(/dynamodb Query: unavailable.* old/);
    expect(await seen(screen)).toContain('8 acts in 7 days');
  });
});
