import { expect, test } from 'vitest';
import type { Deployments, Destination } from '../../src/ui/destination.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { busySnapshot } from '../support/snapshots.ts';

const SIZE = { columns: 100, rows: 30 };
const MASTER = { id: 'm-vm-1-9ed6', pid: 4_711, logFile: '/log' };

/** `barn` and `farm` can be gone to; whatever else is asked for is nowhere. */
function twoDeployments(): Deployments {
  return {
    known: () => ['barn', 'farm'],
    find: async (wanted) =>
      ['barn', 'farm'].includes(wanted.name)
        ? { ok: true, found: { ...wanted, region: wanted.region ?? 'eu-west-1' } }
        : { ok: false, why: `nothing is known of ${wanted.name} here` },
  };
}

async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n');
}

/** Where the console went, once it has been left. */
function wentTo(screen: TestConsole): () => Destination | 'the shell' | 'nowhere' {
  let went: Destination | 'the shell' | 'nowhere' = 'nowhere';
  void screen.running.waitUntilExit().then(() => (went = screen.running.store.getState().next ?? 'the shell'));
  return () => went;
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test(':use offers the others by name, and leaves for the one that is chosen', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, deployments: twoDeployments() }, async (screen) => {
    const went = wentTo(screen);
    await screen.press(':', 'use ');
    expect(await seen(screen)).toMatch(/use barn[^]*use farm/);
    await screen.press('farm', '\r');
    await settled();
    await screen.running.waitUntilExit();
    expect(went()).toEqual({ name: 'farm', region: 'eu-west-1' });
  });
});

test.each([
  ['use', 'use wants the name of a deployment'],
  ['use elsewhere', 'nothing is known of elsewhere here'],
])(':%s leads nowhere, and it is told why', async (command, why) => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, deployments: twoDeployments() }, async (screen) => {
    await screen.press(':', command, '\r');
    await settled();
    expect(await seen(screen)).toContain(why);
    expect(wentTo(screen)()).toBe('nowhere');
  });
});

test('where there is one deployment only it is told', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press(':', 'use lab', '\r');
    expect(await seen(screen)).toContain('this console has one deployment only');
  });
});

test('its own master is asked about first; whoever stays and leaves later goes to the shell', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, deployments: twoDeployments() }, async (screen) => {
    screen.engine.master = MASTER;
    const went = wentTo(screen);
    await screen.press(':', 'use farm', '\r');
    await settled();
    expect(await seen(screen)).toContain(MASTER.id);
    screen.clock.pass(DIALOG_DEAF_MS);
    await screen.press('\u001b[27u');
    expect(went()).toBe('nowhere');
    await screen.press('q');
    await screen.lines();
    screen.clock.pass(DIALOG_DEAF_MS);
    await screen.press('k');
    await screen.running.waitUntilExit();
    expect(went()).toBe('the shell');
  });
});
