import { expect, test } from 'vitest';
import { auditLines } from '../../src/engine/select/audit.ts';
import { HOUR_MS } from '../../src/engine/model/units.ts';
import { READ_EVERY_MS } from '../../src/ui/cockpit.ts';
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

test('the newest hours of the audit are asked for first, then piece by piece what is before them', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    const { engine, clock } = screen;
    engine.audit = { kind: 'failed', why: 'dynamodb Query: unavailable (no network)' };
    await screen.press('9');
    expect(await seen(screen)).toContain('not read');
    expect(engine.auditsAsked).toHaveLength(1);
    engine.audit = { kind: 'audit', entries: auditEntries(), cut: false };
    clock.pass(READ_EVERY_MS);
    expect(await seen(screen)).toContain('8 acts in 7 days');
    const now = clock.now();
    const hoursBack = (at: number | undefined): number | undefined => (at === undefined ? undefined : Math.round((now - at) / HOUR_MS)); // prettier-ignore
    const [, ...asked] = engine.auditsAsked.map(({ since, until }) => [hoursBack(since), hoursBack(until)]);
    expect(asked).toEqual([[2, undefined], [4, 2], [8, 4], [16, 8], [32, 16], [64, 32], [128, 64], [168, 128]]); // prettier-ignore
    clock.pass(READ_EVERY_MS);
    await seen(screen);
    expect(engine.auditsAsked).toHaveLength(10);
  });
});

test('what has been read of the audit is shown while the rest is read; of a full list nothing older is asked', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    const { engine } = screen;
    const answers = [Promise.resolve({ kind: 'audit', entries: auditEntries(), cut: false } as const), new Promise<never>(() => undefined)]; // prettier-ignore
    engine.readAudit = () => answers.shift()!;
    await screen.press('9');
    expect(await seen(screen)).toMatch(/8 acts in 2 hours {3}reading further back/);
  });
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.audit = { kind: 'audit', entries: auditEntries(), cut: true };
    await screen.press('9');
    expect(await seen(screen)).toContain('the newest only');
    expect(screen.engine.auditsAsked).toHaveLength(1);
  });
});
