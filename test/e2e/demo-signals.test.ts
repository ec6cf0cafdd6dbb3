import { describe, expect, it } from 'vitest';
import { eventually, holds } from '../support/eventually.ts';
import { CBAS, childrenOf, isRunning, World } from '../support/processes.ts';
import { inShell, PtyProgram } from '../support/pty.ts';

/** All start at once, on two cores. */
const START_MS = 60_000;
const LEAVES_WITHIN_MS = 30_000;

/** The demo at work: its embedded AWS, its master and instances are there. */
async function atWork(world: World): Promise<void> {
  await eventually(
    'an instance runs',
    () =>
      holds(
        world.processes().some(({ command }) => command.includes('worker --deployment demo')) &&
          world.processes().some(({ command }) => command.includes('master --deployment demo')),
      ),
    { withinMs: START_MS, instead: () => JSON.stringify(world.processes()) },
  );
}

describe.concurrent('the demo, told to go', () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    it(`without a terminal, by ${signal}: exits ${code} and leaves nothing`, async () => {
      await using world = new World();
      const demo = world.cbas('demo', '--jobs', '1');
      await atWork(world);
      demo.signal(signal);
      expect(await demo.exitCode(LEAVES_WITHIN_MS)).toBe(code);
      expect(demo.stderr).toBe('');
      await world.assertNothingLeft();
    });

    it(`on a terminal, by ${signal}: gives it back, exits ${code} and leaves nothing`, async () => {
      await using world = new World();
      const demo = new PtyProgram(world, [CBAS, 'demo', '--jobs', '1']);
      await atWork(world);
      demo.signal(signal);
      expect(await demo.exitCode(LEAVES_WITHIN_MS), demo.screen()).toBe(code);
      await demo.isRestored();
      await world.assertNothingLeft();
    });
  }

  it('on a terminal, by ctrl-C: gives it back as it was', async () => {
    await using world = new World();
    const demo = new PtyProgram(world, inShell(`${CBAS} demo --jobs 1`));
    await atWork(world);
    demo.type('\u0003');
    expect(await demo.shows(/ icanon/, LEAVES_WITHIN_MS)).toMatch(/left with (0|130)/);
    await demo.isRestored();
    await world.assertNothingLeft();
  });

  it('before it has begun: gives the terminal back and leaves nothing', async () => {
    await using world = new World();
    const demo = new PtyProgram(world, [CBAS, 'demo', '--jobs', '1']);
    await demo.shows('1 Overview', START_MS);
    demo.signal('SIGTERM');
    expect(await demo.exitCode(LEAVES_WITHIN_MS)).toBe(143);
    await demo.isRestored();
    await world.assertNothingLeft();
  });

  it('its terminal is gone: nothing is left', async () => {
    await using world = new World();
    const demo = new PtyProgram(world, [CBAS, 'demo', '--jobs', '1']);
    await atWork(world);
    demo.close();
    await world.assertNothingLeft();
  });

  it('killed outright: its children notice, and nothing is left', async () => {
    await using world = new World();
    const demo = world.cbas('demo', '--jobs', '1');
    await atWork(world);
    const children = childrenOf(demo.pid);
    expect(children.length).toBe(2);
    demo.signal('SIGKILL');
    await world.assertNothingLeft();
    for (const child of children) expect(isRunning(child)).toBe(false);
  });
});
