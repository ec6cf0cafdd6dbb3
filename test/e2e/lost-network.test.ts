import { describe, expect, it } from 'vitest';
import { Cloud, counterJob } from '../support/cloud.ts';
import { eventually, holds } from '../support/eventually.ts';
import { CBAS_CONSOLE, isRunning, World } from '../support/processes.ts';
import { PtyProgram } from '../support/pty.ts';

const SOON_MS = 20_000;
/** A call is given up after five seconds, and data are old after eight. */
const NOTICED_WITHIN_MS = 40_000;
const BACK_WITHIN_MS = 40_000;
const DONE_WITHIN_MS = 60_000;

describe('an AWS that falls silent', () => {
  it('leaves console and master with what they knew, told with its age; both go on when it is back', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'silent', workers: 1 });
    const master = cloud.master();
    await master.untilItSays('leads with epoch 1', SOON_MS);
    const [first = ''] = await cloud.submit(counterJob('before', 3));
    const console = new PtyProgram(world, [CBAS_CONSOLE], { columns: 160 });
    await console.shows(/leader m-/, SOON_MS);
    await cloud.jobIs(first, ['SUCCEEDED'], DONE_WITHIN_MS);
    await console.shows(/AWS +dead letters 0/, SOON_MS);
    await console.shows(/ 1 done/, SOON_MS);

    // The network is there, and nobody behind it: worse than a refused connection.
    cloud.process.signal('SIGSTOP');
    const away = await console.shows(
      /dynamodb does not answer: shown is what was known last \(\d+s\)/,
      NOTICED_WITHIN_MS,
    );
    expect(away).not.toContain('no master');
    // Which table is named first depends on which was asked last.
    const old = await console.shows(/[a-z]+ (\+\d )?\d+s old/, NOTICED_WITHIN_MS);
    expect(old).toMatch(/ 1 done/);
    expect(old).toMatch(/AWS +.*dynamodb away, answered \d+s ago/);
    await console.shows('master unknown', NOTICED_WITHIN_MS);
    // It is no picture: keys work, and every screen shows what was known.
    console.type('2');
    await console.shows(/done +before/);
    console.type('1');
    await console.shows(/Money/);
    expect(isRunning(master.pid)).toBe(true);

    cloud.process.signal('SIGCONT');
    await eventually('the console reads again', () => holds(!/shown is what was known|s old /.test(console.screen())), {
      withinMs: BACK_WITHIN_MS,
      instead: () => console.screen(),
    });
    await console.shows(/leader m-/, BACK_WITHIN_MS);
    expect(isRunning(master.pid)).toBe(true);
    const [second = ''] = await cloud.submit(counterJob('after', 3));
    await cloud.jobIs(second, ['SUCCEEDED'], DONE_WITHIN_MS);
    await console.shows(/ 2 done/, SOON_MS);
    console.type('q');
    expect(await console.exitCode(SOON_MS)).toBe(0);
    await console.isRestored();
    await cloud.stop();
  });
});
